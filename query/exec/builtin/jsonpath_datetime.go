package builtin

import (
	"regexp"
	"strings"
	"time"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/datum/jsonpath"
	"github.com/seguedb/segue/query/sqlstate"
)

// datetime makes a date or time of a string: in one of ISO 8601's forms, or by a template.
func (r *pathRun) datetime(i *jsonpath.Item, v pathValue, found *[]pathValue) (pathStatus, error) {
	if !v.is(datum.JSONStringNode) {
		return r.fail(sqlstate.New(sqlstate.InvalidArgumentForJSONDatetime,
			"jsonpath item method .datetime() can only be applied to a string"))
	}
	if i.Left != nil {
		return pathFailed, unsupported("a template in jsonpath's .datetime() is not supported")
	}
	if when, ok := r.isoTime(v.node.Text); ok {
		return r.next(i, when, found)
	}
	return r.fail(sqlstate.New(sqlstate.InvalidArgumentForJSONDatetime, "datetime format is not recognized: \"%s\"",
		v.node.Text).WithHint("Use a datetime template argument to specify the input data format."))
}

// isoForm is what datetime reads without a template: a date, a time of day, or both, and a zone after a time.
var isoForm = regexp.MustCompile(`^ *(?:(\d{4}-\d{1,2}-\d{1,2})(?:[ T] *|$))?` +
	`(?:(\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d{1,6})?)(?: *([+-]\d{1,2}(?::\d{2})?))?)?$`)

// isoTime reads a string in that form. The value is shown in the zone that it was written in.
func (r *pathRun) isoTime(s string) (pathValue, bool) {
	m := isoForm.FindStringSubmatch(s)
	if m == nil || m[1] == "" && m[2] == "" {
		return pathValue{}, false
	}
	date, clock, zone := m[1], m[2], m[3]
	var out pathValue
	switch {
	case clock == "":
		out.typ = datum.Date
	case date == "" && zone == "":
		out.typ = datum.Time
	case date == "":
		out.typ = datum.Timetz
	case zone == "":
		out.typ = datum.Timestamp
	default:
		out.typ = datum.Timestamptz
	}
	var err error
	if out.when, err = datum.ParseText(out.typ, -1, strings.TrimSpace(date+" "+clock+zone), nil); err != nil {
		return out, false
	}
	env := &Env{Datum: datum.NewEnv()}
	if out.typ == datum.Timestamptz {
		local, err := datum.ParseText(datum.Timestamp, -1, date+" "+clock, nil)
		if err != nil {
			return out, false
		}
		east := (local.Int() - out.when.Int()) / datum.MicrosPerSecond
		env.Datum.Location = time.FixedZone("", int(east))
	}
	if out.text = jsonText(env, out.typ, out.when); out.typ == datum.Timetz && zoneHoursOnly(out.text) {
		out.text += ":00"
	}
	return out, true
}

// compareTimes compares what datetime made. Without a zone on one side only the _tz functions can: that depends on
// the session's.
func (r *pathRun) compareTimes(op string, a, b pathValue) (pathBool, error) {
	if a.node != nil || b.node != nil {
		if a.is(datum.JSONNullNode) || b.is(datum.JSONNullNode) {
			return pathBoolOf(op == "!="), nil
		}
		return pathUnknown, nil
	}
	timeOnly := func(t *datum.Type) bool { return t == datum.Time || t == datum.Timetz }
	zoned := func(t *datum.Type) bool { return t == datum.Timetz || t == datum.Timestamptz }
	if timeOnly(a.typ) != timeOnly(b.typ) {
		return pathUnknown, nil
	}
	common := datum.Timestamp
	switch {
	case timeOnly(a.typ) && (zoned(a.typ) || zoned(b.typ)):
		common = datum.Timetz
	case timeOnly(a.typ):
		common = datum.Time
	case zoned(a.typ) || zoned(b.typ):
		common = datum.Timestamptz
	}
	if zoned(a.typ) != zoned(b.typ) && !r.zoned {
		from, to := a.typ, b.typ
		if zoned(from) {
			from, to = to, from
		}
		return pathUnknown, sqlstate.New(sqlstate.FeatureNotSupported,
			"cannot convert value from %s to %s without time zone usage", from.Name, to.Name).
			WithHint("Use *_tz() function for time zone support.")
	}
	x, err := datum.Cast(a.when, a.typ, common, -1, true, r.env.Datum)
	if err != nil {
		return pathUnknown, err
	}
	y, err := datum.Cast(b.when, b.typ, common, -1, true, r.env.Datum)
	if err != nil {
		return pathUnknown, err
	}
	return ordered(op, datum.Compare(common, x, y)), nil
}
