package audio

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ffmpeg decodes through an ffmpeg program, where its libraries are not to be had
// (see child): 80 ms of processor time dearer a file. The program gets the open file as its standard input and opens that
// (/proc/self/fd/0) again, so that it may seek: an m4a with its index at the end
// cannot be read from a pipe. It is told the format and may use no protocol but
// "file", so that content cannot make it guess a playlist or fetch a URL.
type ffmpeg struct {
	src    *Source
	cancel context.CancelFunc
	cmd    *exec.Cmd
	out    *bufio.Reader
	stdout io.Closer
	stderr firstWords
	header Info
	mixer  *mixer
	frames int64
	floats []float32 // a block of frames
	fed    bool      // the mixer has been given its last frame
	waited error
	done   bool
}

// ffmpegMaxAlloc is the largest single allocation that the child may make.
const ffmpegMaxAlloc = 256 << 20

func ffmpegArgs(c content) []string {
	return []string{
		"-hide_banner", "-nostdin", "-v", "error", "-xerror", "-err_detect", "explode",
		"-threads", "1", "-max_alloc", fmt.Sprint(ffmpegMaxAlloc),
		"-protocol_whitelist", "file", "-f", c.demuxer, "-i", "file:/proc/self/fd/0",
		"-map", "0:a:0", "-vn", "-sn", "-dn", "-map_metadata", "-1",
		"-c:a", "pcm_f32le", "-f", "wav", "-bitexact", "-flush_packets", "0", "pipe:1",
	}
}

func openFFmpeg(ctx context.Context, s *Source, c content, rateHz int) (*ffmpeg, error) {
	path, err := exec.LookPath("ffmpeg")
	if err != nil {
		return nil, s.refuse(ErrUnsupported, "Install ffmpeg on the server, or convert the file to FLAC or WAV.",
			"is %s, which needs an ffmpeg on the PATH, and there is none", c.format)
	}
	stdin, err := s.asFile()
	if err != nil {
		return nil, fmt.Errorf("handing audio file %q to ffmpeg: %w", s.name, err)
	}
	if s.file == nil {
		defer stdin.Close()
	}
	ctx, cancel := context.WithCancel(ctx)
	f := &ffmpeg{src: s, cancel: cancel, stderr: firstWords{max: 512}}
	f.cmd = exec.CommandContext(ctx, path, ffmpegArgs(c)...)
	f.cmd.Env = append(os.Environ(), "OPENBLAS_NUM_THREADS=1", "OMP_NUM_THREADS=1")
	f.cmd.Stdin = stdin
	f.cmd.Stderr = &f.stderr
	f.cmd.WaitDelay = 2 * time.Second
	// The child must not outlive us, nor get the terminal's Ctrl-C before we do.
	f.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdout, err := f.cmd.StdoutPipe()
	if err == nil {
		f.stdout, f.out = stdout, bufio.NewReaderSize(stdout, 1<<16)
		err = f.cmd.Start()
	}
	if err != nil {
		cancel()
		return nil, fmt.Errorf("starting ffmpeg for audio file %q: %w", s.name, err)
	}
	if err := f.start(c, rateHz); err != nil {
		f.close()
		return nil, err
	}
	return f, nil
}

// start reads the WAV header that ffmpeg writes and makes the mixer.
func (f *ffmpeg) start(c content, rateHz int) error {
	channels, rate, err := readPipedWAV(f.out)
	if err != nil {
		return f.failed()
	}
	f.header = Info{Format: c.format, RateHz: rate, Channels: channels}
	if err := checkRate(f.src, rate); err != nil {
		return err
	}
	if err := checkChannels(f.src, channels); err != nil {
		return err
	}
	f.floats = make([]float32, channels*blockFrames)
	f.mixer, err = newMixer(channels, rate, rateHz)
	return err
}

func (f *ffmpeg) info() Info        { return f.header }
func (f *ffmpeg) framesRead() int64 { return f.frames }

func (f *ffmpeg) read(dst []float32) (int, error) {
	n := 0
	for {
		got, status := f.mixer.pull(dst[n:])
		n += got
		if status != 0 {
			return n, fmt.Errorf("decoding audio file %q: the resampler failed", f.src.name)
		}
		if n == len(dst) {
			return n, nil
		}
		if f.fed {
			return n, io.EOF
		}
		frames, err := f.next()
		switch {
		case errors.Is(err, io.EOF):
			f.mixer.finish()
			f.fed = true
		case err != nil:
			return n, err
		case !f.mixer.feed(f.floats[:frames*f.header.Channels], frames):
			return n, notFinite(f.src)
		}
	}
}

// next reads a block into f.floats; io.EOF only after ffmpeg has ended well.
func (f *ffmpeg) next() (frames int, err error) {
	// The numbers are little-endian, as on every processor that Segue runs on.
	n, err := io.ReadFull(f.out, unsafe.Slice((*byte)(unsafe.Pointer(&f.floats[0])), 4*len(f.floats)))
	frames = n / (4 * f.header.Channels)
	f.frames += int64(frames)
	if frames > 0 {
		return frames, nil
	}
	if err == nil || !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return 0, fmt.Errorf("reading what ffmpeg made of audio file %q: %w", f.src.name, err)
	}
	if f.wait() != nil {
		return 0, f.failed()
	}
	if f.frames == 0 {
		return 0, f.src.refuse(ErrEmpty, "", "holds no samples")
	}
	return 0, io.EOF
}

func (f *ffmpeg) skip(frames int64) error {
	for frames > 0 {
		n, err := f.next()
		if err != nil {
			return err
		}
		frames -= int64(n)
	}
	return nil
}

// wait collects the child, once.
func (f *ffmpeg) wait() error {
	if !f.done {
		f.waited, f.done = f.cmd.Wait(), true
	}
	return f.waited
}

// failed says why ffmpeg gave nothing: its own first words, as data.
func (f *ffmpeg) failed() error {
	f.cancel()
	_ = f.wait() // killed on purpose: its status says nothing
	word, _, _ := strings.Cut(strings.TrimSpace(f.stderr.String()), "\n")
	return undecodable(f.src, word)
}

func (f *ffmpeg) close() error {
	f.cancel()
	f.stdout.Close()
	_ = f.wait() // killed on purpose: its status says nothing
	if f.mixer != nil {
		f.mixer.close()
	}
	return nil
}

// asFile returns an open file with the content of s: its own, or an anonymous
// memory file that the caller closes.
func (s *Source) asFile() (*os.File, error) {
	if s.file != nil {
		return s.file, nil
	}
	fd, err := unix.MemfdCreate("segue-audio", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("making a memory file: %w", err)
	}
	f := os.NewFile(uintptr(fd), "segue-audio")
	if _, err := f.Write(s.data); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// readPipedWAV reads ffmpeg's header up to the first sample.
func readPipedWAV(r io.Reader) (channels, rateHz int, err error) {
	var riff [12]byte
	if _, err := io.ReadFull(r, riff[:]); err != nil {
		return 0, 0, err
	}
	for {
		var head [8]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return 0, 0, err
		}
		size := int64(binary.LittleEndian.Uint32(head[4:]))
		if string(head[:4]) == "data" {
			if channels == 0 {
				return 0, 0, errors.New("no format before the data")
			}
			return channels, rateHz, nil
		}
		body := new(bytes.Buffer)
		if _, err := io.CopyN(body, r, size+size&1); err != nil {
			return 0, 0, err
		}
		if string(head[:4]) == "fmt " && body.Len() >= 16 {
			channels = int(binary.LittleEndian.Uint16(body.Bytes()[2:]))
			rateHz = int(binary.LittleEndian.Uint32(body.Bytes()[4:]))
		}
	}
}

// firstWords keeps the first max bytes written to it and drops the rest.
type firstWords struct {
	b   bytes.Buffer
	max int
}

func (t *firstWords) Write(p []byte) (int, error) {
	t.b.Write(p[:min(len(p), t.max-t.b.Len())])
	return len(p), nil
}

func (t *firstWords) String() string { return t.b.String() }
