package audio

// #include "beside.h"
// #include "decode.h"
import "C"

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// child decodes in a process that the spawner forks for the one file: what makes a decoder crash, hang or grow ends that
// process and no other. It reads the open file by its descriptor, is told the format, and can open nothing. Samples come
// mixed and resampled, in records (beside.h).
type child struct {
	src     *Source
	ctx     context.Context // of Open; when it ends, the child is killed
	process *os.Process
	unwatch func() bool
	pipe    *os.File
	header  Info
	frames  int64
	samples int // that follow in the pipe
	ended   error
	waited  *os.ProcessState
}

// stuckSeconds is how much processor time a child may take for a record; the slowest decoders take some milliseconds for
// a frame. A test waits for less.
var stuckSeconds = 30

// openChild starts decoding beside this process; errNoSpawner where that cannot be.
func openChild(ctx context.Context, s *Source, c content, rateHz int, count bool) (*child, error) {
	file, err := s.asFile()
	if err != nil {
		return nil, fmt.Errorf("handing audio file %q to a decoder: %w", s.name, err)
	}
	if s.file == nil {
		defer file.Close()
	}
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC); err != nil {
		return nil, fmt.Errorf("handing audio file %q to a decoder: making a pipe: %w", s.name, err)
	}
	process, err := beside.spawn(c.demuxer, rateHz, count, int(file.Fd()), ends[1])
	unix.Close(ends[1])
	if err == nil {
		err = unix.SetNonblock(ends[0], true) // for the runtime's poller
	}
	pipe := os.NewFile(uintptr(ends[0]), "decoder")
	if err != nil {
		pipe.Close()
		return nil, err
	}
	d := &child{src: s, ctx: ctx, process: process, pipe: pipe}
	d.unwatch = context.AfterFunc(ctx, func() { _ = process.Kill() })
	if err := d.start(c); err != nil {
		d.close() // the refusal is what counts
		return nil, err
	}
	return d, nil
}

// start reads the first record.
func (d *child) start(c content) error {
	r, err := d.record()
	if err != nil {
		return err
	}
	if r.kind != C.SEGUE_RECORD_FORMAT {
		return fmt.Errorf("decoding audio file %q: a record of kind %d came first", d.src.name, r.kind)
	}
	d.header = Info{Format: c.format, RateHz: int(r.frames), Channels: int(r.count)}
	if err := checkRate(d.src, d.header.RateHz); err != nil {
		return err
	}
	return checkChannels(d.src, d.header.Channels)
}

func (d *child) info() Info        { return d.header }
func (d *child) framesRead() int64 { return d.frames }

func (d *child) read(dst []float32) (n int, err error) {
	for n < len(dst) {
		if d.samples == 0 {
			if err := d.next(); err != nil {
				return n, err
			}
			continue
		}
		// The numbers are little-endian, as on every processor that Segue runs on.
		part := dst[n : n+min(d.samples, len(dst)-n)]
		if _, err := io.ReadFull(d.pipe, unsafe.Slice((*byte)(unsafe.Pointer(&part[0])), 4*len(part))); err != nil {
			return n, d.died()
		}
		n += len(part)
		d.samples -= len(part)
	}
	return n, nil
}

// skip takes at least as many frames, of whole records: a child that counts sends nothing else.
func (d *child) skip(frames int64) error {
	for until := d.frames + frames; d.frames < until; {
		if err := d.next(); err != nil {
			return err
		}
	}
	return nil
}

// next reads a record that is not the first; the end is final.
func (d *child) next() error {
	if d.ended != nil {
		return d.ended
	}
	r, err := d.record()
	if err == nil {
		d.frames = int64(r.frames)
		d.samples = int(r.count)
		return nil
	}
	d.ended = err
	return err
}

// record reads one; io.EOF only after the child has decoded everything, and whatever else keeps it from going on.
func (d *child) record() (C.segue_record, error) {
	var r C.segue_record
	if _, err := io.ReadFull(d.pipe, bytesOf(&r)); err != nil {
		return r, d.died()
	}
	switch r.kind {
	case C.SEGUE_RECORD_END:
		if d.frames = int64(r.frames); d.frames == 0 {
			return r, d.src.refuse(ErrEmpty, "", "holds no samples")
		}
		return r, io.EOF
	case C.SEGUE_RECORD_REFUSED:
		text := make([]byte, min(r.count, C.SEGUE_TEXT_BYTES))
		if _, err := io.ReadFull(d.pipe, text); err != nil {
			return r, d.died()
		}
		return r, d.refused(C.int(r.frames), string(text))
	}
	return r, nil
}

// refused says why the child gave up; the libraries' own first words come as data.
func (d *child) refused(status C.int, text string) error {
	switch status {
	case C.SEGUE_DAMAGED:
		word, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
		return undecodable(d.src, word)
	case C.SEGUE_NOT_FINITE:
		return notFinite(d.src)
	case C.SEGUE_UNSUPPORTED:
		return d.src.refuse(ErrUnsupported, hintFormats, "is in an encoding that is not supported")
	}
	return failure(d.src, status)
}

// died says what became of a child that ended without a word.
func (d *child) died() error {
	if err := d.ctx.Err(); err != nil {
		return err
	}
	_ = d.process.Kill() // it may have closed the pipe only
	state := d.wait()
	if state == nil {
		return fmt.Errorf("decoding audio file %q: the decoder was lost", d.src.name)
	}
	status, _ := state.Sys().(syscall.WaitStatus)
	switch {
	case status.Exited() && status.ExitStatus() == C.SEGUE_CHILD_STUCK:
		return undecodable(d.src, fmt.Sprintf("no progress in %d s of processor time", stuckSeconds))
	case status.Signaled() && status.Signal() != syscall.SIGKILL && status.Signal() != syscall.SIGTERM:
		return undecodable(d.src, "its decoder crashed: "+status.Signal().String())
	}
	return fmt.Errorf("decoding audio file %q: the decoder was stopped: %s", d.src.name, state)
}

// wait collects the child, once.
func (d *child) wait() *os.ProcessState {
	if d.waited == nil {
		d.waited, _ = d.process.Wait() // nil where somebody else has collected it
	}
	return d.waited
}

func (d *child) close() error {
	d.unwatch()
	d.ended = errors.New("reader is closed")
	d.pipe.Close()
	_ = d.process.Kill() // it may have ended
	d.wait()
	return nil
}

// undecodable is the refusal of a file that FFmpeg, as a program or as a library, makes nothing of.
func undecodable(s *Source, word string) error {
	return s.refuse(ErrDamaged, hintTruncated, "is damaged or truncated: ffmpeg could not decode it (%s)",
		strings.ToValidUTF8(word, "?"))
}

func checkChannels(s *Source, channels int) error {
	if channels < 1 || channels > 64 {
		return s.refuse(ErrUnsupported, "", "has %d channels; 1 to 64 are supported", channels)
	}
	return nil
}
