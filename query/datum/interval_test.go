package datum

import "testing"

func TestIntervalText(t *testing.T) {
	runText(t, nil, []textCase{
		{Interval, "1 year 2 months 3 days 04:05:06.789", "1 year 2 mons 3 days 04:05:06.789"},
		{Interval, "-1 year +2 days", "-1 years +2 days"}, {Interval, "@ 1 hour ago", "-01:00:00"},
		{Interval, "-1 day 02:03", "-1 days +02:03:00"}, {Interval, "1-2", "1 year 2 mons"},
		{Interval, "-1-2", "-1 years -2 mons"},
		{Interval, "3 4:05:06", "3 days 04:05:06"}, {Interval, "P1Y2M3DT4H5M6.5S", "1 year 2 mons 3 days 04:05:06.5"},
		{Interval, "P0001-02-03T04:05:06", "1 year 2 mons 3 days 04:05:06"}, {Interval, "P2W", "14 days"},
		{Interval, "1.5 days", "1 day 12:00:00"}, {Interval, "1.5 months", "1 mon 15 days"},
		{Interval, "1.5 years", "1 year 6 mons"},
		{Interval, "1.5 weeks", "10 days 12:00:00"}, {Interval, "90", "00:01:30"}, {Interval, "1h30m", "01:30:00"},
		{Interval, "500 ms", "00:00:00.5"}, {Interval, "1 decade", "10 years"}, {Interval, "2 centuries", "200 years"},
		{Interval, "0", "00:00:00"}, {Interval, "infinity", "infinity"}, {Interval, "-infinity", "-infinity"},
		{Interval, "100:00:00", "100:00:00"}, {Interval, "-00:00:01", "-00:00:01"}, {Interval, "PT-1.5S", "-00:00:01.5"},
		{Interval, "1 day - 1 hour", "1 day -01:00:00"},
	})
	runErrors(t, []errorCase{
		{Interval, "", "22007", `invalid input syntax for type interval: ""`},
		{Interval, "1 fortnight", "22007", `invalid input syntax for type interval: "1 fortnight"`},
		{Interval, "P", "22007", `invalid input syntax for type interval: "P"`},
	})
}

func TestIntervalOverflow(t *testing.T) {
	runErrors(t, []errorCase{
		{Interval, "1:99:00", "22008", `interval field value out of range: "1:99:00"`},
		{Interval, "9999999999 years", "22008", "interval out of range"},
		{Interval, "99999999999999999999 days", "22008",
			`interval field value out of range: "99999999999999999999 days"`},
	})
}

func TestIntervalStyles(t *testing.T) {
	cases := []struct{ in, style, out string }{
		{"1 year 2 mons -3 days 04:05:06.7", "iso_8601", "P1Y2M-3DT4H5M6.7S"},
		{"0", "iso_8601", "PT0S"}, {"-00:00:00.5", "iso_8601", "PT-0.5S"},
		{"1 year 2 mons 04:05:06.7", "postgres_verbose", "@ 1 year 2 mons 4 hours 5 mins 6.7 secs"},
		{"-1 day", "postgres_verbose", "@ 1 day ago"}, {"0", "postgres_verbose", "@ 0"},
		{"1-2", "sql_standard", "1-2"}, {"3 4:05:06", "sql_standard", "3 4:05:06"}, {"0", "sql_standard", "0"},
		{"1 year 2 mons -3 days 04:05:06", "sql_standard", "+1-2 -3 +4:05:06"},
	}
	for _, c := range cases {
		env := &Env{IntervalStyle: c.style}
		if got := Format(Interval, mustParse(t, Interval, c.in), env); got != c.out {
			t.Errorf("%s as %s: got %s, want %s", c.in, c.style, got, c.out)
		}
	}
}

func TestIntervalTypmod(t *testing.T) {
	cases := []struct {
		mods    []int64
		name    string
		in, out string
	}{
		{[]int64{maskYear}, "interval year", "3", "3 years"},
		{[]int64{maskYear | maskMonth}, "interval year to month", "1-2", "1 year 2 mons"},
		{[]int64{maskDay}, "interval day", "1 day 04:00", "1 day"},
		{[]int64{maskHour | maskMinute}, "interval hour to minute", "04:05:06", "04:05:00"},
		{[]int64{maskMinute | maskSecond}, "interval minute to second", "5:06", "00:05:06"},
		{[]int64{maskSecond, 1}, "interval second(1)", "1.25", "00:00:01.3"},
		{[]int64{fullIntervalRange, 0}, "interval(0)", "1.5", "00:00:02"},
	}
	for _, c := range cases {
		typmod, err := ParseTypmod(Interval, c.mods)
		if err != nil {
			t.Fatal(err)
		}
		if got := Interval.FormatTypmod(typmod); got != c.name {
			t.Errorf("%v is called %s, want %s", c.mods, got, c.name)
		}
		d, err := ParseText(Interval, typmod, c.in, nil)
		if got := Format(Interval, d, nil); err != nil || got != c.out {
			t.Errorf("%s %q: got %s, %v; want %s", c.name, c.in, got, err, c.out)
		}
	}
}

func TestIntervalOrder(t *testing.T) {
	for _, same := range [][2]string{{"1 mon", "30 days"}, {"1 day", "24:00"}, {"1 mon -30 days", "0"}} {
		a, b := mustParse(t, Interval, same[0]), mustParse(t, Interval, same[1])
		if !Equal(Interval, a, b) {
			t.Errorf("%v differ", same)
		}
	}
}

func TestAddInterval(t *testing.T) {
	env := testEnv(t)
	cases := []struct {
		typ           *Type
		at, plus, out string
	}{
		{Timestamp, "2024-01-31", "1 mon", "2024-02-29 00:00:00"}, {Timestamp, "2024-03-31", "-1 mon", "2024-02-29 00:00:00"},
		{Timestamp, "2024-01-31", "1 mon 1 day", "2024-03-01 00:00:00"}, {Timestamp, "infinity", "1 day", "infinity"},
		{Timestamp, "2024-01-01", "infinity", "infinity"},
		{Timestamptz, "2024-03-30 12:00", "1 day", "2024-03-31 12:00:00+02"},
		{Timestamptz, "2024-03-30 12:00", "24:00", "2024-03-31 13:00:00+02"},
	}
	for _, c := range cases {
		at, err := ParseText(c.typ, -1, c.at, env)
		if err != nil {
			t.Fatal(err)
		}
		iv := mustParse(t, Interval, c.plus).Interval()
		sum, err := AddToTimestamp(at.Int(), iv)
		if c.typ == Timestamptz {
			sum, err = AddToTimestamptz(at.Int(), iv, env)
		}
		if got := Format(c.typ, NewInt(sum), env); err != nil || got != c.out {
			t.Errorf("%s + %s: got %s, %v; want %s", c.at, c.plus, got, err, c.out)
		}
	}
	_, err := AddToTimestamp(TimestampInfinity, IntervalNegInfinity)
	wantError(t, "infinity - infinity", Null, err, "22008", "timestamp out of range")
}

func TestJustify(t *testing.T) {
	cases := []struct {
		name    string
		justify func(IntervalValue) (IntervalValue, error)
		in, out string
	}{
		{"hours", JustifyHours, "27:00", "1 day 03:00:00"}, {"hours", JustifyHours, "1 day -01:00", "23:00:00"},
		{"days", JustifyDays, "35 days", "1 mon 5 days"}, {"days", JustifyDays, "1 mon -1 days", "29 days"},
		{"interval", JustifyInterval, "1 mon -1 hour", "29 days 23:00:00"},
		{"interval", JustifyInterval, "infinity", "infinity"},
		{"interval", JustifyInterval, "-1 mon 1 hour", "-29 days -23:00:00"},
	}
	for _, c := range cases {
		iv, err := c.justify(mustParse(t, Interval, c.in).Interval())
		if got := Format(Interval, NewInterval(iv), nil); err != nil || got != c.out {
			t.Errorf("justify_%s(%s): got %s, %v; want %s", c.name, c.in, got, err, c.out)
		}
	}
}

func TestMultiplyInterval(t *testing.T) {
	cases := []struct {
		in     string
		factor float64
		out    string
	}{
		{"1 mon", 1.5, "1 mon 15 days"}, {"1 day", 0.5, "12:00:00"}, {"3 mons", 0.1, "9 days"}, {"01:00", -2, "-02:00:00"},
		{"1 year 1 day", 2, "2 years 2 days"}, {"infinity", -1, "-infinity"},
	}
	for _, c := range cases {
		iv, err := MultiplyInterval(mustParse(t, Interval, c.in).Interval(), c.factor)
		if got := Format(Interval, NewInterval(iv), nil); err != nil || got != c.out {
			t.Errorf("%s × %v: got %s, %v; want %s", c.in, c.factor, got, err, c.out)
		}
	}
	_, err := MultiplyInterval(IntervalInfinity, 0)
	wantError(t, "infinity × 0", Null, err, "22008", "interval out of range")
}

func TestSubtractTimestamps(t *testing.T) {
	for _, c := range [][3]string{
		{"2024-03-01 12:00", "2024-01-01", "60 days 12:00:00"}, {"2024-01-01", "2024-01-02 01:00", "-1 days -01:00:00"},
		{"infinity", "2024-01-01", "infinity"},
	} {
		iv, err := SubtractTimestamps(mustParse(t, Timestamp, c[0]).Int(), mustParse(t, Timestamp, c[1]).Int())
		if got := Format(Interval, NewInterval(iv), nil); err != nil || got != c[2] {
			t.Errorf("%s - %s: got %s, %v; want %s", c[0], c[1], got, err, c[2])
		}
	}
}
