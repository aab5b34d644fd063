package builtin

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/query/textsearch"
)

// textSearchCatalog shows what the parser, the dictionaries and the configurations do.
func textSearchCatalog(r *registry) {
	r.sets["ts_token_type(oid)"] = parserSet(parserByOID, tokenTypes)
	r.sets["ts_token_type(text)"] = parserSet(parserByName, tokenTypes)
	r.sets["ts_parse(oid,text)"] = parserSet(parserByOID, parsedTokens)
	r.sets["ts_parse(text,text)"] = parserSet(parserByName, parsedTokens)
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		if catalog.OID(a[0].Int()) == catalog.UnaccentDictionary {
			if out := unaccent(a[1].Str()); out != a[1].Str() {
				return textArray([]string{out}), nil
			}
			return datum.Null, nil // it does not know the token
		}
		d := textsearch.DictionaryByOID(uint32(a[0].Int()))
		if d == nil {
			return datum.Null, sqlstate.New(sqlstate.InternalError, "cache lookup failed for text search dictionary %d", a[0].Int())
		}
		return textArray(d.Lexemes(a[1].Str())), nil
	}, "ts_lexize(regdictionary,text)")
	r.sets["ts_debug(regconfig,text)"] = func(_ *Env, a []datum.Datum, emit func([]datum.Datum) error) error {
		c, err := configOf(a[0])
		if err != nil {
			return err
		}
		return debugTokens(c, a[1].Str(), emit)
	}
	r.sets["ts_debug(text)"] = func(env *Env, a []datum.Datum, emit func([]datum.Datum) error) error {
		c, err := env.defaultConfig()
		if err != nil {
			return err
		}
		return debugTokens(c, a[0].Str(), emit)
	}
}

func textSearchVisibility(r *registry) {
	for _, what := range []string{"parser", "dict", "template", "config"} {
		r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
			v, ok := catalog.TextSearchVisible(env.snapshot(), env.path(), catalog.TextSearchClass(what), catalog.OID(a[0].Int()))
			if !ok {
				return datum.Null, nil
			}
			return datum.NewBool(v), nil
		}, "pg_ts_"+what+"_is_visible(oid)")
	}
}

// parserSet is a function over a parser, of which there is one.
func parserSet(find func(*Env, datum.Datum) error, f SetFunc) SetFunc {
	return func(env *Env, a []datum.Datum, emit func([]datum.Datum) error) error {
		if err := find(env, a[0]); err != nil {
			return err
		}
		return f(env, a[1:], emit)
	}
}

func parserByOID(_ *Env, d datum.Datum) error {
	if d.Int() == textsearch.ParserOID {
		return nil
	}
	return sqlstate.New(sqlstate.InternalError, "cache lookup failed for text search parser %d", d.Int())
}

func parserByName(_ *Env, d datum.Datum) error {
	if name := d.Str(); name == "default" || name == "pg_catalog.default" {
		return nil
	}
	return sqlstate.New(sqlstate.UndefinedObject, "text search parser \"%s\" does not exist", d.Str())
}

func tokenTypes(_ *Env, _ []datum.Datum, emit func([]datum.Datum) error) error {
	for _, k := range textsearch.TokenKinds() {
		row := []datum.Datum{datum.NewInt(int64(k.Type)), datum.NewString(k.Alias), datum.NewString(k.Text)}
		if err := emit(row); err != nil {
			return err
		}
	}
	return nil
}

func parsedTokens(_ *Env, a []datum.Datum, emit func([]datum.Datum) error) error {
	for _, t := range textsearch.Parse(a[0].Str()) {
		if err := emit([]datum.Datum{datum.NewInt(int64(t.Type)), datum.NewString(t.Text)}); err != nil {
			return err
		}
	}
	return nil
}

func debugTokens(c *textsearch.Config, text string, emit func([]datum.Datum) error) error {
	for _, t := range textsearch.Parse(text) {
		kind := t.Type.Kind()
		row := []datum.Datum{datum.NewString(kind.Alias), datum.NewString(kind.Text), datum.NewString(t.Text),
			datum.ArrayFrom(datum.Regdictionary, nil), datum.Null, datum.Null}
		if d := c.Dictionary(t.Type); d != nil {
			oid := datum.NewInt(int64(d.OID))
			row[3], row[4], row[5] = datum.ArrayFrom(datum.Regdictionary, []datum.Datum{oid}), oid, textArray(d.Lexemes(t.Text))
		}
		if err := emit(row); err != nil {
			return err
		}
	}
	return nil
}
