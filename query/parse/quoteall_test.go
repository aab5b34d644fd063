package parse

import "testing"

func TestQuoteAll(t *testing.T) {
	for sql, want := range map[string]string{
		`SELECT t.a, count(*) AS n FROM s.t WHERE (t.b = 'it''s'::text)`: `SELECT "t"."a", "count"(*) AS "n" FROM "s"."t" WHERE ("t"."b" = 'it''s'::"text")`,
		`(a)::character varying(3)`:                                      `("a")::character varying(3)`,
		`'x'::timestamp(3) without time zone`:                            `'x'::timestamp(3) without time zone`,
		`b double precision, c bigint[]`:                                 `"b" double precision, "c" bigint[]`,
		`double`:                                                         `"double"`,
		`('1'::interval day to second + "day")`:                          `('1'::interval day to second + "day")`,
		`interval_day, E'a\'b' , $1, 1e10, true`:                         `"interval_day", E'a\'b' , $1, 1e10, true`,
		`EXTRACT(year FROM d)`:                                           `EXTRACT(year FROM "d")`,
		"AS $function$ select a $function$":                              "AS $function$ select a $function$",
		`nextval('s.t_seq'::regclass)`:                                   `"nextval"('"s"."t_seq"'::"regclass")`,
		`integer`:                                                        `integer`,
		`"A"."b"`:                                                        `"A"."b"`,
		`ключ`:                                                           `"ключ"`,
	} {
		if got := QuoteAll(sql); got != want {
			t.Errorf("%s\n got %s\nwant %s", sql, got, want)
		}
	}
}
