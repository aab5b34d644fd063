package audio

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// Info describes the audio of a Source.
type Info struct {
	Format   string  // "wav", "aiff", "flac", "mp3", "vorbis", "opus", "mp4", ...
	RateHz   int     // of the file, before resampling
	Channels int     // of the file, before the downmix
	Frames   int64   // samples a channel at RateHz; see Seconds
	Seconds  float64 // Frames / RateHz: from the header where it is known before decoding, else 0
}

// Limits bound what is accepted. A zero field means its default.
type Limits struct {
	MaxSeconds float64 // default DefaultMaxSeconds
	MaxBytes   int64   // of the encoded file; default DefaultMaxBytes
}

// Defaults of Limits: a day-long field recording is not a track, and a WAV cannot
// be larger than 4 GiB.
const (
	DefaultMaxSeconds = 6 * 3600
	DefaultMaxBytes   = 4 << 30
)

func (l Limits) withDefaults() Limits {
	if l.MaxSeconds == 0 {
		l.MaxSeconds = DefaultMaxSeconds
	}
	if l.MaxBytes == 0 {
		l.MaxBytes = DefaultMaxBytes
	}
	return l
}

// CheckSize refuses a Source that is too large to be opened.
func (l Limits) CheckSize(s *Source) error {
	if most := l.withDefaults().MaxBytes; s.sizeBytes > most {
		return s.refuse(ErrTooLarge, "", "is too large: %d bytes, at most %d are accepted", s.sizeBytes, most)
	}
	return nil
}

// stream is a decoder: libsndfile in process, or FFmpeg's libraries or program in another.
type stream interface {
	// info is what the header says; Frames may be wrong or unknown.
	info() Info
	// read fills dst. Fewer samples than asked come with io.EOF or with the failure.
	read(dst []float32) (int, error)
	// skip decodes and drops some frames frames; io.EOF at the end.
	skip(frames int64) error
	framesRead() int64
	close() error
}

// Reader yields mono samples of one Source. It holds one block of audio, however
// long the file. Not for concurrent use.
type Reader struct {
	src    *Source
	stream stream
	limits Limits
	err    error // sticky
}

// Open starts decoding s to mono at rateHz (0 keeps the file's rate). The Source
// stays the caller's and must stay open until Close of the Reader. ctx ends the
// decoder that it may start; later reads have their own.
func Open(ctx context.Context, s *Source, rateHz int, limits Limits) (*Reader, error) {
	return open(ctx, s, rateHz, limits, false)
}

// open opens a Reader, to count its frames only (skip) or to read.
func open(ctx context.Context, s *Source, rateHz int, limits Limits, count bool) (*Reader, error) {
	limits = limits.withDefaults()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := limits.CheckSize(s); err != nil {
		return nil, err
	}
	c, err := sniff(s)
	if err != nil {
		return nil, err
	}
	r := &Reader{src: s, limits: limits}
	if c.demuxer == "" {
		r.stream, err = openNative(s, c, rateHz)
	} else {
		r.stream, err = openBeside(ctx, s, c, rateHz, count)
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

// openBeside decodes in another process.
func openBeside(ctx context.Context, s *Source, c content, rateHz int, count bool) (stream, error) {
	d, err := openChild(ctx, s, c, rateHz, count)
	if err == nil {
		return d, nil
	}
	if !errors.Is(err, errNoSpawner) {
		return nil, err
	}
	f, err := openFFmpeg(ctx, s, c, rateHz)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Info describes the file. Frames and Seconds are exact once Read has returned
// io.EOF, and what has been decoded so far until then.
func (r *Reader) Info() Info {
	info := r.stream.info()
	info.Frames = r.stream.framesRead()
	info.Seconds = float64(info.Frames) / float64(info.RateHz)
	return info
}

// maxStep bounds one crossing into C, and so how long a cancelled Read goes on:
// about 3 s of audio, a few milliseconds.
const maxStep = 1 << 16

// Read fills dst unless the audio ends or fails first; n samples are valid in any
// case. The end is io.EOF, possibly together with n > 0. Any error is final.
func (r *Reader) Read(ctx context.Context, dst []float32) (n int, err error) {
	for r.err == nil && n < len(dst) {
		if err := ctx.Err(); err != nil {
			return n, err
		}
		var got int
		got, r.err = r.stream.read(dst[n:min(len(dst), n+maxStep)])
		n += got
		r.checkLength()
	}
	return n, r.err
}

// checkLength refuses audio beyond the limit, by what was decoded and never by what
// the header claims.
func (r *Reader) checkLength() {
	if r.err != nil && !errors.Is(r.err, io.EOF) {
		return
	}
	if s := float64(r.stream.framesRead()) / float64(r.stream.info().RateHz); s > r.limits.MaxSeconds {
		r.err = r.src.refuse(ErrTooLong, "", "is too long: at most %g seconds are accepted", r.limits.MaxSeconds)
	}
}

// Close releases the decoder, not the Source.
func (r *Reader) Close() error {
	r.err = errors.Join(r.err, fmt.Errorf("reader is closed"))
	return r.stream.close()
}

// The rates that are accepted: telephone recordings to the fastest converters.
const minRateHz, maxRateHz = 2000, 768000

func checkRate(s *Source, rateHz int) error {
	if rateHz < minRateHz || rateHz > maxRateHz {
		return s.refuse(ErrUnsupported, "", "has a sample rate of %d Hz; %d to %d are supported", rateHz, minRateHz, maxRateHz)
	}
	return nil
}

// Decode reads all of s into memory: for short clips and tests. Long files belong
// to Open.
func Decode(ctx context.Context, s *Source, rateHz int, limits Limits) ([]float32, Info, error) {
	r, err := Open(ctx, s, rateHz, limits)
	if err != nil {
		return nil, Info{}, err
	}
	defer r.Close()
	var samples []float32
	block := make([]float32, maxStep)
	for {
		n, err := r.Read(ctx, block)
		samples = append(samples, block[:n]...)
		if errors.Is(err, io.EOF) {
			return samples, r.Info(), nil
		}
		if err != nil {
			return nil, Info{}, err
		}
	}
}
