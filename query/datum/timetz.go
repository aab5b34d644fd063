package datum

import (
	"encoding/binary"

	"github.com/seguedb/segue/query/sqlstate"
)

// A timetz is held as one integer that orders as Postgres orders the type: the time in UTC first, then the zone
// from east to west. Below zoneBits it has the zone, in seconds west of Greenwich, shifted to be positive.
const (
	zoneBits   = 18
	zoneOrigin = 1 << (zoneBits - 1)
)

// NewTimetz makes a time of day, in microseconds on the clock of a zone that is east seconds from Greenwich.
func NewTimetz(micros, east int64) Datum {
	return NewInt((micros-east*MicrosPerSecond)<<zoneBits | (zoneOrigin - east))
}

// TimetzParts takes a timetz apart: what its clock shows, and its zone in seconds east of Greenwich.
func TimetzParts(d Datum) (micros, east int64) {
	v := d.Int()
	east = zoneOrigin - v&(1<<zoneBits-1)
	return v>>zoneBits + east*MicrosPerSecond, east
}

func appendTimetz(dst []byte, v int64) []byte {
	micros, east := TimetzParts(NewInt(v))
	return appendOffset(appendTime(dst, micros), east)
}

// zonedTime puts a time of day into its zone: the one given, at the date given or today's, or else the session's.
func (p *dateTimeParser) zonedTime(micros int64) (int64, dateTimeFault) {
	if p.zoned && p.zone == nil {
		return NewTimetz(micros, p.offset/MicrosPerSecond).Int(), faultNone
	}
	zone := p.env.location()
	if p.zoned {
		zone = p.zone
		if !p.day {
			return 0, faultSyntax // a zone that has no fixed offset needs a date
		}
	}
	day := DateFromTime(p.env.now().In(zone))
	if p.day {
		var fault dateTimeFault
		if day, fault = p.days(); fault != faultNone {
			return 0, fault
		}
	}
	local := day*MicrosPerDay + micros
	instant, err := ZonedTimestamp(local, zone)
	if err != nil {
		return 0, faultRange
	}
	return NewTimetz(micros, (local-instant)/MicrosPerSecond).Int(), faultNone
}

// toTimetz converts a time, by today's offset of the session's zone, or a timestamptz, by that of its moment.
func toTimetz(d Datum, from *Type, env *Env) (Datum, error) {
	loc := env.location()
	switch from {
	case Timetz:
		return d, nil
	case Time:
		local := DateFromTime(env.now().In(loc))*MicrosPerDay + d.Int()
		instant, err := ZonedTimestamp(local, loc)
		return NewTimetz(d.Int(), (local-instant)/MicrosPerSecond), err
	case Timestamptz:
		if !IsFiniteTimestamp(d.Int()) {
			return Null, nil
		}
		local := LocalTimestamp(d.Int(), loc)
		return NewTimetz(floorMod(local, MicrosPerDay), (local-d.Int())/MicrosPerSecond), nil
	}
	return Null, cannotCast(from, Timetz)
}

func appendTimetzBinary(dst []byte, v int64) []byte {
	micros, east := TimetzParts(NewInt(v))
	dst = binary.BigEndian.AppendUint64(dst, uint64(micros))
	return binary.BigEndian.AppendUint32(dst, uint32(int32(-east)))
}

func parseTimetzBinary(b []byte) (Datum, error) {
	if len(b) != 12 {
		return Null, badBinary(Timetz)
	}
	micros, west := int64(binary.BigEndian.Uint64(b)), int64(int32(binary.BigEndian.Uint32(b[8:])))
	switch {
	case micros < 0 || micros > MicrosPerDay:
		return Null, sqlstate.New(sqlstate.DatetimeFieldOverflow, "time out of range")
	case west <= -maxOffset || west >= maxOffset:
		return Null, sqlstate.New(sqlstate.InvalidTimeZoneDisplacementValue, "time zone displacement out of range")
	}
	return NewTimetz(micros, -west), nil
}
