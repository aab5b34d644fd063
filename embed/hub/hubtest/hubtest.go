// Package hubtest is a stand-in for the model hub: one repository, over HTTP on this
// machine, with the ways in which a hub fails.
package hubtest

import (
	"crypto/sha1" //nolint:gosec // git's hash of a blob is SHA-1
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Commit is the one revision.
const Commit = "0123456789abcdef0123456789abcdef01234567"

// Hub is a running stand-in. Its switches are set before a request.
type Hub struct {
	*httptest.Server
	repository string
	files      map[string][]byte

	mu sync.Mutex
	// Requests are the paths asked for, with their Range.
	requests []string
	// BreakAfter ends the transfer of a large file after so many bytes, so many times.
	breakAfter, breaks int
	corrupt            bool
	noRange            bool
	// Index replaces the index, when set.
	index []byte
}

// Serve serves a folder's files as a repository until the test ends. config.json and
// its kin are small files, the weights are large ones, which come by a redirect.
func Serve(tb testing.TB, repository, dir string) *Hub {
	tb.Helper()
	h := &Hub{repository: repository, files: map[string][]byte{}}
	entries, err := os.ReadDir(dir)
	if err != nil {
		tb.Fatal(err)
	}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			tb.Fatal(err)
		}
		h.files[e.Name()] = b
	}
	h.Server = httptest.NewServer(http.HandlerFunc(h.serve))
	tb.Cleanup(h.Close)
	return h
}

// Break ends the next transfers of large files after n bytes.
func (h *Hub) Break(n, times int) { h.set(func() { h.breakAfter, h.breaks = n, times }) }

// Corrupt changes a byte of large files.
func (h *Hub) Corrupt(on bool) { h.set(func() { h.corrupt = on }) }

// NoRange makes the hub send files from their start whatever is asked.
func (h *Hub) NoRange() { h.set(func() { h.noRange = true }) }

// Index replaces the index.
func (h *Hub) Index(b []byte) { h.set(func() { h.index = b }) }

// Requests lists what was asked for.
func (h *Hub) Requests() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]string(nil), h.requests...)
}

func (h *Hub) set(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f()
}

func (h *Hub) serve(w http.ResponseWriter, q *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.requests = append(h.requests, strings.TrimSpace(q.URL.Path+" "+q.Header.Get("Range")))
	switch path := q.URL.Path; {
	case path == "/api/models/"+h.repository+"/revision/main", path == "/api/models/"+h.repository+"/revision/"+Commit:
		if h.index != nil {
			_, _ = w.Write(h.index)
			return
		}
		_ = json.NewEncoder(w).Encode(h.describe())
	case strings.HasPrefix(path, "/"+h.repository+"/resolve/"+Commit+"/"):
		name := filepath.Base(path)
		if large(name) {
			http.Redirect(w, q, "/store/"+name, http.StatusFound)
			return
		}
		h.send(w, q, name)
	case strings.HasPrefix(path, "/store/"):
		h.send(w, q, filepath.Base(path))
	default:
		http.NotFound(w, q)
	}
}

func large(name string) bool { return !strings.HasSuffix(name, ".json") && name != "README.md" }

// describe is the index.
func (h *Hub) describe() any {
	var siblings []any
	for name, b := range h.files {
		blob := sha1.Sum(append(fmt.Appendf(nil, "blob %d\x00", len(b)), b...)) //nolint:gosec // see the import
		s := map[string]any{"rfilename": name, "size": len(b), "blobId": hex.EncodeToString(blob[:])}
		if large(name) {
			sum := sha256.Sum256(b)
			s["lfs"] = map[string]any{"sha256": hex.EncodeToString(sum[:]), "size": len(b), "pointerSize": 134}
		}
		siblings = append(siblings, s)
	}
	return map[string]any{
		"id": h.repository, "sha": Commit, "siblings": siblings, "tags": []string{"audio", "license:cc-by-nc-4.0"},
		"cardData": map[string]any{"license": "cc-by-nc-4.0"},
	}
}

func (h *Hub) send(w http.ResponseWriter, q *http.Request, name string) {
	b, ok := h.files[name]
	if !ok {
		http.NotFound(w, q)
		return
	}
	from := 0
	if text, ok := strings.CutPrefix(q.Header.Get("Range"), "bytes="); ok && !h.noRange {
		from, _ = strconv.Atoi(strings.TrimSuffix(text, "-"))
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(b)-1, len(b)))
	}
	body := append([]byte(nil), b[from:]...)
	if h.corrupt && large(name) {
		body[len(body)-1] ^= 1
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	if from > 0 {
		w.WriteHeader(http.StatusPartialContent)
	}
	if h.breaks > 0 && large(name) && len(body) > h.breakAfter {
		h.breaks--
		_, _ = w.Write(body[:h.breakAfter])
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(body)
}
