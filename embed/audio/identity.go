package audio

import (
	"fmt"
	"io/fs"
	"syscall"
	"time"
)

// Identity tells one state of one file from every other that the file system can tell:
// the same Identity is the same content, unless it was written to within one tick of the
// file system's clock. Comparable; the zero Identity belongs to bytes in memory.
type Identity struct {
	Device, Inode         uint64
	SizeBytes             int64
	ModifiedNS, ChangedNS int64 // ChangedNS is ctime, which no program can set back
}

// Identity looks at the file as it is now.
func (s *Source) Identity() (Identity, error) {
	if s.file == nil {
		return Identity{}, nil
	}
	info, err := s.file.Stat()
	if err != nil {
		return Identity{}, fmt.Errorf("looking at audio file %q: %w", s.name, err)
	}
	id, ok := identityOf(info)
	if !ok {
		return Identity{}, fmt.Errorf("looking at audio file %q: no inode on this system", s.name)
	}
	return id, nil
}

func identityOf(info fs.FileInfo) (Identity, bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return Identity{}, false
	}
	return Identity{
		Device: st.Dev, Inode: st.Ino, SizeBytes: st.Size,
		ModifiedNS: st.Mtim.Nano(), ChangedNS: st.Ctim.Nano(),
	}, true
}

// String is the identity in text: equal texts are equal identities.
func (i Identity) String() string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", i.Device, i.Inode, i.SizeBytes, i.ModifiedNS, i.ChangedNS)
}

// settledAfter is how old a file's last change must be for its identity to name its content: within one tick of the file
// system's clock (at most 10 ms on Linux, 2 s on some network file systems) a second write leaves no trace in it.
const settledAfter = 2 * time.Second

// Settled says that what is written to the file from now on will give it another identity.
func (i Identity) Settled() bool { return time.Since(time.Unix(0, i.ChangedNS)) >= settledAfter }
