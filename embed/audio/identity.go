package audio

import (
	"fmt"
	"syscall"
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
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return Identity{}, fmt.Errorf("looking at audio file %q: no inode on this system", s.name)
	}
	return Identity{
		Device: st.Dev, Inode: st.Ino, SizeBytes: st.Size,
		ModifiedNS: st.Mtim.Nano(), ChangedNS: st.Ctim.Nano(),
	}, nil
}
