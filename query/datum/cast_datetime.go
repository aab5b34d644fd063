package datum

import "github.com/seguedb/segue/query/sqlstate"

func isDateTime(t *Type) bool {
	switch t {
	case Date, Time, Timetz, Timestamp, Timestamptz, Interval:
		return true
	}
	return false
}

// convertDateTime goes through the wall clock's timestamp, on which every pair has its meaning.
func convertDateTime(d Datum, from, to *Type, env *Env) (Datum, error) {
	switch {
	case to == Timetz:
		return toTimetz(d, from, env)
	case from == Timetz && to == Time:
		micros, _ := TimetzParts(d)
		return NewInt(micros), nil
	case from == Timetz:
		return Null, cannotCast(from, to)
	case from == Time && to == Interval:
		return NewInterval(IntervalValue{Micros: d.Int()}), nil
	case from == Interval && to == Time:
		iv := d.Interval()
		if !iv.IsFinite() {
			return Null, sqlstate.New(sqlstate.DatetimeFieldOverflow, "cannot convert infinite interval to time")
		}
		return NewInt(floorMod(iv.Micros, MicrosPerDay)), nil
	case from == Time || from == Interval || to == Interval:
		return Null, cannotCast(from, to)
	}
	local := d.Int()
	switch from {
	case Date:
		var err error
		if local, err = DateToTimestamp(d.Int()); err != nil {
			return Null, err
		}
	case Timestamptz:
		local = LocalTimestamp(d.Int(), env.location())
	}
	switch to {
	case Date:
		return NewInt(TimestampToDate(local)), nil
	case Time:
		if !IsFiniteTimestamp(local) {
			return Null, nil
		}
		return NewInt(floorMod(local, MicrosPerDay)), nil
	case Timestamptz:
		micros, err := ZonedTimestamp(local, env.location())
		return NewInt(micros), err
	default:
		return NewInt(local), CheckTimestamp(local)
	}
}
