package server_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/seguedb/segue/server"
)

// TestEraseEmbedding deletes a track whose vector embed() computed: with the row its entry in the embedding cache
// and its place in the column's calibration go, and a track that is still there keeps its own.
func TestEraseEmbedding(t *testing.T) {
	i := start(t, server.Config{})
	conn := i.connect()
	ctx := context.Background()
	run := func(sql string) {
		t.Helper()
		if _, err := conn.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	run("CREATE TABLE clip (path text PRIMARY KEY, emb vector(768) GENERATED ALWAYS AS (embed(path)) STORED)")
	run("INSERT INTO clip VALUES ('clay-road-guitar.wav'), ('granite-slow.opus')")
	vector := func(path string) []byte {
		t.Helper()
		var v []float32
		if err := conn.QueryRow(ctx, "SELECT emb::real[] FROM clip WHERE path = $1", path).Scan(&v); err != nil {
			t.Fatal(err)
		}
		var raw []byte
		for _, x := range v {
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(x))
		}
		return raw
	}
	gone, kept := vector("clay-road-guitar.wav"), vector("granite-slow.opus")
	run("ANALYZE clip") // which keeps a sample of the vectors
	run("DELETE FROM clip WHERE path LIKE 'clay%'")
	run("VACUUM (ERASE) clip")
	if at := filesWith(t, i.config.DataDir, gone[:64]); len(at) > 0 {
		t.Errorf("the deleted vector is in %v", at)
	}
	if at := filesWith(t, i.config.DataDir, kept[:64]); len(at) == 0 {
		t.Error("the vector that is left is in no file")
	}
}

// filesWith names the files below a directory that have some bytes in them.
func filesWith(t *testing.T, dir string, want []byte) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if bytes.Contains(data, want) {
			out = append(out, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
