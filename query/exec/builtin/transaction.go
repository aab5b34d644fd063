package builtin

import (
	"fmt"
	"math/big"

	"github.com/cockroachdb/apd/v3"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// Transaction is a Session that can number its transaction.
type Transaction interface {
	// TransactionID is the number, one made where it has none if assign says so; 0 for none.
	TransactionID(assign bool) uint64
}

func transactionFunctions(r *registry) {
	for suffix, assign := range map[string]bool{"": true, "_if_assigned": false} {
		r.fn(transactionID(assign, datum.NewUnsigned), "pg_current_xact_id"+suffix+"()")
		r.fn(transactionID(assign, func(u uint64) datum.Datum { return datum.NewInt(int64(u)) }), "txid_current"+suffix+"()")
	}
	xidSnapshotFunctions(r)
	r.simpleCast("xid", datum.Xid8, datum.Xid)
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return unsignedDifference(a[0].Unsigned(), a[1].Unsigned()), nil
	}, "pg_lsn_mi(pg_lsn,pg_lsn)", "pg_wal_lsn_diff(pg_lsn,pg_lsn)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return moveLSN("add", "to", a[0], a[1], 1)
	}, "pg_lsn_pli(pg_lsn,numeric)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return moveLSN("add", "to", a[1], a[0], 1)
	}, "numeric_pl_pg_lsn(numeric,pg_lsn)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return moveLSN("subtract", "from", a[0], a[1], -1)
	}, "pg_lsn_mii(pg_lsn,numeric)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		if n := a[0].Numeric(); n.Form != apd.Finite {
			what := "infinity"
			if n.Form != apd.Infinite {
				what = "NaN"
			}
			return datum.Null, sqlstate.New(sqlstate.FeatureNotSupported, "cannot convert %s to pg_lsn", what)
		}
		return lsnOf(wholeNumber(a[0].Numeric()))
	}, "pg_lsn(numeric)")
	r.fn(constant(datum.Null), "pg_last_wal_receive_lsn()", "pg_last_wal_replay_lsn()")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		const segment = 16 << 20 // wal_segment_size
		file := (a[0].Unsigned() - 1) / segment
		return datum.NewString(fmt.Sprintf("%08X%08X%08X", 1, file/0x100, file%0x100)), nil
	}, "pg_walfile_name(pg_lsn)")
}

func transactionID(assign bool, as func(uint64) datum.Datum) Func {
	return func(env *Env, _ []datum.Datum) (datum.Datum, error) {
		tx, ok := env.Session.(Transaction)
		if !ok {
			return datum.Null, noTransactions()
		}
		if id := tx.TransactionID(assign); id != 0 {
			return as(id), nil
		}
		return datum.Null, nil
	}
}

func unsignedDifference(a, b uint64) datum.Datum {
	i := new(apd.BigInt).SetUint64(a)
	i.Sub(i, new(apd.BigInt).SetUint64(b))
	d := new(apd.Decimal)
	if d.Negative = i.Sign() < 0; d.Negative {
		i.Neg(i)
	}
	d.Coeff.Set(i)
	return datum.NewNumeric(d)
}

// moveLSN goes a number of bytes on, or back.
func moveLSN(verb, preposition string, from, by datum.Datum, sign int64) (datum.Datum, error) {
	n := by.Numeric()
	if n.Form == apd.NaN {
		return datum.Null, sqlstate.New(sqlstate.FeatureNotSupported, "cannot %s NaN %s pg_lsn", verb, preposition)
	}
	if n.Form == apd.Infinite {
		return datum.Null, sqlstate.New(sqlstate.FeatureNotSupported, "cannot convert infinity to pg_lsn")
	}
	sum := wholeNumber(n)
	sum.Mul(sum, big.NewInt(sign))
	return lsnOf(sum.Add(sum, new(big.Int).SetUint64(from.Unsigned())))
}

func wholeNumber(n *apd.Decimal) *big.Int {
	rounded := new(apd.Decimal).Set(n)
	datum.RoundNumeric(rounded, 0)
	i := rounded.Coeff.MathBigInt()
	if rounded.Negative {
		i.Neg(i)
	}
	return i
}

func lsnOf(i *big.Int) (datum.Datum, error) {
	if !i.IsUint64() {
		return datum.Null, sqlstate.New(sqlstate.InvalidParameterValue, "pg_lsn out of range")
	}
	return datum.NewUnsigned(i.Uint64()), nil
}
