package server

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// timeZone is the value that TimeZone takes for what it is set to: a name, a number of hours or an interval east of
// Greenwich (check_timezone).
func timeZone(v string) (string, error) {
	v = strings.TrimSpace(v)
	if strings.HasPrefix(strings.ToLower(v), "interval") {
		return intervalZone(v)
	}
	if h, err := strconv.ParseFloat(v, 64); err == nil {
		if math.IsNaN(h) || math.Abs(h) > 24 {
			return "", invalidValue("TimeZone", v)
		}
		return offsetZone(int(h * 3600)), nil
	}
	loc, err := location(v)
	switch {
	case err != nil:
		return "", err
	case strings.ContainsAny(v, "<>"):
		return v, nil
	}
	return loc.String(), nil
}

// intervalZone is timeZone of INTERVAL 'hh:mm', as SET TIME ZONE INTERVAL writes it.
func intervalZone(v string) (string, error) {
	text := strings.TrimSpace(v[len("interval"):])
	if len(text) < 2 || text[0] != '\'' || text[len(text)-1] != '\'' {
		return "", invalidValue("TimeZone", v)
	}
	d, err := datum.ParseText(datum.Interval, -1, text[1:len(text)-1], &datum.Env{})
	if err != nil {
		return "", invalidValue("TimeZone", v)
	}
	switch span := d.Interval(); {
	case span.Months != 0:
		return "", invalidValue("TimeZone", v).WithDetail("Cannot specify months in time zone interval.")
	case span.Days != 0:
		return "", invalidValue("TimeZone", v).WithDetail("Cannot specify days in time zone interval.")
	default:
		return offsetZone(int(span.Micros / 1e6)), nil
	}
}

// offsetZone is the POSIX name of a zone so many seconds east of Greenwich: <+02:30>-02:30 (pg_tzset_offset).
func offsetZone(east int) string {
	abs := max(east, -east)
	span := fmt.Sprintf("%02d", abs/3600)
	if abs%3600 != 0 {
		span += fmt.Sprintf(":%02d", abs/60%60)
	}
	if abs%60 != 0 {
		span += fmt.Sprintf(":%02d", abs%60)
	}
	if east < 0 {
		return "<-" + span + ">+" + span
	}
	return "<+" + span + ">-" + span
}

// location finds the time zone that a value of TimeZone names.
func location(v string) (*time.Location, error) {
	switch strings.ToLower(v) {
	case "utc", "gmt", "z", "zulu", "default":
		return time.UTC, nil
	case "local", "localtime", "":
		return nil, invalidValue("TimeZone", v)
	}
	if loc, err := time.LoadLocation(v); err == nil {
		return loc, nil
	}
	if strings.ContainsAny(v, "/0123456789") {
		if loc, err := datum.LoadZone(v); err == nil {
			return loc, nil
		}
	}
	return nil, invalidValue("TimeZone", v)
}

// zoneInterval is the value of SET TIME ZONE INTERVAL '…' HOUR TO MINUTE.
func (s *Session) zoneInterval(e parse.Expr) (string, error) {
	cast, ok := e.(*parse.CastExpr)
	if !ok {
		return "", sqlstate.New(sqlstate.InternalError, "the time zone is no interval")
	}
	text, err := constText(cast.Arg)
	if err != nil {
		return "", err
	}
	_, typmod, err := plan.TypeOf(s, &cast.Type)
	if err != nil {
		return "", err
	}
	d, err := datum.ParseText(datum.Interval, typmod, text, &datum.Env{})
	if err != nil {
		return "", err
	}
	return "INTERVAL " + parse.QuoteLiteral(datum.Format(datum.Interval, d, nil)), nil
}
