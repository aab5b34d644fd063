package builtin

import (
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/textsearch"
)

// textSearchHeadlines are ts_headline of a text, and of the strings in a JSON value.
func textSearchHeadlines(r *registry) {
	for _, t := range []*datum.Type{datum.Text, datum.JSON, datum.JSONB} {
		f := func(env *Env, c *textsearch.Config, a []datum.Datum) (datum.Datum, error) {
			options := ""
			if len(a) > 2 {
				options = a[2].Str()
			}
			o, err := textsearch.ParseHeadlineOptions(options)
			if err != nil {
				return datum.Null, err
			}
			q := a[1].TSQuery()
			show := func(text string) string { return textsearch.Headline(c, text, q, o, env.textSearchNotice) }
			if t == datum.Text {
				return datum.NewString(show(a[0].Str())), nil
			}
			out, err := jsonHeadline(nil, a[0].Str(), t == datum.JSONB, show)
			return datum.NewString(string(out)), err
		}
		r.configured("ts_headline", f, t, datum.TSQuery)
		r.configured("ts_headline", f, t, datum.TSQuery, datum.Text)
	}
}

// jsonHeadline writes a JSON value with its strings replaced; json is written without spaces, jsonb with them.
func jsonHeadline(dst []byte, s string, spaced bool, show func(string) string) ([]byte, error) {
	var err error
	first := true
	next := func() {
		if !first {
			dst = append(dst, ',')
			if spaced {
				dst = append(dst, ' ')
			}
		}
		first = false
	}
	switch jsonIs(s) {
	case '{':
		dst = append(dst, '{')
		jsonMembers(s, func(key, value string) bool {
			next()
			var name string
			if name, err = datum.UnquoteJSON(key); err != nil {
				return false
			}
			dst = append(datum.AppendJSONString(dst, name), ':')
			if spaced {
				dst = append(dst, ' ')
			}
			dst, err = jsonHeadline(dst, value, spaced, show)
			return err == nil
		})
		return append(dst, '}'), err
	case '[':
		dst = append(dst, '[')
		jsonItems(s, func(item string) bool {
			next()
			dst, err = jsonHeadline(dst, item, spaced, show)
			return err == nil
		})
		return append(dst, ']'), err
	case '"':
		i := jsonBlanks(s, 0)
		text, err := datum.UnquoteJSON(s[i:jsonEnd(s, i)])
		if err != nil {
			return dst, err
		}
		return datum.AppendJSONString(dst, show(text)), nil
	}
	i := jsonBlanks(s, 0)
	return append(dst, s[i:jsonEnd(s, i)]...), nil
}
