package builtin

import (
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/query/textsearch"
)

// textSearchMatches are @@ and the ranks.
func textSearchMatches(r *registry) {
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewBool(a[1].TSQuery().Match(a[0].TSVector())), nil
	}, "ts_match_vq(tsvector,tsquery)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewBool(a[0].TSQuery().Match(a[1].TSVector())), nil
	}, "ts_match_qv(tsquery,tsvector)")
	r.vecs["ts_match_vq(tsvector,tsquery)"] = matchVec(0, 1)
	r.vecs["ts_match_qv(tsquery,tsvector)"] = matchVec(1, 0)
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		c, err := env.defaultConfig()
		if err != nil {
			return datum.Null, err
		}
		n, err := textsearch.ToQuery(c, textsearch.FormPlain, a[1].Str(), env.textSearchNotice)
		return matchText(env, c, a[0].Str(), n, err)
	}, "ts_match_tt(text,text)")
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		c, err := env.defaultConfig()
		return matchText(env, c, a[0].Str(), a[1].TSQuery(), err)
	}, "ts_match_tq(text,tsquery)")
	for name, rank := range map[string]func(textsearch.Weights, textsearch.Vector, *textsearch.Node, int) float32{
		"ts_rank": textsearch.Rank, "ts_rank_cd": textsearch.RankCover,
	} {
		plain := func(w textsearch.Weights, a []datum.Datum) (datum.Datum, error) {
			method := 0
			if len(a) > 2 {
				method = int(a[2].Int())
			}
			return datum.NewFloat(float64(rank(w, a[0].TSVector(), a[1].TSQuery(), method))), nil
		}
		r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) { return plain(textsearch.DefaultWeights, a) },
			name+"(tsvector,tsquery)", name+"(tsvector,tsquery,int4)")
		r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
			w, err := rankWeights(a[0])
			if err != nil {
				return datum.Null, err
			}
			return plain(w, a[1:])
		}, name+"(_float4,tsvector,tsquery)", name+"(_float4,tsvector,tsquery,int4)")
	}
}

func matchText(env *Env, c *textsearch.Config, text string, n *textsearch.Node, err error) (datum.Datum, error) {
	if err != nil {
		return datum.Null, err
	}
	v, err := textsearch.ToVector(c, text, env.textSearchNotice)
	if err != nil {
		return datum.Null, err
	}
	return datum.NewBool(n.Match(v)), nil
}

// matchVec is @@ over a batch: a query that stays the same is read once.
func matchVec(vector, query int) VecFunc {
	return func(_ *Env, args []*datum.Vec, n int) (*datum.Vec, error) {
		out := &datum.Vec{Type: datum.Bool, B: make([]bool, n), Nulls: eitherNull(args, n)}
		var node *textsearch.Node
		last, read := "", false
		for i := range n {
			if out.Nulls != nil && out.Nulls[i] {
				continue
			}
			if q := args[query].S[i]; !read || q != last {
				node, last, read = textsearch.DecodeQuery(q), q, true
			}
			out.B[i] = node.Match(textsearch.DecodeVector(args[vector].S[i]))
		}
		return out, nil
	}
}

// rankWeights reads the weights of D, C, B and A; a negative one is the default.
func rankWeights(d datum.Datum) (w textsearch.Weights, err error) {
	w = textsearch.DefaultWeights
	a := d.Array()
	if len(a.Dims) != 1 {
		return w, sqlstate.New(sqlstate.ArraySubscriptError, "array of weight must be one-dimensional")
	}
	if len(a.Elems) < len(w) {
		return w, sqlstate.New(sqlstate.ArraySubscriptError, "array of weight is too short")
	}
	for _, e := range a.Elems {
		if e.IsNull() {
			return w, sqlstate.New(sqlstate.NullValueNotAllowed, "array of weight must not contain nulls")
		}
	}
	for i := range w {
		if f := float32(a.Elems[i].Float()); f >= 0 {
			w[i] = f
		}
		if w[i] > 1 {
			return w, invalidParameter("weight out of range")
		}
	}
	return w, nil
}
