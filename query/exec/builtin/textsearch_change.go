package builtin

import (
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/query/textsearch"
)

// textSearchChanges take vectors apart and make others of them.
func textSearchChanges(r *registry) {
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return vectorResult(textsearch.Concat(a[0].TSVector(), a[1].TSVector()))
	}, "tsvector_concat(tsvector,tsvector)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewInt(int64(len(a[0].TSVector()))), nil
	}, "length(tsvector)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewTSVector(a[0].TSVector().Strip()), nil
	}, "strip(tsvector)")
	r.fn(setWeight, "setweight(tsvector,char)", "setweight(tsvector,char,_text)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewTSVector(a[0].TSVector().Without([]string{a[1].Str()})), nil
	}, "ts_delete(tsvector,text)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewTSVector(a[0].TSVector().Without(wordsOf(a[1]))), nil
	}, "ts_delete(tsvector,_text)")
	r.fn(filterWeights, "ts_filter(tsvector,_char)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) { return textArray(a[0].TSVector().Words()), nil },
		"tsvector_to_array(tsvector)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		for _, e := range a[0].Array().Elems {
			switch {
			case e.IsNull():
				return datum.Null, sqlstate.New(sqlstate.NullValueNotAllowed, "lexeme array may not contain nulls")
			case e.Str() == "":
				return datum.Null, sqlstate.New("2200F", "lexeme array may not contain empty strings")
			}
		}
		return datum.NewTSVector(textsearch.FromWords(wordsOf(a[0]))), nil
	}, "array_to_tsvector(_text)")
	r.sets["unnest(tsvector)"] = unnestVector
}

// wordsOf are an array's texts but for NULLs, not nil.
func wordsOf(d datum.Datum) []string {
	words := []string{}
	for _, e := range d.Array().Elems {
		if !e.IsNull() {
			words = append(words, e.Str())
		}
	}
	return words
}

func setWeight(_ *Env, a []datum.Datum) (datum.Datum, error) {
	letter := byte(0)
	if s := a[1].Str(); s != "" {
		letter = s[0]
	}
	weight, ok := textsearch.ParseWeight(letter)
	if !ok {
		return datum.Null, sqlstate.New(sqlstate.InternalError, "unrecognized weight: %d", int8(letter))
	}
	var words []string
	if len(a) > 2 {
		words = wordsOf(a[2])
	}
	return datum.NewTSVector(a[0].TSVector().Weigh(weight, words)), nil
}

func filterWeights(_ *Env, a []datum.Datum) (datum.Datum, error) {
	var weights byte
	for _, e := range a[1].Array().Elems {
		if e.IsNull() {
			return datum.Null, sqlstate.New(sqlstate.NullValueNotAllowed, "weight array may not contain nulls")
		}
		letter := byte(0)
		if e.Str() != "" {
			letter = e.Str()[0]
		}
		weight, ok := textsearch.ParseWeight(letter)
		if !ok {
			return datum.Null, invalidParameter("unrecognized weight: \"%c\"", letter)
		}
		weights |= 1 << weight
	}
	return datum.NewTSVector(a[0].TSVector().Only(weights)), nil
}

func unnestVector(_ *Env, a []datum.Datum, emit func([]datum.Datum) error) error {
	for _, l := range a[0].TSVector() {
		row := []datum.Datum{datum.NewString(l.Word), datum.Null, datum.Null}
		if len(l.Positions) > 0 {
			at, weights := make([]datum.Datum, len(l.Positions)), make([]datum.Datum, len(l.Positions))
			for i, p := range l.Positions {
				at[i], weights[i] = datum.NewInt(int64(p.At())), datum.NewString(string(rune(p.Letter())))
			}
			row[1], row[2] = datum.ArrayFrom(datum.Int2, at), datum.ArrayFrom(datum.Text, weights)
		}
		if err := emit(row); err != nil {
			return err
		}
	}
	return nil
}

// textSearchQueries take queries apart and make others of them.
func textSearchQueries(r *registry) {
	join := func(op textsearch.Op) Func {
		return func(_ *Env, a []datum.Datum) (datum.Datum, error) {
			return datum.NewTSQuery(textsearch.Join(op, a[0].TSQuery(), a[1].TSQuery())), nil
		}
	}
	r.fn(join(textsearch.OpAnd), "tsquery_and(tsquery,tsquery)")
	r.fn(join(textsearch.OpOr), "tsquery_or(tsquery,tsquery)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewTSQuery(textsearch.Negate(a[0].TSQuery())), nil
	}, "tsquery_not(tsquery)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		distance := 1
		if len(a) > 2 {
			distance = int(a[2].Int())
		}
		n, err := textsearch.Phrase(a[0].TSQuery(), a[1].TSQuery(), distance)
		if err != nil {
			return datum.Null, err
		}
		return datum.NewTSQuery(n), nil
	}, "tsquery_phrase(tsquery,tsquery)", "tsquery_phrase(tsquery,tsquery,int4)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewBool(textsearch.Contains(a[0].TSQuery(), a[1].TSQuery())), nil
	}, "tsq_mcontains(tsquery,tsquery)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewBool(textsearch.Contains(a[1].TSQuery(), a[0].TSQuery())), nil
	}, "tsq_mcontained(tsquery,tsquery)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewInt(int64(a[0].TSQuery().Count())), nil
	}, "numnode(tsquery)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewString(a[0].TSQuery().Indexable()), nil
	}, "querytree(tsquery)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewTSQuery(textsearch.Rewrite(a[0].TSQuery(), a[1].TSQuery(), a[2].TSQuery())), nil
	}, "ts_rewrite(tsquery,tsquery,tsquery)")
	r.fn(func(*Env, []datum.Datum) (datum.Datum, error) {
		return datum.Null, unsupported("ts_rewrite with a query of its own is not supported")
	}, "ts_rewrite(tsquery,text)")
	stat := func(*Env, []datum.Datum, func([]datum.Datum) error) error {
		return unsupported("ts_stat is not supported")
	}
	r.sets["ts_stat(text)"], r.sets["ts_stat(text,text)"] = stat, stat
}
