package server

import (
	"testing"
	"time"
)

// TestIdleSince: a server is idle from the end of the last statement on, or of the last session.
func TestIdleSince(t *testing.T) {
	at := func(minute int) time.Time { return time.Date(2026, 11, 30, 0, minute, 0, 0, time.UTC) }
	session := func(state string, minute int) *activeSession {
		return &activeSession{now: activityNow{state: state, stateChange: at(minute)}}
	}
	var a activity
	check := func(what string, since time.Time, idle bool) {
		if got, is := a.idleSince(); is != idle || idle && !got.Equal(since) {
			t.Errorf("%s: idle %v since %v, want %v since %v", what, is, got, idle, since)
		}
	}
	check("nobody came", time.Time{}, true)
	a.left = at(3)
	check("all have left", at(3), true)
	a.sessions = []*activeSession{session("idle", 5), session("idle", 4)}
	check("the last statement counts", at(5), true)
	a.sessions = []*activeSession{session("idle in transaction", 7)}
	check("a block that waits is idle", at(7), true)
	a.sessions = []*activeSession{session("idle", 5), session("active", 1)}
	check("one runs", time.Time{}, false)
}

// TestCacheShares: the four caches get what there is.
func TestCacheShares(t *testing.T) {
	for mib, want := range map[int][4]int64{0: {240 << 20, 64 << 20, 32 << 20, 16 << 20}, 22: {15 << 20, 4 << 20, 2 << 20, 1 << 20}} {
		columns, blocks, rows, vectors := Config{CacheMiB: mib}.cacheBytes()
		if got := [4]int64{columns, blocks, rows, vectors}; got != want {
			t.Errorf("%d MiB are shared out as %v, not %v", mib, got, want)
		}
	}
}

// TestGCPercent: a small heap has room, a large one grows by its own size.
func TestGCPercent(t *testing.T) {
	for live, want := range map[uint64]int{0: mostPercent, 1 << 20: mostPercent, 32 << 20: 200, 64 << 20: 100, 1 << 30: 100} {
		if got := gcPercent(live); got != want {
			t.Errorf("%d bytes live: %d, want %d", live, got, want)
		}
	}
}
