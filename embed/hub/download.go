package hub

import (
	"context"
	"crypto/sha1" //nolint:gosec // git's hash of a blob is SHA-1
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// attempts is how often a transfer that breaks off is taken up again without having
// brought anything.
const attempts = 5

// Progress is told how far a file is, from the downloading goroutine.
type Progress func(f File, doneBytes int64)

// Download fetches a model's files into a folder, and goes on where an earlier try of
// the same files there ended. On success the folder has all of them, checked.
func (c *Client) Download(ctx context.Context, m Model, dir string, progress Progress) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("download %s: %w", m.Repository, err)
	}
	for _, f := range m.Files {
		path := filepath.Join(dir, f.Name)
		if f.verify(path) == nil {
			progress(f, f.SizeBytes)
			continue
		}
		if err := c.file(ctx, m, f, path+".part", progress); err != nil {
			return fmt.Errorf("download %s of %s: %w", f.Name, m.Repository, err)
		}
		if err := f.verify(path + ".part"); err != nil {
			// What is wrong cannot be told from what is right in it.
			return errors.Join(fmt.Errorf("download %s of %s: %w", f.Name, m.Repository, err), os.Remove(path+".part"))
		}
		if err := os.Rename(path+".part", path); err != nil {
			return fmt.Errorf("download %s: %w", m.Repository, err)
		}
	}
	return nil
}

// file fetches one file to its size, over as many requests as it takes.
func (c *Client) file(ctx context.Context, m Model, f File, part string, progress Progress) error {
	out, err := os.OpenFile(part, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	have, err := out.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if have > f.SizeBytes {
		have = 0
	}
	pause := c.retryAfter
	if pause == 0 {
		pause = time.Second
	}
	for failed := 0; have < f.SizeBytes; {
		now, err := c.stretch(ctx, m, f, out, have, progress)
		if now > have {
			failed, have = 0, now
		}
		if err == nil {
			continue
		}
		if failed++; failed == attempts || ctx.Err() != nil || errors.Is(err, ErrNotFound) || errors.Is(err, ErrHub) ||
			errors.As(err, new(*fs.PathError)) {
			return err
		}
		select {
		case <-time.After(pause << failed):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return errors.Join(out.Truncate(f.SizeBytes), out.Sync())
}

// stretch is one request; it returns how much there is afterwards.
func (c *Client) stretch(ctx context.Context, m Model, f File, out *os.File, from int64, progress Progress) (int64, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r, err := c.get(ctx, "/"+m.Repository+"/resolve/"+m.Commit+"/"+f.Name, from)
	if err != nil {
		return from, err
	}
	defer r.Body.Close()
	switch r.StatusCode {
	case http.StatusOK:
		from = 0 // it does not resume
	case http.StatusPartialContent:
		if want := fmt.Sprintf("bytes %d-", from); !strings.HasPrefix(r.Header.Get("Content-Range"), want) {
			return from, fmt.Errorf("%w: range %q instead of %q", ErrHub, r.Header.Get("Content-Range"), want)
		}
	default:
		return from, fmt.Errorf("%w: %s from byte %d of %d", ErrHub, r.Status, from, f.SizeBytes)
	}
	if _, err := out.Seek(from, io.SeekStart); err != nil {
		return from, err
	}
	timer := time.AfterFunc(stall, func() { cancel(fmt.Errorf("%w: it has sent nothing for %v", ErrHub, stall)) })
	defer timer.Stop()
	w := &watched{f: f, done: from, progress: progress, timer: timer}
	n, err := io.Copy(io.MultiWriter(out, w), io.LimitReader(r.Body, f.SizeBytes-from))
	if err == nil && from+n < f.SizeBytes {
		err = io.ErrUnexpectedEOF
	}
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return from + n, err
}

// watched tells the progress, and the timer that there was some.
type watched struct {
	f        File
	done     int64
	progress Progress
	timer    *time.Timer
}

func (w *watched) Write(p []byte) (int, error) {
	w.timer.Reset(stall)
	w.done += int64(len(p))
	w.progress(w.f, w.done)
	return len(p), nil
}

// verify compares a file with its size and hash.
func (f File) verify(path string) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	if info.Size() != f.SizeBytes {
		return fmt.Errorf("%w: %d bytes, not %d", ErrCorrupt, info.Size(), f.SizeBytes)
	}
	h, want := f.hash()
	if _, err := io.Copy(h, in); err != nil {
		return err
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		return fmt.Errorf("%w: its hash is %s, not %s", ErrCorrupt, got, want)
	}
	return nil
}

// hash is the one that the hub gave, ready for the content.
func (f File) hash() (h hash.Hash, want string) {
	if f.SHA256 != "" {
		return sha256.New(), f.SHA256
	}
	h = sha1.New() //nolint:gosec // see the import
	fmt.Fprintf(h, "blob %d\x00", f.SizeBytes)
	return h, f.BlobID
}
