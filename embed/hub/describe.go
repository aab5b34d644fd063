package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/seguedb/segue/embed/registry"
)

// DefaultURL is the hub.
const DefaultURL = "https://huggingface.co"

var (
	// ErrNotFound is wrapped when the hub has no such repository, revision or file.
	ErrNotFound = errors.New("not on the model hub")
	// ErrHub is wrapped when the hub's answers make no sense, or are refused.
	ErrHub = errors.New("the model hub's answer cannot be used")
	// ErrCorrupt is wrapped when a download is not what the index promised.
	ErrCorrupt = errors.New("downloaded file is damaged")
)

const (
	maxIndexBytes = 16 << 20
	maxSmallBytes = 16 << 20 // RoBERTa's tokenizer.json is one of 2 MB
	maxLargeBytes = 16 << 30
	// stall is how long a hub may say nothing.
	stall = time.Minute
)

// Client speaks to one hub. The zero value speaks to [DefaultURL].
type Client struct {
	URL string
	// retryAfter is the pause before the first retry of a broken transfer.
	retryAfter time.Duration
}

// Model is one revision of a repository.
type Model struct {
	Repository string
	Commit     string
	Licence    string // "" when the hub says none
	Files      []File // those that an import needs
}

// File is one file and how to know it.
type File struct {
	Name      string
	SizeBytes int64
	SHA256    string // of large files; "" for small ones
	BlobID    string // git's SHA-1 of small files
}

// SizeBytes is that of all files.
func (m Model) SizeBytes() int64 {
	n := int64(0)
	for _, f := range m.Files {
		n += f.SizeBytes
	}
	return n
}

var (
	repository = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}$`)
	commit     = regexp.MustCompile(`^[0-9a-f]{40}$`)
	sha256Hex  = regexp.MustCompile(`^[0-9a-f]{64}$`)
	revision   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,95}$`)
)

// IsRepository reports whether a text is OWNER/NAME.
func IsRepository(s string) bool { return repository.MatchString(s) }

// index is what the hub says of a revision, as far as it is read.
type index struct {
	SHA      string `json:"sha"`
	CardData struct {
		License any `json:"license"`
	} `json:"cardData"`
	Tags     []string `json:"tags"`
	Siblings []struct {
		Name   string `json:"rfilename"`
		Size   int64  `json:"size"`
		BlobID string `json:"blobId"`
		LFS    *struct {
			SHA256 string `json:"sha256"`
			Size   int64  `json:"size"`
		} `json:"lfs"`
	} `json:"siblings"`
}

// Describe looks a repository up; rev is a branch, a tag or a commit, "" the main branch.
func (c *Client) Describe(ctx context.Context, repo, rev string) (Model, error) {
	if rev == "" {
		rev = "main"
	}
	if !repository.MatchString(repo) || !revision.MatchString(rev) {
		return Model{}, fmt.Errorf("%w: %q at revision %q is no OWNER/NAME", ErrNotFound, repo, rev)
	}
	ctx, cancel := context.WithTimeout(ctx, stall)
	defer cancel()
	r, err := c.get(ctx, "/api/models/"+repo+"/revision/"+rev+"?blobs=true", 0)
	if err != nil {
		return Model{}, fmt.Errorf("look %s up: %w", repo, err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(io.LimitReader(r.Body, maxIndexBytes+1))
	if err != nil {
		return Model{}, fmt.Errorf("look %s up: %w", repo, err)
	}
	m, err := parseIndex(text)
	if err == nil && commit.MatchString(rev) && m.Commit != rev {
		err = fmt.Errorf("%w: commit %s for %s", ErrHub, m.Commit, rev)
	}
	if err != nil {
		return Model{}, fmt.Errorf("look %s up: %w", repo, err)
	}
	m.Repository = repo
	return m, nil
}

// parseIndex reads the hub's answer. Of the files it takes those that an import needs.
func parseIndex(text []byte) (Model, error) {
	var in index
	if len(text) > maxIndexBytes {
		return Model{}, fmt.Errorf("%w: an index of more than %d bytes", ErrHub, maxIndexBytes)
	}
	if err := json.Unmarshal(text, &in); err != nil {
		return Model{}, fmt.Errorf("%w: %w", ErrHub, err)
	}
	if !commit.MatchString(in.SHA) {
		return Model{}, fmt.Errorf("%w: commit %q", ErrHub, in.SHA)
	}
	m := Model{Commit: in.SHA, Licence: in.licence()}
	found := map[string]File{}
	for _, s := range in.Siblings {
		f := File{Name: s.Name, SizeBytes: s.Size, BlobID: s.BlobID}
		if s.LFS != nil {
			f.SizeBytes, f.SHA256 = s.LFS.Size, s.LFS.SHA256
		}
		found[s.Name] = f
	}
	for _, name := range registry.Needed(func(name string) bool { return found[name].Name != "" }) {
		f, ok := found[name]
		if !ok {
			return Model{}, fmt.Errorf("%w: the repository has no %s", ErrNotFound, name)
		}
		if err := f.check(); err != nil {
			return Model{}, err
		}
		m.Files = append(m.Files, f)
	}
	return m, nil
}

// check refuses a file whose size or hash could not be checked.
func (f File) check() error {
	most := int64(maxSmallBytes)
	if f.SHA256 != "" {
		most = maxLargeBytes
	}
	switch {
	case f.SizeBytes < 1 || f.SizeBytes > most:
		return fmt.Errorf("%w: %s of %d bytes", ErrHub, f.Name, f.SizeBytes)
	case f.SHA256 != "" && !sha256Hex.MatchString(f.SHA256), f.SHA256 == "" && !commit.MatchString(f.BlobID):
		return fmt.Errorf("%w: it does not say the hash of %s", ErrHub, f.Name)
	}
	return nil
}

func (in index) licence() string {
	if s, ok := in.CardData.License.(string); ok && s != "" {
		return s
	}
	for _, t := range in.Tags {
		if s, ok := strings.CutPrefix(t, "license:"); ok {
			return s
		}
	}
	return ""
}

// get asks for a path, from a byte on.
func (c *Client) get(ctx context.Context, path string, from int64) (*http.Response, error) {
	base := c.URL
	if base == "" {
		base = DefaultURL
	}
	u, err := url.Parse(strings.TrimRight(base, "/") + path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrHub, err)
	}
	if err := allowedURL(u); err != nil {
		return nil, err
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	q.Header.Set("User-Agent", "segue")
	q.Header.Set("Accept-Encoding", "identity") // sizes and ranges are of the file itself
	if from > 0 {
		q.Header.Set("Range", fmt.Sprintf("bytes=%d-", from))
	}
	r, err := transport.Do(q)
	if err != nil {
		return nil, err
	}
	switch r.StatusCode {
	case http.StatusOK, http.StatusPartialContent, http.StatusRequestedRangeNotSatisfiable:
		return r, nil
	}
	err = fmt.Errorf("%w: %s", ErrHub, r.Status)
	switch r.StatusCode {
	case http.StatusNotFound, http.StatusUnauthorized, http.StatusForbidden: // the hub's answer for what is private or not there
		err = fmt.Errorf("%w: %s", ErrNotFound, r.Status)
	}
	return nil, errors.Join(err, r.Body.Close())
}

// transport keeps no connection, so that nothing of it is left after a command.
var transport = &http.Client{
	Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, ResponseHeaderTimeout: stall, DisableKeepAlives: true},
	CheckRedirect: func(q *http.Request, via []*http.Request) error {
		if len(via) >= 10 {
			return fmt.Errorf("%w: more than %d redirects", ErrHub, len(via))
		}
		return allowedURL(q.URL)
	},
}

// allowedURL lets https through, and this machine's own http.
func allowedURL(u *url.URL) error {
	ip := net.ParseIP(u.Hostname())
	if u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()) {
		return nil
	}
	return fmt.Errorf("%w: %s is not https", ErrHub, u.Redacted())
}
