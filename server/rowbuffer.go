package server

import (
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
)

// Rows that wait for their client: of a statement that has run to its end, and of cursors. They are bounded by work_mem
// and go on in temporary files.

// buffer keeps rows until they are asked for.
func (p *Portal) buffer(b *datum.Batch) error {
	if p.buffered == nil {
		p.buffered = p.session.spool(b)
	}
	return p.buffered.Add(b)
}

// unbuffer frees them.
func (p *Portal) unbuffer() {
	if p.buffered != nil {
		p.buffered.Close()
		p.buffered, p.sent = nil, 0
	}
}

// spool makes an empty store for rows like a batch's, bounded by work_mem.
func (s *Session) spool(like *datum.Batch) *exec.Spool {
	types := make([]*datum.Type, len(like.Cols))
	for i, c := range like.Cols {
		types[i] = c.Type
	}
	return exec.NewSpool(types, s.tempSpace(), s.settings.workMemBytes)
}

// tempSpace is where the session's temporary files go, bounded by temp_file_limit.
func (s *Session) tempSpace() *exec.TempSpace {
	if s.temp == nil {
		s.temp = &exec.TempSpace{Dir: s.engine.tempDir()}
	}
	s.temp.LimitBytes.Store(s.settings.tempLimitBytes)
	return s.temp
}
