package server_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/seguedb/segue/server"
)

// TestAdmin asks for health and metrics over HTTP after some work.
func TestAdmin(t *testing.T) {
	i := start(t, server.Config{})
	conn := i.connect()
	ctx := context.Background()
	for range 2 {
		if _, err := conn.Exec(ctx, "SELECT embed('x.wav')"); err != nil {
			t.Fatal(err)
		}
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	get := func(path string) (int, string) {
		r, err := client.Get(fmt.Sprintf("http://%s%s", i.server.AdminAddr(), path))
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return r.StatusCode, string(body)
	}
	for _, path := range []string{"/health/live", "/health/ready"} {
		if status, body := get(path); status != http.StatusOK {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	if status, _ := get("/nothing"); status != http.StatusNotFound {
		t.Errorf("/nothing: %d", status)
	}
	_, metrics := get("/metrics")
	for _, want := range []string{`segue_query_duration_seconds_count{kind="select"} 2`, `segue_embeddings_total{model="music"} 1`,
		"segue_connections 1", `segue_embedding_cache_misses_total{model="music"} 1`, `segue_embedded_audio_seconds_total{model="music"} 9`} {
		if !strings.Contains(metrics, want) {
			t.Errorf("no %q in\n%s", want, metrics)
		}
	}
}
