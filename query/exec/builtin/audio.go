package builtin

import (
	"github.com/seguedb/segue/query/datum"
)

// audioFunctions are embed, audio_duration, audio_tag and segue_models, through the Embedder. Over a column
// the executor hands whole batches of files to the Embedder itself; these serve the single call.
func audioFunctions(r *registry) {
	r.fn(embedFile, "embed(text)", "embed(text,text)")
	r.fn(embedBytes, "embed(bytea)", "embed(bytea,text)")
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		e, err := env.embedder()
		if err != nil {
			return datum.Null, err
		}
		return floatResult(e.Duration(env.Ctx, a[0].Str()))
	}, "audio_duration(text)")
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		e, err := env.embedder()
		if err != nil {
			return datum.Null, err
		}
		return floatResult(e.DurationBytes(env.Ctx, []byte(a[0].Str())))
	}, "audio_duration(bytea)")
	r.fn(audioTag, "audio_tag(text,text)")
	r.sets["segue_models()"] = segueModels
	r.sets["segue_recall(text,int4,int4)"] = segueRecall
}

// embedder is the session's; a database opened without models has none.
func (e *Env) embedder() (Embedder, error) {
	if e.Embedder == nil {
		return nil, unsupported("this database was opened without embedding models")
	}
	return e.Embedder, nil
}

func modelArg(a []datum.Datum) string {
	if len(a) > 1 {
		return a[1].Str()
	}
	return ""
}

func embedFile(env *Env, a []datum.Datum) (datum.Datum, error) {
	e, err := env.embedder()
	if err != nil {
		return datum.Null, err
	}
	vectors, err := e.EmbedFiles(env.Ctx, []string{a[0].Str()}, modelArg(a), nil)
	if err != nil {
		return datum.Null, err
	}
	return datum.NewVector(vectors[0]), nil
}

func embedBytes(env *Env, a []datum.Datum) (datum.Datum, error) {
	e, err := env.embedder()
	if err != nil {
		return datum.Null, err
	}
	vector, err := e.EmbedBytes(env.Ctx, []byte(a[0].Str()), modelArg(a))
	if err != nil {
		return datum.Null, err
	}
	return datum.NewVector(vector), nil
}

func audioTag(env *Env, a []datum.Datum) (datum.Datum, error) {
	e, err := env.embedder()
	if err != nil {
		return datum.Null, err
	}
	value, ok, err := e.Tag(env.Ctx, a[0].Str(), a[1].Str())
	if err != nil || !ok {
		return datum.Null, err
	}
	return datum.NewString(value), nil
}

func segueModels(env *Env, _ []datum.Datum, emit func([]datum.Datum) error) error {
	e, err := env.embedder()
	if err != nil {
		return err
	}
	for _, m := range e.Models() {
		row := []datum.Datum{
			datum.NewString(m.Name), datum.NewInt(int64(m.Dim)), datum.NewInt(int64(m.SampleRateHz)),
			datum.NewFloat(m.WindowSeconds), datum.NewString(m.Fingerprint), datum.NewString(m.Licence),
			datum.NewBool(m.Default), datum.NewString(m.Description),
		}
		if err := emit(row); err != nil {
			return err
		}
	}
	return nil
}
