package eval

import (
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// sessionValue is CURRENT_USER and its kin.
type sessionValue struct {
	ctx *Context
	of  *plan.SessionValue
}

func (x *sessionValue) eval(b *datum.Batch) (*datum.Vec, error) {
	d, err := x.value()
	if err != nil {
		return nil, err
	}
	return datum.Constant(x.of.T, d, b.Rows), nil
}

func (x *sessionValue) value() (datum.Datum, error) {
	s := x.ctx.Fn.Session
	switch x.of.Name {
	case "current_user", "user", "current_role":
		return datum.NewString(s.Info().User), nil
	case "session_user":
		return datum.NewString(s.Info().SessionUser), nil
	case "current_catalog":
		return datum.NewString(s.Info().Database), nil
	case "current_schema":
		return x.schema(), nil
	case "current_timestamp", "localtimestamp", "current_date", "localtime", "current_time":
		now := datum.TimestampFromTime(s.TxStart())
		return datum.Cast(datum.NewInt(now), datum.Timestamptz, x.of.T, x.of.Mod, true, x.ctx.Fn.Datum)
	}
	return datum.Null, sqlstate.New(sqlstate.FeatureNotSupported, "%s is not supported", x.of.Name)
}

// schema is the first schema of the search path that exists.
func (x *sessionValue) schema() datum.Datum {
	s := x.ctx.Fn.Session
	for _, name := range s.Info().SearchPath {
		if name == "$user" {
			name = s.Info().User
		}
		if s.Snapshot().Schema(name) != nil {
			return datum.NewString(name)
		}
	}
	return datum.Null
}
