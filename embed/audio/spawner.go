package audio

// #include "beside.h"
import "C"

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// spawner is the process that forks one child for every file that is decoded beside the server. It is started when it is
// first needed, ends with this process, and is started again when somebody kills it.
type spawner struct {
	mu          sync.Mutex // one request at a time; an answer takes less than a millisecond
	cmd         *exec.Cmd
	conn        *net.UnixConn
	unavailable error // why it cannot serve here; kept, since that does not change
}

// beside serves the whole process: what it holds, libraries that are loaded, is the same for every database.
var beside spawner

// spawnerPatience is how long an answer may take; a machine that is this busy gets an ffmpeg of its own for the file.
const spawnerPatience = 20 * time.Second

// errNoSpawner says that decoding has to find another way.
var errNoSpawner = errors.New("no decoding process")

// spawn forks a child that decodes file and writes its records to pipe. Both stay the caller's. Failures are errNoSpawner.
func (s *spawner) spawn(demuxer string, rateHz int, count bool, file, pipe int) (*os.Process, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	pid, err := s.ask(demuxer, rateHz, count, file, pipe)
	if err != nil && s.unavailable == nil {
		s.stop() // it was killed: a new one
		pid, err = s.ask(demuxer, rateHz, count, file, pipe)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoSpawner, err)
	}
	// The child is ours (CLONE_PARENT), and stays a zombie until we wait for it: the number is nobody else's.
	child, err := os.FindProcess(pid)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoSpawner, err)
	}
	return child, nil
}

func (s *spawner) ask(demuxer string, rateHz int, count bool, file, pipe int) (pid int, err error) {
	if err := s.start(); err != nil {
		return 0, err
	}
	request := C.segue_request{rate_hz: C.int32_t(rateHz), stuck: C.int32_t(stuckSeconds)}
	if count {
		request.count = 1
	}
	for i := range min(len(demuxer), len(request.demuxer)-1) {
		request.demuxer[i] = C.char(demuxer[i])
	}
	if err := s.conn.SetDeadline(time.Now().Add(spawnerPatience)); err != nil {
		return 0, err
	}
	if _, _, err := s.conn.WriteMsgUnix(bytesOf(&request), unix.UnixRights(file, pipe), nil); err != nil {
		return 0, err
	}
	var answer C.segue_answer
	if err := s.receive(bytesOf(&answer)); err != nil {
		return 0, err
	}
	if answer.pid < 0 {
		return 0, syscall.Errno(-answer.pid)
	}
	return int(answer.pid), nil
}

// start starts the process unless it runs.
func (s *spawner) start() error {
	if s.conn != nil || s.unavailable != nil {
		return s.unavailable
	}
	if C.segue_spawner_built() == 0 {
		s.unavailable = errors.New("not built for this system")
		return s.unavailable
	}
	if err := s.launch(); err != nil {
		s.stop()
		return fmt.Errorf("starting the decoding process: %w", err)
	}
	var hello C.segue_hello
	err := s.conn.SetDeadline(time.Now().Add(spawnerPatience))
	if err == nil {
		err = s.receive(bytesOf(&hello))
	}
	if err != nil {
		s.stop()
		return fmt.Errorf("starting the decoding process: %w", err)
	}
	if hello.refusal[0] != 0 {
		s.stop()
		s.unavailable = errors.New(C.GoString(&hello.refusal[0]))
	}
	return s.unavailable
}

// launch executes this program again, under the name by which the constructor in spawner.c knows it.
func (s *spawner) launch() error {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("making a socket: %w", err)
	}
	ours, theirs := os.NewFile(uintptr(fds[0]), "spawner"), os.NewFile(uintptr(fds[1]), "spawner")
	defer ours.Close()
	defer theirs.Close()
	conn, err := net.FileConn(ours)
	if err != nil {
		return fmt.Errorf("making a socket: %w", err)
	}
	s.conn = conn.(*net.UnixConn)
	s.cmd = exec.Command("/proc/self/exe")
	s.cmd.Args = []string{C.SEGUE_SPAWNER_NAME}
	s.cmd.Env = append(os.Environ(), "OPENBLAS_NUM_THREADS=1", "OMP_NUM_THREADS=1")
	s.cmd.ExtraFiles = []*os.File{theirs}
	// It must not get the terminal's Ctrl-C before we do.
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return s.cmd.Start()
}

func (s *spawner) receive(b []byte) error {
	n, err := s.conn.Read(b)
	if err == nil && n != len(b) {
		return fmt.Errorf("%d bytes of %d in an answer", n, len(b))
	}
	return err
}

// stop ends the process and collects it. Children go on.
func (s *spawner) stop() {
	if s.conn != nil {
		s.conn.Close()
	}
	if s.cmd != nil && s.cmd.Process != nil {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait() // killed on purpose: its status says nothing
	}
	s.conn, s.cmd = nil, nil
}

// bytesOf is a structure of C as it lies in memory.
func bytesOf[T any](v *T) []byte { return unsafe.Slice((*byte)(unsafe.Pointer(v)), unsafe.Sizeof(*v)) }
