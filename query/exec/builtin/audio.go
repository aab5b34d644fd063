package builtin

import (
	"fmt"

	"github.com/seguedb/segue/query/datum"
)

// audioFunctions are embed, audio_duration, audio_tag, what else is known of files, and segue_models, through the Embedder. Over a column
// the executor hands whole batches of files to the Embedder itself; these serve the single call.
func audioFunctions(r *registry) {
	r.fn(embedFile, "embed(text)", "embed(text,text)", "embed(text,int4)", "embed(text,text,int4)")
	r.fn(embedBytes, "embed(bytea)", "embed(bytea,text)", "embed(bytea,int4)", "embed(bytea,text,int4)")
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
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) { return AudioTags(env, a[0].Str()) }, "audio_tags(text)")
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) { return AudioFileState(env, a[0].Str()) }, "audio_file(text)")
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		e, err := env.embedder()
		if err != nil {
			return datum.Null, err
		}
		return textResult(e.AudioPath(a[0].Str()))
	}, "audio_path(text)")
	r.sets["audio_files(text)"] = audioFiles
	r.fn(clearRejects, "segue_clear_rejects()", "segue_clear_rejects(regclass)")
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

// modelArg is the model's name of a call of embed. The binder has made a layer a part of it wherever it could.
func modelArg(e Embedder, a []datum.Datum) string {
	switch {
	case len(a) == 3:
		return fmt.Sprintf("%s/layer:%d", a[1].Str(), a[2].Int())
	case len(a) == 2 && a[1].Kind() == datum.KindInt:
		return fmt.Sprintf("%s/layer:%d", e.DefaultModel(), a[1].Int())
	case len(a) == 2:
		return a[1].Str()
	}
	return ""
}

func embedFile(env *Env, a []datum.Datum) (datum.Datum, error) {
	e, err := env.embedder()
	if err != nil {
		return datum.Null, err
	}
	vectors, err := e.EmbedFiles(env.Ctx, []string{a[0].Str()}, modelArg(e, a), nil)
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
	vector, err := e.EmbedBytes(env.Ctx, []byte(a[0].Str()), modelArg(e, a))
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
	for _, row := range ModelRows(e.Models()) {
		if err := emit(row); err != nil {
			return err
		}
	}
	return nil
}

// ModelRows are the rows of segue_models, the function and the view.
func ModelRows(list []ModelRow) [][]datum.Datum {
	var rows [][]datum.Datum
	for _, m := range list {
		rows = append(rows, []datum.Datum{
			datum.NewString(m.Name), datum.NewInt(int64(m.Dim)), datum.NewInt(int64(m.SampleRateHz)),
			datum.NewFloat(m.WindowSeconds), datum.NewString(m.Fingerprint), datum.NewString(m.Licence),
			datum.NewBool(m.Default), datum.NewString(m.Description), datum.NewString(m.Pooling), datum.NewString(m.Precision),
		})
	}
	return rows
}
