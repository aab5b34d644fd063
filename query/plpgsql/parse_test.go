package plpgsql

import (
	"errors"
	"strings"
	"testing"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// namedTypes knows a few types.
type namedTypes struct{}

func (namedTypes) Type(text string) (VarType, error) {
	if strings.EqualFold(text, "record") {
		return VarType{T: datum.Record, Typmod: -1, Record: true}, nil
	}
	if elem, ok := strings.CutSuffix(text, "[]"); ok {
		t, err := namedTypes{}.Type(elem)
		if err != nil {
			return VarType{}, err
		}
		return VarType{T: t.T.Array, Typmod: -1}, nil
	}
	t := datum.TypeByName(strings.ToLower(text))
	if t == nil {
		t = map[string]*datum.Type{"int": datum.Int4, "integer": datum.Int4, "bigint": datum.Int8}[strings.ToLower(text)]
	}
	if t == nil {
		return VarType{}, sqlstate.New(sqlstate.UndefinedObject, "type \"%s\" does not exist", text)
	}
	return VarType{T: t, Typmod: -1}, nil
}

func (namedTypes) ColumnType([]string) (VarType, error) {
	return VarType{T: datum.Int4, Typmod: -1}, nil
}

func (namedTypes) RowType([]string) (VarType, error) {
	return VarType{T: datum.Record, Typmod: -1, Record: true}, nil
}

const everyStatement = `
<<outer>>
DECLARE
	i int := 1; t CONSTANT text = 'x'; r record; a ALIAS FOR i; c CURSOR (n int) FOR SELECT n; u refcursor;
	same i%TYPE; row tab%ROWTYPE; arr int4[];
BEGIN
	#BODY#
EXCEPTION WHEN unique_violation OR SQLSTATE '22012' THEN NULL; WHEN OTHERS THEN RAISE;
END outer;`

func TestParseStatements(t *testing.T) {
	for _, body := range []string{
		"i := i + 1; a = 2; arr[1] := 3; r.x := 1; r := ROW(1, 2);",
		"IF i > 1 THEN NULL; ELSIF i < 0 THEN i := 0; ELSE i := 2; END IF;",
		"CASE i WHEN 1, 2 THEN NULL; ELSE NULL; END CASE; CASE WHEN i = 1 THEN NULL; END CASE;",
		"<<l>> LOOP EXIT l WHEN i > 3; CONTINUE; END LOOP l; WHILE true LOOP EXIT; END LOOP;",
		"FOR k IN REVERSE 10..1 BY 2 LOOP NULL; END LOOP; FOR k IN 1..arr[1] LOOP NULL; END LOOP;",
		"FOR r IN SELECT 1 UNION SELECT 2 LOOP NULL; END LOOP; FOR r IN EXECUTE 'SELECT $1' USING i LOOP NULL; END LOOP;",
		"FOR x IN c(1) LOOP NULL; END LOOP; FOREACH i IN ARRAY arr LOOP NULL; END LOOP;",
		"PERFORM 1; SELECT 1 INTO STRICT i; SELECT 1, 2 INTO r; INSERT INTO tab VALUES (1) RETURNING id INTO i; CALL p(1);",
		"EXECUTE 'SELECT 1' INTO i USING 1, 2; EXECUTE 'x' USING 1 INTO i;",
		"RAISE NOTICE 'a % b %%', i USING HINT = 'h', ERRCODE = '22012'; RAISE division_by_zero; RAISE SQLSTATE '22012';",
		"GET DIAGNOSTICS i = ROW_COUNT; ASSERT i > 1, 'no';",
		"OPEN c(1); OPEN u FOR SELECT 1; OPEN u FOR EXECUTE 'SELECT 1'; FETCH u INTO i; FETCH NEXT FROM u INTO r; MOVE u; CLOSE u;",
		"BEGIN NULL; END; DECLARE z int; BEGIN z := 1; END; RETURN i; COMMIT; ROLLBACK AND CHAIN;",
		"UPDATE tab SET x = 1 WHERE y = i; CREATE TABLE q (a int); ALTER TABLE q ADD b int;",
	} {
		src := strings.Replace(everyStatement, "#BODY#", body, 1)
		if _, err := Parse(src, Signature{Name: "f", Result: datum.Int4}, namedTypes{}); err != nil {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for body, want := range map[string]string{
		"zz := 1;":              "\"zz\" is not a known variable",
		"IF i THEN":             "syntax error at or near \"EXCEPTION\"",
		"EXIT;":                 "EXIT cannot be used outside a loop, unless it has a label",
		"t := 'y';":             "variable \"t\" is declared CONSTANT",
		"i := 1 +;":             "syntax error at end of input",
		"RAISE NOTICE '%';":     "too few parameters specified for RAISE",
		"RAISE no_such;":        "unrecognized exception condition \"no_such\"",
		"RETURN NEXT 1;":        "cannot use RETURN NEXT in a non-SETOF function",
		"SELECT 1 INTO r, i;":   "record variable cannot be part of multiple-item INTO list",
		"i := (1;":              "mismatched parentheses at or near \";\"",
		"WHILE true; END LOOP;": "missing \"LOOP\" at end of SQL expression at or near \";\"",
	} {
		_, err := Parse(strings.Replace(everyStatement, "#BODY#", body, 1), Signature{Name: "f", Result: datum.Int4}, namedTypes{})
		var e *sqlstate.Error
		if !errors.As(err, &e) || e.Message != want {
			t.Errorf("%s: %v, want %s", body, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(everyStatement)
	f.Add("BEGIN RETURN 1; END")
	f.Add("declare a int[]; begin a[1] := $$x$$; end")
	f.Fuzz(func(t *testing.T, src string) {
		fn, err := Parse(src, Signature{Name: "f", Result: datum.Int4}, namedTypes{})
		var e *sqlstate.Error
		if err != nil && !errors.As(err, &e) {
			t.Fatalf("error without a SQLSTATE: %v", err)
		}
		if err == nil && fn.Body == nil {
			t.Fatal("no body")
		}
	})
}
