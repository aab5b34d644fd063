package audio

// #cgo CFLAGS: -O3 -Wall
// #cgo CXXFLAGS: -O2 -std=c++17 -Wall
// #cgo LDFLAGS: -lsndfile -lopus -logg -lsoxr -ltag -lstdc++ -lm
// #include <stdlib.h>
// #include "decode.h"
import "C"

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"unsafe"
)

// cSource is a Source as C sees it. close must be called; until then the file
// stays open and the bytes stay pinned by the Source's owner and by us.
type cSource struct {
	c    *C.segue_source
	src  *Source
	pins runtime.Pinner
}

func newCSource(s *Source, start int64) (*cSource, error) {
	cs := &cSource{src: s}
	fd, mem := C.int(-1), unsafe.Pointer(nil)
	if s.file != nil {
		fd = C.int(s.file.Fd())
	} else {
		mem = unsafe.Pointer(unsafe.SliceData(s.data))
		cs.pins.Pin(mem)
	}
	cs.c = C.segue_source_new(fd, mem, C.int64_t(start), C.int64_t(s.sizeBytes-start))
	if cs.c == nil {
		cs.pins.Unpin()
		return nil, errors.New("reading audio: out of memory")
	}
	return cs, nil
}

func (cs *cSource) close() {
	C.segue_source_free(cs.c)
	cs.pins.Unpin()
	runtime.KeepAlive(cs.src)
}

// mixer is the C downmixer and resampler; see decode.h for its order of calls.
type mixer struct{ c *C.segue_mixer }

func newMixer(channels, fromHz, toHz int) (*mixer, error) {
	c := C.segue_mixer_new(C.int(channels), C.double(fromHz), C.double(toHz))
	if c == nil {
		return nil, fmt.Errorf("resampling %d Hz to %d Hz: libsoxr refused", fromHz, toHz)
	}
	return &mixer{c}, nil
}

func (m *mixer) close() { C.segue_mixer_free(m.c) }

func (m *mixer) pull(dst []float32) (int, C.int) {
	var n C.size_t
	status := C.segue_mixer_pull(m.c, (*C.float)(unsafe.SliceData(dst)), C.size_t(len(dst)), &n)
	return int(n), status
}

// feed takes the next interleaved frames; false when one is not a finite number.
func (m *mixer) feed(interleaved []float32, frames int) bool {
	return C.segue_mixer_feed(m.c, (*C.float)(unsafe.SliceData(interleaved)), C.int(frames)) == C.SEGUE_OK
}

func (m *mixer) finish() { C.segue_mixer_finish(m.c) }

// blockFrames is how many frames the mixer takes at a time.
const blockFrames = C.SEGUE_BLOCK_FRAMES

// native decodes through libsndfile.
type native struct {
	source  *cSource
	decoder *C.segue_decoder
	mixer   *mixer
	header  Info  // as libsndfile reports it
	promise int64 // frames that the file promises, 0 where it promises none
}

func openNative(s *Source, c content, rateHz int) (*native, error) {
	if err := checkChunks(s, c); err != nil {
		return nil, err
	}
	if err := checkOgg(s, c); err != nil {
		return nil, err
	}
	source, err := newCSource(s, c.start)
	if err != nil {
		return nil, err
	}
	n := &native{source: source}
	if c.format == "mp3" {
		if n.promise, err = promiseMP3(s, c, source); err != nil {
			source.close()
			return nil, err
		}
	}
	var info C.segue_info
	var status C.int
	n.decoder = C.segue_decoder_new(source.c, &info, &status)
	if n.decoder == nil {
		source.close()
		return nil, n.refuse(status)
	}
	n.header = Info{
		Format:   formatName(c.format, int(info.format)),
		RateHz:   int(info.rate_hz),
		Channels: int(info.channels),
		Frames:   int64(info.frames),
	}
	if err := n.setUp(s, c, rateHz); err != nil {
		n.close() // releases memory only, and cannot fail
		return nil, err
	}
	return n, nil
}

// setUp finds the promise and makes the mixer.
func (n *native) setUp(s *Source, c content, rateHz int) error {
	if err := checkRate(s, n.header.RateHz); err != nil {
		return err
	}
	switch c.format {
	case "wav", "aiff", "ogg":
		n.promise = n.header.Frames
	case "flac":
		if n.header.Frames != unknownFrames {
			n.promise = n.header.Frames
		}
	}
	var err error
	n.mixer, err = newMixer(n.header.Channels, n.header.RateHz, rateHz)
	return err
}

// promiseMP3 returns what the file's Xing header promises. Without one it returns 0
// and gives the decoder a header of ours.
func promiseMP3(s *Source, c content, source *cSource) (int64, error) {
	head, err := s.head(c.start, 4096)
	if err != nil {
		return 0, err
	}
	if promise := xingFrames(head); promise > 0 {
		return promise, nil
	}
	frames, err := countMPEG(s, c.start)
	if err != nil {
		return 0, err
	}
	if prefix := xingPrefix(head, frames); prefix != nil && len(prefix) <= C.SEGUE_PREFIX_BYTES {
		C.segue_source_prefix(source.c, unsafe.Pointer(unsafe.SliceData(prefix)), C.int64_t(len(prefix)))
	}
	return 0, nil
}

func (n *native) info() Info { return n.header }

func (n *native) framesRead() int64 { return int64(C.segue_decoder_frames_read(n.decoder)) }

// read fills dst; fewer samples than asked come with io.EOF or the failure.
func (n *native) read(dst []float32) (int, error) {
	var got C.size_t
	status := C.segue_decoder_read(n.decoder, n.mixer.c,
		(*C.float)(unsafe.SliceData(dst)), C.size_t(len(dst)), &got)
	if status != C.SEGUE_OK {
		return int(got), n.refuse(status)
	}
	if int(got) < len(dst) {
		return int(got), n.end()
	}
	return int(got), nil
}

// end says how the audio ended: io.EOF when the promise was kept.
func (n *native) end() error {
	s, frames := n.source.src, n.framesRead()
	if frames == 0 {
		return s.refuse(ErrEmpty, "", "holds no samples")
	}
	promise := n.promise
	switch n.header.Format {
	case "mp3":
		promise -= mp3Slack
	case "vorbis", "opus":
		promise -= oggSlack
	}
	if frames < promise {
		return s.refuse(ErrTruncated, hintTruncated,
			"is truncated: it promises %d frames, %d could be decoded", n.promise, frames)
	}
	return io.EOF
}

// mp3Slack is how many frames fewer than its Xing header says an MP3 may decode
// to: encoder delay and padding (at most 2 × 4095 in the LAME tag) are cut off, and
// writers disagree about counting the header's own frame.
const mp3Slack = 2*4095 + 2*1152

// oggSlack is how many frames fewer than its last page says an Ogg file may decode to:
// one long block of Vorbis. Of 218 files of music in Debian's packages three lacked 209,
// 1105 and 5805 frames and were otherwise whole. A file cut short is found by its last
// page (checkOgg).
const oggSlack = 8192

// unknownFrames is libsndfile's count for a FLAC stream that says no length
// (SF_COUNT_MAX).
const unknownFrames = 1<<63 - 1

// refuse turns a status of decode.h into an error.
func (n *native) refuse(status C.int) error {
	s := n.source.src
	switch status {
	case C.SEGUE_NOT_AUDIO:
		return s.refuse(ErrNotAudio, hintFormats, "is not audio: the decoder does not recognise it")
	case C.SEGUE_UNSUPPORTED:
		return s.refuse(ErrUnsupported, hintFormats, "is in an encoding that is not supported")
	case C.SEGUE_NOT_FINITE:
		return notFinite(s)
	case C.SEGUE_NO_MEMORY, C.SEGUE_IO, C.SEGUE_RESAMPLE:
		return failure(s, status)
	default:
		// libFLAC reports a frame that is cut by the end of the file as damage.
		if n.decoder != nil && n.framesRead() < n.promise && C.segue_source_at_end(n.source.c) == 1 {
			return s.refuse(ErrTruncated, hintTruncated,
				"is truncated: it promises %d frames, %d could be decoded", n.promise, n.framesRead())
		}
		return s.refuse(ErrDamaged, hintTruncated, "is damaged: the decoder gave up")
	}
}

func notFinite(s *Source) error {
	return s.refuse(ErrDamaged, "Re-export it with finite samples, nominally from -1 to 1.",
		"holds samples that are not finite numbers")
}

// failure is an error for which the file is not to blame.
func failure(s *Source, status C.int) error {
	reason := "the resampler failed"
	switch status {
	case C.SEGUE_NO_MEMORY:
		reason = "out of memory"
	case C.SEGUE_IO:
		reason = "the operating system could not read it"
	}
	return fmt.Errorf("decoding audio file %q: %s", s.name, reason)
}

// skip decodes up to frames frames without mixing them; io.EOF at the end.
func (n *native) skip(frames int64) error {
	var got C.int64_t
	status := C.segue_decoder_skip(n.decoder, C.int64_t(frames), &got)
	if status != C.SEGUE_OK {
		return n.refuse(status)
	}
	if int64(got) < frames {
		return n.end()
	}
	return nil
}

// reaches reports whether the frame at position can be decoded. The position of
// the decoder is lost: it is good for nothing but close afterwards.
func (n *native) reaches(position int64) bool {
	return C.segue_decoder_probe(n.decoder, C.int64_t(position)) == 1
}

func (n *native) close() error {
	if n.mixer != nil {
		n.mixer.close()
	}
	C.segue_decoder_free(n.decoder)
	n.source.close()
	return nil
}

// formatName tells the codecs in an Ogg container apart (SF_FORMAT_SUBMASK).
func formatName(sniffed string, sfFormat int) string {
	if sniffed != "ogg" {
		return sniffed
	}
	switch sfFormat & 0xffff {
	case 0x60:
		return "vorbis"
	case 0x64:
		return "opus"
	}
	return "ogg"
}
