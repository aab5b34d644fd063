package builtin

import (
	"fmt"
	"math"

	"github.com/seguedb/segue/query/datum"
)

// audioFunctions are embed, audio_duration, audio_tag, what else is known of files, and segue_models, through the Embedder. Over a column
// the executor hands whole batches of files to the Embedder itself; these serve the single call.
func audioFunctions(r *registry) {
	for _, audio := range []string{"text", "bytea"} {
		for _, by := range []string{"", ",text", ",int4", ",text,int4"} {
			r.fn(embedClip(audio == "text"), "embed("+audio+by+")", "embed("+audio+by+",float8,float8)")
		}
	}
	r.fn(embedText, "embed_text(text)", "embed_text(text,text)")
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
	for _, key := range []string{"segments(regclass,any)", "segment_search(regclass,any,int8,any)", "align(regclass,any,any)"} {
		r.sets[key] = aloneInFrom
	}
	r.sets["segue_recall(text,int4,int4)"] = segueRecall
}

// embedder is the session's; a database opened without models has none.
func (e *Env) embedder() (Embedder, error) {
	if e.Embedder == nil {
		return nil, unsupported("this database was opened without embedding models")
	}
	return e.Embedder, nil
}

// ClipOf is the audio that the arguments of a call of embed name, and the model, "" for the default. file says that it is
// a path and not the bytes themselves. The binder has made a layer a part of the model's name wherever it could.
func ClipOf(e Embedder, a []datum.Datum, file bool) (c Clip, model string) {
	c = Clip{To: math.Inf(1)}
	if c.Path = a[0].Str(); !file {
		c.Path, c.Data = "", []byte(a[0].Str())
	}
	if n := len(a); n > 1 && a[n-1].Kind() == datum.KindFloat {
		c.From, c.To = a[n-2].Float(), a[n-1].Float()
		a = a[:n-2]
	}
	switch {
	case len(a) == 3:
		model = fmt.Sprintf("%s/layer:%d", a[1].Str(), a[2].Int())
	case len(a) == 2 && a[1].Kind() == datum.KindInt:
		model = fmt.Sprintf("%s/layer:%d", e.DefaultModel(), a[1].Int())
	case len(a) == 2:
		model = a[1].Str()
	}
	return c, model
}

func embedClip(file bool) func(env *Env, a []datum.Datum) (datum.Datum, error) {
	return func(env *Env, a []datum.Datum) (datum.Datum, error) {
		e, err := env.embedder()
		if err != nil {
			return datum.Null, err
		}
		clip, model := ClipOf(e, a, file)
		vectors, err := e.EmbedClips(env.Ctx, []Clip{clip}, model, nil)
		if err != nil {
			return datum.Null, err
		}
		return datum.NewVector(vectors[0]), nil
	}
}

func embedText(env *Env, a []datum.Datum) (datum.Datum, error) {
	e, err := env.embedder()
	if err != nil {
		return datum.Null, err
	}
	model := ""
	if len(a) == 2 {
		model = a[1].Str()
	}
	vector, err := e.EmbedText(env.Ctx, a[0].Str(), model)
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

// aloneInFrom stands for functions that the planner turns into scans of their own, where it cannot.
func aloneInFrom(*Env, []datum.Datum, func([]datum.Datum) error) error {
	return unsupported("a function of segments that does not stand alone in FROM")
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
			datum.NewBool(m.Texts),
		})
	}
	return rows
}
