package builtin

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/seguedb/segue/query/datum"
)

// AudioTags is audio_tags(path): all that the file says of itself, as a jsonb.
func AudioTags(env *Env, path string) (datum.Datum, error) {
	e, err := env.embedder()
	if err != nil {
		return datum.Null, err
	}
	facts, err := e.Facts(env.Ctx, path)
	if err != nil {
		return datum.Null, err
	}
	return FactsJSON(facts)
}

// FactsJSON is facts as a jsonb.
func FactsJSON(facts map[string]any) (datum.Datum, error) {
	text, err := json.Marshal(facts)
	if err != nil {
		return datum.Null, fmt.Errorf("write the tags of an audio file: %w", err)
	}
	return jsonFinisher("jsonb")(text, nil)
}

// AudioFileState is audio_file(path): size, time of the last change, content hash, and the identity by which audio_files
// shows that the file is unchanged.
func AudioFileState(env *Env, path string) (datum.Datum, error) {
	e, err := env.embedder()
	if err != nil {
		return datum.Null, err
	}
	f, err := e.FileState(env.Ctx, path)
	if err != nil {
		return datum.Null, err
	}
	modified := f.Modified.UTC().Truncate(time.Microsecond).Format(time.RFC3339Nano)
	facts := map[string]any{"size": f.SizeBytes, "modified": modified, "sha256": f.SHA256}
	if f.ID != "" {
		facts["id"] = f.ID
	}
	return FactsJSON(facts)
}

// audioFiles is audio_files(dir).
func audioFiles(env *Env, a []datum.Datum, emit func([]datum.Datum) error) error {
	e, err := env.embedder()
	if err != nil {
		return err
	}
	for f, err := range e.AudioFiles(env.Ctx, a[0].Str()) {
		if err != nil {
			return err
		}
		row := []datum.Datum{datum.NewString(f.Path), datum.Null, datum.Null, datum.Null, datum.Null, datum.NewBool(f.Folder)}
		if f.Err != nil {
			row[4] = datum.NewString(f.Err.Error())
		} else {
			row[1], row[2], row[3] = datum.NewInt(f.SizeBytes), datum.NewInt(datum.TimestampFromTime(f.Modified)), datum.NewString(f.ID)
		}
		if err := emit(row); err != nil {
			return err
		}
	}
	return nil
}
