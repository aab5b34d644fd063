package server

import (
	"context"
	"strconv"
	"time"

	"github.com/seguedb/segue/query/catalog"
)

// tempSchema names the schema of a session's temporary objects.
func tempSchema(pid int32) string { return catalog.TempSchemaPrefix + strconv.Itoa(int(pid)) }

// dropTemp drops the session's temporary objects: at its end, and for DISCARD.
func (s *Session) dropTemp(ctx context.Context) error {
	return s.engine.db.DropTemp(ctx, s.info.TempSchema)
}

// dropTempAtEnd is dropTemp for a session that nobody waits for. What it cannot drop now, the next Open drops.
func (s *Session) dropTempAtEnd() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := s.dropTemp(ctx); err != nil {
		s.engine.log.Warn("server: temporary objects outlive their session", "pid", s.info.PID, "error", err)
	}
}

// discardTemp is DISCARD TEMP: inside the transaction at hand, so that a rollback brings the objects back.
func (s *Session) discardTemp(ctx context.Context) error {
	return s.ensureTransaction().DropTemp(ctx, s.info.TempSchema)
}
