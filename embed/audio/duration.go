package audio

import (
	"context"
	"errors"
	"io"
)

// Measure returns what s is and how long: from the header where the format makes it
// trustworthy (WAV and AIFF after the check against the file's size, Ogg from its
// last page, MP3 from a Xing header, FLAC when its last frame can be decoded), else
// by decoding it all. It does not say that every frame in between is sound.
func Measure(ctx context.Context, s *Source, limits Limits) (Info, error) {
	r, err := open(ctx, s, 0, limits, true)
	if err != nil {
		return Info{}, err
	}
	defer func() { r.Close() }()
	if n, ok := r.stream.(*native); ok && n.promise > 0 && n.reaches(n.promise-1) {
		info := n.header
		info.Frames = n.promise
		info.Seconds = float64(info.Frames) / float64(info.RateHz)
		return info, nil
	} else if ok {
		// The probe moved the decoder: start again.
		r.Close()
		if r, err = open(ctx, s, 0, limits, true); err != nil {
			return Info{}, err
		}
	}
	for {
		if err := ctx.Err(); err != nil {
			return Info{}, err
		}
		err := r.stream.skip(maxStep)
		if errors.Is(err, io.EOF) {
			return r.Info(), nil
		}
		if err != nil {
			return Info{}, err
		}
		if r.checkLength(); r.err != nil {
			return Info{}, r.err
		}
	}
}
