package server

import (
	"crypto/tls"
	"github.com/seguedb/segue/query/exec/builtin"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
)

// activity is the open sessions and what each is doing: pg_stat_activity.
type activity struct {
	mu       sync.Mutex
	sessions []*activeSession
	left     time.Time // when the last session ended
}

// activeSession is one session as others see it. What changes has a lock of its own: every statement changes it.
type activeSession struct {
	pid   int32
	addr  net.Addr             // of the client; nil in the embedded API
	tls   *tls.ConnectionState // nil without encryption
	role  catalog.OID
	user  string
	began time.Time

	mu  sync.Mutex
	now activityNow
}

// activityNow is what a session does.
type activityNow struct {
	app, state, query                string
	queryStart, txStart, stateChange time.Time
}

func (e *activeSession) doing() activityNow {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.now
}

func (a *activity) add(s *Session) *activeSession {
	e := &activeSession{pid: s.info.PID, addr: s.addr, tls: s.tls, role: s.login, user: s.info.SessionUser, began: s.began,
		now: activityNow{app: s.app, state: "idle", stateChange: s.began}}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sessions = append(a.sessions, e)
	return e
}

func (a *activity) remove(e *activeSession) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sessions = slices.DeleteFunc(a.sessions, func(x *activeSession) bool { return x == e })
	a.left = time.Now()
}

// Working notes that the client sent a statement: from now counts statement_timeout, and pg_stat_activity shows it.
func (s *Session) Working(query string) { s.working(withoutPasswords(query)) }

// working is Working for a text that has no passwords in it.
func (s *Session) working(query string) {
	s.statement = time.Now()
	s.adoptSystem()
	l := s.listing
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now = activityNow{app: s.settings.appName, state: "active", query: query, queryStart: s.statement, txStart: s.TxStart(),
		stateChange: s.statement}
}

// Resting notes that the session waits for its client.
func (s *Session) Resting() {
	state := "idle"
	switch s.txStatus() {
	case 'T':
		state = "idle in transaction"
	case 'E':
		state = "idle in transaction (aborted)"
	}
	l := s.listing
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now.state, l.now.txStart, l.now.stateChange = state, s.txn.began, time.Now() // began is zero outside a block
}

// rows are pg_stat_activity's, in the order of the sessions' opening. waits says what each session that waits for a
// lock waits for, xids the numbers of those transactions that have one. Of a session that may not be watched no more is
// told than that it is there.
func (a *activity) rows(t *catalog.Table, waits map[int32]string, xids map[int32]uint32,
	mayWatch func(catalog.OID) bool,
) [][]datum.Datum {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out [][]datum.Datum
	for _, e := range a.sessions {
		now := e.doing()
		row := map[string]datum.Datum{
			"datid": datum.NewInt(int64(catalog.DatabaseOID)), "datname": datum.NewString(DatabaseName),
			"pid": datum.NewInt(int64(e.pid)), "usesysid": datum.NewInt(int64(e.role)),
			"usename": datum.NewString(e.user), "application_name": datum.NewString(now.app),
		}
		if xid := xids[e.pid]; xid != 0 {
			row["backend_xid"] = datum.NewInt(int64(xid))
		}
		if mayWatch(e.role) {
			e.describe(row, now, waits[e.pid])
		} else {
			row["query"] = datum.NewString("<insufficient privilege>")
		}
		out = append(out, asRow(t, row))
	}
	return out
}

// describe fills in what is not everybody's to know.
func (e *activeSession) describe(row map[string]datum.Datum, now activityNow, wait string) {
	row["backend_start"], row["backend_type"] = timestamp(e.began), datum.NewString("client backend")
	row["state"], row["state_change"] = datum.NewString(now.state), timestamp(now.stateChange)
	row["query"] = datum.NewString(now.query)
	switch {
	case wait != "":
		row["wait_event_type"], row["wait_event"] = datum.NewString("Lock"), datum.NewString(wait)
	case now.state != "active":
		row["wait_event_type"], row["wait_event"] = datum.NewString("Client"), datum.NewString("ClientRead")
	}
	clientOf(e.addr, row)
	if !now.queryStart.IsZero() {
		row["query_start"] = timestamp(now.queryStart)
	}
	if !now.txStart.IsZero() {
		row["xact_start"] = timestamp(now.txStart)
	}
}

// mayWatch says whether the session may see what a role's sessions do (HAS_PGSTAT_PERMISSIONS).
func (s *Session) mayWatch(role catalog.OID) bool {
	snap := s.Snapshot()
	return snap.HasRole(s.info.Role, catalog.ReadAllStatsOID) || snap.HasRole(s.info.Role, role)
}

// clientOf fills in where a client is: nothing for the embedded API, port -1 for a Unix socket.
func clientOf(addr net.Addr, row map[string]datum.Datum) {
	switch addr.(type) {
	case *net.TCPAddr:
		a := addrPort(addr)
		row["client_addr"] = datum.NewInet(netip.PrefixFrom(a.Addr(), a.Addr().BitLen()))
		row["client_port"] = datum.NewInt(int64(a.Port()))
	case *net.UnixAddr:
		row["client_port"] = datum.NewInt(-1)
	}
}

// addrPort is one end of a TCP connection, zero for any other.
func addrPort(addr net.Addr) netip.AddrPort {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	a := tcp.AddrPort()
	return netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port())
}

// roleOf is who a session logged in as.
func (a *activity) roleOf(pid int32) (role catalog.OID, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, e := range a.sessions {
		if e.pid == pid {
			return e.role, true
		}
	}
	return 0, false
}

// of counts a role's sessions.
func (a *activity) of(role catalog.OID) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := 0
	for _, e := range a.sessions {
		if e.role == role {
			n++
		}
	}
	return n
}

// gssapi are pg_stat_gssapi's rows: no connection is.
func (a *activity) gssapi(t *catalog.Table, mayWatch func(catalog.OID) bool) [][]datum.Datum {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out [][]datum.Datum
	for _, e := range a.sessions {
		if mayWatch(e.role) {
			out = append(out, asRow(t, map[string]datum.Datum{"pid": datum.NewInt(int64(e.pid)),
				"gss_authenticated": datum.NewBool(false), "encrypted": datum.NewBool(false)}))
		}
	}
	return out
}

// encryption are pg_stat_ssl's rows: of each connection whether it is encrypted, and how.
func (a *activity) encryption(t *catalog.Table, mayWatch func(catalog.OID) bool) [][]datum.Datum {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out [][]datum.Datum
	for _, e := range a.sessions {
		if !mayWatch(e.role) {
			continue
		}
		row := map[string]datum.Datum{"pid": datum.NewInt(int64(e.pid)), "ssl": datum.NewBool(e.tls != nil)}
		if e.tls != nil {
			row["version"] = datum.NewString(strings.ReplaceAll(tls.VersionName(e.tls.Version), "TLS 1", "TLSv1"))
			row["cipher"] = datum.NewString(tls.CipherSuiteName(e.tls.CipherSuite))
			row["bits"] = datum.NewInt(cipherBits(e.tls.CipherSuite))
		}
		out = append(out, asRow(t, row))
	}
	return out
}

// cipherBits is the length of a cipher suite's key, which its name tells.
func cipherBits(suite uint16) int64 {
	if strings.Contains(tls.CipherSuiteName(suite), "AES_128") {
		return 128
	}
	return 256
}

func timestamp(t time.Time) datum.Datum { return datum.NewInt(datum.TimestampFromTime(t)) }

func (a *activity) len() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.sessions)
}

// QueryText implements builtin.Questioner.
func (s *Session) QueryText() string {
	l := s.listing
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.now.query
}

var _ builtin.Questioner = (*Session)(nil)
