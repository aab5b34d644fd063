package builtin

import (
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/query/textsearch"
)

// textSearchMakers are to_tsvector, to_tsquery and their kin, each with a configuration and with the session's default.
func textSearchMakers(r *registry) {
	r.configured("to_tsvector", func(env *Env, c *textsearch.Config, a []datum.Datum) (datum.Datum, error) {
		return vectorResult(textsearch.ToVector(c, a[0].Str(), env.textSearchNotice))
	}, datum.Text)
	for _, t := range []*datum.Type{datum.JSON, datum.JSONB} {
		r.configured("to_tsvector", func(env *Env, c *textsearch.Config, a []datum.Datum) (datum.Datum, error) {
			return jsonVector(env, c, a[0].Str(), jsonFlags{strings: true})
		}, t)
		r.configured(t.Name+"_to_tsvector", func(env *Env, c *textsearch.Config, a []datum.Datum) (datum.Datum, error) {
			flags, err := readJSONFlags(a[1].Str())
			if err != nil {
				return datum.Null, err
			}
			return jsonVector(env, c, a[0].Str(), flags)
		}, t, datum.JSONB)
	}
	for name, form := range map[string]textsearch.QueryForm{"to_tsquery": textsearch.FormStandard,
		"plainto_tsquery": textsearch.FormPlain, "phraseto_tsquery": textsearch.FormPhrase,
		"websearch_to_tsquery": textsearch.FormWeb} {
		r.configured(name, func(env *Env, c *textsearch.Config, a []datum.Datum) (datum.Datum, error) {
			n, err := textsearch.ToQuery(c, form, a[0].Str(), env.textSearchNotice)
			if err != nil {
				return datum.Null, err
			}
			return datum.NewTSQuery(n), nil
		}, datum.Text)
	}
	r.fn(func(env *Env, _ []datum.Datum) (datum.Datum, error) {
		c, err := env.defaultConfig()
		if err != nil {
			return datum.Null, err
		}
		return datum.NewInt(int64(c.OID)), nil
	}, "get_current_ts_config()")
}

// configured registers a function under two keys: a configuration first, or the default one.
func (r *registry) configured(name string, f func(*Env, *textsearch.Config, []datum.Datum) (datum.Datum, error), args ...*datum.Type) {
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		c, err := env.defaultConfig()
		if err != nil {
			return datum.Null, err
		}
		return f(env, c, a)
	}, key(name, args...))
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		c, err := configOf(a[0])
		if err != nil {
			return datum.Null, err
		}
		return f(env, c, a[1:])
	}, key(name, append([]*datum.Type{datum.Regconfig}, args...)...))
}

// TSVectorOf is the tsvector of texts, one after the other, by the configuration that a regconfig is.
func TSVectorOf(config datum.Datum, texts []string, notice func(*sqlstate.Error)) (datum.Datum, error) {
	c, err := configOf(config)
	if err != nil {
		return datum.Null, err
	}
	v, err := textsearch.ToVectorOfAll(c, texts, notice)
	if err != nil {
		return datum.Null, err
	}
	return datum.NewTSVector(v), nil
}

func configOf(d datum.Datum) (*textsearch.Config, error) {
	if c := textsearch.ConfigByOID(uint32(d.Int())); c != nil {
		return c, nil
	}
	return nil, sqlstate.New(sqlstate.InternalError, "cache lookup failed for text search configuration %d", d.Int())
}

// defaultConfig is the session's, by default_text_search_config.
func (e *Env) defaultConfig() (*textsearch.Config, error) {
	name, _ := e.Session.Setting("default_text_search_config")
	return catalog.ResolveConfig(e.snapshot(), e.path(), name)
}

// textSearchNotice passes on what texts and queries are remarked on.
func (e *Env) textSearchNotice(notice *sqlstate.Error) {
	if e != nil && e.Session != nil {
		e.Session.Notice("NOTICE", notice)
	}
}

func vectorResult(v textsearch.Vector, err error) (datum.Datum, error) {
	if err != nil {
		return datum.Null, err
	}
	return datum.NewTSVector(v), nil
}

// jsonFlags say which parts of a JSON value are searched for.
type jsonFlags struct{ keys, strings, numbers, bools bool }

func readJSONFlags(s string) (flags jsonFlags, err error) {
	notString := sqlstate.New(sqlstate.InvalidParameterValue, "flag array element is not a string").
		WithHint(`Possible values are: "string", "numeric", "boolean", "key", and "all".`)
	var items []string
	switch jsonIs(s) {
	case '{':
		return flags, invalidParameter("wrong flag type, only arrays and scalars are allowed")
	case '[':
		jsonItems(s, func(item string) bool {
			items = append(items, item)
			return true
		})
	default:
		items = []string{s}
	}
	for _, item := range items {
		if jsonIs(item) != '"' {
			return flags, notString
		}
		word, err := datum.UnquoteJSON(item)
		if err != nil {
			return flags, err
		}
		switch strings.ToLower(word) {
		case "all":
			flags = jsonFlags{true, true, true, true}
		case "key":
			flags.keys = true
		case "string":
			flags.strings = true
		case "numeric":
			flags.numbers = true
		case "boolean":
			flags.bools = true
		default:
			return flags, sqlstate.New(sqlstate.InvalidParameterValue, "wrong flag in flag array: \"%s\"", word).
				WithHint(`Possible values are: "string", "numeric", "boolean", "key", and "all".`)
		}
	}
	return flags, nil
}

func jsonVector(env *Env, c *textsearch.Config, s string, flags jsonFlags) (datum.Datum, error) {
	texts, err := flags.texts(nil, s)
	if err != nil {
		return datum.Null, err
	}
	return vectorResult(textsearch.ToVectorOf(c, texts, env.textSearchNotice))
}

// texts adds the texts of a JSON value, in the order they are written.
func (f jsonFlags) texts(out []string, s string) ([]string, error) {
	var err error
	switch jsonIs(s) {
	case '{':
		jsonMembers(s, func(key, value string) bool {
			if f.keys {
				var k string
				if k, err = datum.UnquoteJSON(key); err != nil {
					return false
				}
				out = append(out, k)
			}
			out, err = f.texts(out, value)
			return err == nil
		})
	case '[':
		jsonItems(s, func(item string) bool {
			out, err = f.texts(out, item)
			return err == nil
		})
	case '"':
		if f.strings {
			var text string
			if text, err = datum.UnquoteJSON(strings.TrimSpace(s)); err == nil {
				out = append(out, text)
			}
		}
	case '0':
		if f.numbers {
			out = append(out, strings.TrimSpace(s))
		}
	case 't', 'f':
		if f.bools {
			out = append(out, strings.TrimSpace(s))
		}
	}
	return out, err
}
