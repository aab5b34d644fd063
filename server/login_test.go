package server_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/seguedb/segue/server"
)

// guarded is a server with a superuser (root/rootpw), and alice, whose password is known, too.
func guarded(t *testing.T, c server.Config) *instance {
	t.Helper()
	c.Superuser = "root"
	i := start(t, c)
	conn := i.connect()
	defer func() { _ = conn.Close(context.Background()) }()
	_, err := conn.Exec(context.Background(), "ALTER ROLE root PASSWORD 'rootpw'; CREATE USER alice PASSWORD 'wonder''land'; CREATE USER nopass")
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func (i *instance) login(user, password, more string) (*pgx.Conn, error) {
	host, port, _ := net.SplitHostPort(i.server.Addr().String())
	c, err := pgx.ParseConfig(fmt.Sprintf("host=%s port=%s user=%s dbname=segue sslmode=disable %s", host, port, user, more))
	if err != nil {
		i.t.Fatal(err)
	}
	c.Password = password
	conn, err := pgx.ConnectConfig(context.Background(), c)
	if err == nil {
		i.t.Cleanup(func() { _ = conn.Close(context.Background()) })
	}
	return conn, err
}

// wantLogin logs in and expects a SQLSTATE, "" for success, and words in its message.
func (i *instance) wantLogin(user, password, more, code, words string) {
	i.t.Helper()
	_, err := i.login(user, password, more)
	var e *pgconn.PgError
	switch {
	case code == "" && err != nil:
		i.t.Errorf("%s %s: %v", user, more, err)
	case code != "" && (!errors.As(err, &e) || e.Code != code || !strings.Contains(e.Message, words)):
		i.t.Errorf("%s %s: got %v, want %s %q", user, more, err, code, words)
	}
}

func TestPasswords(t *testing.T) {
	i := guarded(t, server.Config{})
	i.wantLogin("root", "rootpw", "", "", "")
	i.wantLogin("alice", "wonder'land", "", "", "")
	for user, password := range map[string]string{"alice": "wrong", "nobody": "x", "nopass": "", "root": "wonder'land"} {
		i.wantLogin(user, password, "", "28P01", `password authentication failed for user "`+user+`"`)
	}
	root, err := i.login("root", "rootpw", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range [][2]string{
		{"ALTER ROLE alice VALID UNTIL '2020-01-01'", "28P01"}, {"ALTER ROLE alice VALID UNTIL 'infinity'", ""},
		{"ALTER ROLE alice NOLOGIN", "28000"}, {"ALTER ROLE alice LOGIN", ""}, {"ALTER ROLE alice CONNECTION LIMIT 0", "53300"},
		{"ALTER ROLE alice CONNECTION LIMIT -1", ""}, {"REVOKE CONNECT ON DATABASE segue FROM public", "42501"},
		{"GRANT CONNECT ON DATABASE segue TO alice", ""},
	} {
		if _, err := root.Exec(context.Background(), step[0]); err != nil {
			t.Fatal(err)
		}
		i.wantLogin("alice", "wonder'land", "", step[1], "")
	}
	i.restart()
	i.wantLogin("alice", "wonder'land", "", "", "")
	i.wantLogin("alice", "wonderland", "", "28P01", "")
}

// TestUnknownUser logs in as a user who exists and as one who does not, with a wrong password each: the same messages in
// the same order, the same salt again, and the same time but for noise.
func TestUnknownUser(t *testing.T) {
	i := guarded(t, server.Config{})
	known, unknown := i.scramSalt("alice"), i.scramSalt("mallory")
	if len(known) != len(unknown) {
		t.Errorf("the first answers are %q and %q", known, unknown)
	}
	if i.scramSalt("mallory") != unknown || i.scramSalt("alice") != known {
		t.Error("a user's salt changes from one login to the next")
	}
	took := func(user string) time.Duration {
		var all []time.Duration
		for n := range 3 {
			began := time.Now()
			i.wantLogin(user, "wrong", "", "28P01", "")
			all = append(all, time.Since(began)-100*time.Millisecond<<n) // less the growing delay
		}
		return slices.Min(all)
	}
	a, b := took("alice"), took("mallory")
	if diff := (a - b).Abs(); diff > 60*time.Millisecond {
		t.Errorf("a known user is refused after %v, an unknown one after %v", a, b)
	}
	began := time.Now()
	i.wantLogin("alice", "wrong", "", "28P01", "")
	if waited := time.Since(began); waited < 800*time.Millisecond {
		t.Errorf("the fourth failure was told after %v: the delay does not grow", waited)
	}
	i.wantLogin("alice", "wonder'land", "", "", "")
}

// scramSalt is the salt that the server names for a user.
func (i *instance) scramSalt(user string) string {
	i.t.Helper()
	f, conn := i.rawStartup(user)
	defer func() { _ = conn.Close() }()
	if _, err := f.Receive(); err != nil {
		i.t.Fatal(err)
	}
	f.Send(&pgproto3.SASLInitialResponse{AuthMechanism: "SCRAM-SHA-256", Data: []byte("n,,n=,r=abc")})
	if err := f.Flush(); err != nil {
		i.t.Fatal(err)
	}
	m, err := f.Receive()
	if err != nil {
		i.t.Fatal(err)
	}
	c, ok := m.(*pgproto3.AuthenticationSASLContinue)
	if !ok {
		i.t.Fatalf("got %#v for a first SCRAM message", m)
	}
	_, salt, _ := strings.Cut(string(c.Data), ",s=")
	return salt
}

func (i *instance) rawStartup(user string) (*pgproto3.Frontend, net.Conn) {
	i.t.Helper()
	conn, err := net.Dial("tcp", i.server.Addr().String())
	if err != nil {
		i.t.Fatal(err)
	}
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	f := pgproto3.NewFrontend(conn, conn)
	f.Send(&pgproto3.StartupMessage{ProtocolVersion: pgproto3.ProtocolVersion30, Parameters: map[string]string{"user": user, "database": "segue"}})
	if err := f.Flush(); err != nil {
		i.t.Fatal(err)
	}
	return f, conn
}

// TestBrokenLogins sends what is no login, and expects a FATAL each, and a server that goes on.
func TestBrokenLogins(t *testing.T) {
	i := guarded(t, server.Config{})
	for name, send := range map[string]pgproto3.FrontendMessage{
		"no mechanism":   &pgproto3.SASLInitialResponse{AuthMechanism: "NONE", Data: []byte("n,,n=,r=abc")},
		"no binding":     &pgproto3.SASLInitialResponse{AuthMechanism: "SCRAM-SHA-256", Data: []byte("p=tls-server-end-point,,n=,r=abc")},
		"no data":        &pgproto3.SASLInitialResponse{AuthMechanism: "SCRAM-SHA-256"},
		"not SCRAM":      &pgproto3.SASLInitialResponse{AuthMechanism: "SCRAM-SHA-256", Data: []byte("\x00\xff,,,")},
		"a query":        &pgproto3.Query{String: "SELECT 1"},
		"too long":       &pgproto3.SASLInitialResponse{AuthMechanism: "SCRAM-SHA-256", Data: make([]byte, 2000)},
		"plain password": &pgproto3.PasswordMessage{Password: "wonder'land"},
	} {
		f, conn := i.rawStartup("alice")
		_, _ = f.Receive()
		f.Send(send)
		_ = f.Flush()
		m, err := f.Receive()
		if e, ok := m.(*pgproto3.ErrorResponse); err != nil || !ok || e.Severity != "FATAL" {
			t.Errorf("%s: got %#v, %v", name, m, err)
		}
		_ = conn.Close()
	}
	i.wantLogin("alice", "wonder'land", "", "", "")
}

// TestStalledLogins fills the server with connections that say nothing, half a startup packet, or half a login.
func TestStalledLogins(t *testing.T) {
	i := guarded(t, server.Config{MaxConnections: 8})
	var stalled []net.Conn
	for n := range 8 + 32 {
		conn, err := net.Dial("tcp", i.server.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		stalled = append(stalled, conn)
		switch n % 3 {
		case 1:
			_, _ = conn.Write([]byte{0, 0, 0, 40, 0, 3})
		case 2:
			_ = conn.Close()
			_, stalled[n] = i.rawStartup("alice")
		}
	}
	defer func() {
		for _, c := range stalled {
			_ = c.Close()
		}
	}()
	time.Sleep(1100 * time.Millisecond) // they count as stalled after a second
	for range 4 {
		i.wantLogin("alice", "wonder'land", "", "", "")
	}
}

func TestConnectionLimit(t *testing.T) {
	i := guarded(t, server.Config{MaxConnections: 8}) // two of them are the superusers'
	time.Sleep(50 * time.Millisecond)                 // for guarded's own to end
	for n := range 6 {
		if _, err := i.login("alice", "wonder'land", ""); err != nil {
			t.Fatalf("connection %d: %v", n, err)
		}
	}
	i.wantLogin("alice", "wonder'land", "", "53300", "reserved for non-replication superuser connections")
	i.wantLogin("root", "rootpw", "", "", "")
	i.wantLogin("root", "rootpw", "", "", "")
	i.wantLogin("root", "rootpw", "", "53300", "too many clients already")
}

// TestLoginDeadline waits for a login that does not go on to be ended.
func TestLoginDeadline(t *testing.T) {
	t.Parallel()
	i := guarded(t, server.Config{TLS: "self-signed"})
	_, saysNothing := i.rawStartup("alice")
	noHandshake := i.sslRequest(nil)
	began := time.Now()
	for what, conn := range map[string]net.Conn{"SCRAM": saysNothing, "TLS": noHandshake} {
		_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
		if _, err := io.Copy(io.Discard, conn); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Logf("%s: %v", what, err)
		}
		if waited := time.Since(began); waited < 8*time.Second || waited > 15*time.Second {
			t.Errorf("a login that stalls in %s was ended after %v", what, waited)
		}
		_ = conn.Close()
	}
}

// sslRequest asks for TLS, with bytes behind the request that should not be there.
func (i *instance) sslRequest(injected []byte) net.Conn {
	i.t.Helper()
	conn, err := net.Dial("tcp", i.server.Addr().String())
	if err != nil {
		i.t.Fatal(err)
	}
	request := binary.BigEndian.AppendUint32(nil, 8)
	request = binary.BigEndian.AppendUint32(request, 80877103)
	if _, err := conn.Write(append(request, injected...)); err != nil {
		i.t.Fatal(err)
	}
	return conn
}

func TestTLS(t *testing.T) {
	i := guarded(t, server.Config{TLS: "self-signed"})
	cert := filepath.Join(i.config.DataDir, "server.crt")
	for more, code := range map[string]string{
		"sslmode=require": "", "sslmode=verify-full sslrootcert=" + cert: "", "sslmode=prefer": "", "sslmode=disable": "",
		"sslmode=require channel_binding=require": "",
	} {
		i.wantLogin("alice", "wonder'land", more, code, "")
	}
	conn, err := i.login("alice", "wonder'land", "sslmode=require")
	if err != nil {
		t.Fatal(err)
	}
	var encrypted bool
	var version string
	if err := conn.QueryRow(context.Background(), "SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()").Scan(&encrypted, &version); err != nil ||
		!encrypted || version != "TLSv1.3" {
		t.Errorf("pg_stat_ssl says %v %q (%v)", encrypted, version, err)
	}
	pool := x509.NewCertPool()
	pem, err := os.ReadFile(cert)
	if err != nil || !pool.AppendCertsFromPEM(pem) {
		t.Fatal("no certificate")
	}
	first := pem
	i.restart()
	if again, _ := os.ReadFile(cert); string(again) != string(first) {
		t.Error("a restart made another certificate")
	}
	if info, err := os.Stat(filepath.Join(i.config.DataDir, "server.key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key: %v, %v", info, err)
	}
	old := &tls.Config{RootCAs: pool, ServerName: "localhost", MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
	raw := i.sslRequest(nil)
	defer func() { _ = raw.Close() }()
	if _, err := io.ReadFull(raw, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if err := tls.Client(raw, old).Handshake(); err == nil {
		t.Error("TLS 1.1 was taken")
	}
}

// TestInjectedBytes sends bytes behind an SSLRequest, as somebody in the middle would (CVE-2021-23214).
func TestInjectedBytes(t *testing.T) {
	i := guarded(t, server.Config{TLS: "self-signed"})
	conn := i.sslRequest([]byte("\x00\x00\x00\x08\x00\x03\x00\x00"))
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	answer, _ := io.ReadAll(conn)
	if len(answer) == 0 || answer[0] != 'E' || !strings.Contains(string(answer), "received unencrypted data after SSL request") {
		t.Errorf("got %q", answer)
	}
}

func TestAccessRules(t *testing.T) {
	i := guarded(t, server.Config{TLS: "self-signed", Access: []server.AccessRule{
		{Type: "host", User: "banned", Method: "reject"},
		{Type: "hostssl", User: "alice", Address: "127.0.0.0/8", Method: "scram-sha-256"},
		{Type: "host", User: "root,+staff", Address: "127.0.0.1", Method: "trust"},
	}})
	i.wantLogin("banned", "", "", "28000", `an access rule rejects host "127.0.0.1", user "banned", database "segue", no encryption`)
	i.wantLogin("alice", "wonder'land", "sslmode=disable", "28000", `no access rule for host "127.0.0.1", user "alice"`)
	i.wantLogin("alice", "wonder'land", "sslmode=require", "", "")
	root, err := i.login("root", "", "")
	if err != nil {
		t.Fatal(err)
	}
	i.wantLogin("nopass", "", "", "28000", "no access rule")
	if _, err := root.Exec(context.Background(), "CREATE ROLE staff; GRANT staff TO nopass"); err != nil {
		t.Fatal(err)
	}
	i.wantLogin("nopass", "", "", "", "")
}

// TestOpenDoor refuses to listen where strangers would get in.
func TestOpenDoor(t *testing.T) {
	i := start(t, server.Config{})
	open := server.Config{Listen: "0.0.0.0:0"}
	if s, err := server.New(i.engine, open); err == nil || !strings.Contains(err.Error(), "no user has a password") {
		t.Errorf("got %v, %v", s, err)
	}
	conn := i.connect()
	if _, err := conn.Exec(context.Background(), "CREATE USER alice PASSWORD 'x'"); err != nil {
		t.Fatal(err)
	}
	trusting := i.config
	trusting.Access = []server.AccessRule{{Type: "host", Address: "10.0.0.0/8", Method: "trust"}}
	i.stop()
	e, err := server.OpenEngine(context.Background(), trusting)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	if s, err := server.New(e, open); err == nil || !strings.Contains(err.Error(), "access rule 1 trusts 10.0.0.0/8") {
		t.Errorf("got %v, %v", s, err)
	}
}

func TestRoleSettings(t *testing.T) {
	i := guarded(t, server.Config{})
	root, err := i.login("root", "rootpw", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := root.Exec(context.Background(), "ALTER ROLE alice SET statement_timeout = '123ms'; ALTER ROLE ALL SET work_mem = '5MB'; "+
		"ALTER ROLE alice IN DATABASE segue SET search_path = music"); err != nil {
		t.Fatal(err)
	}
	alice, err := i.login("alice", "wonder'land", "")
	if err != nil {
		t.Fatal(err)
	}
	var timeout, memory, path string
	err = alice.QueryRow(context.Background(), "SELECT current_setting('statement_timeout'), current_setting('work_mem'), current_setting('search_path')").
		Scan(&timeout, &memory, &path)
	if err != nil || timeout != "123ms" || memory != "5MB" || path != "music" {
		t.Errorf("got %s %s %s (%v)", timeout, memory, path, err)
	}
	if _, err := alice.Exec(context.Background(), "SELECT pg_sleep(5)"); codeOf(err) != "57014" {
		t.Errorf("a statement beyond the role's timeout: %v", err)
	}
	var query string
	if _, err := root.Exec(context.Background(), "ALTER ROLE alice PASSWORD 'a secret'"); err != nil {
		t.Fatal(err)
	}
	if err := alice.QueryRow(context.Background(), "SELECT count(*)::text FROM pg_stat_activity WHERE query LIKE '%a secret%' AND pid <> pg_backend_pid()").
		Scan(&query); err != nil || query != "0" {
		t.Errorf("a password shows in pg_stat_activity: %s %v", query, err)
	}
}

// TestLibpq logs in with psql, which is libpq.
func TestLibpq(t *testing.T) {
	psql, err := exec.LookPath("psql")
	if err != nil {
		t.Log("there is no psql on this machine")
		return
	}
	i := guarded(t, server.Config{TLS: "self-signed"})
	host, port, _ := net.SplitHostPort(i.server.Addr().String())
	cert := filepath.Join(i.config.DataDir, "server.crt")
	for more, want := range map[string]string{
		"sslmode=require channel_binding=require":           "t",
		"sslmode=verify-full sslrootcert=" + cert:           "t",
		"sslmode=disable":                                   "f",
		"sslmode=require channel_binding=disable":           "t",
		"sslmode=disable channel_binding=require":           "channel binding required",
		"sslmode=verify-full sslrootcert=/dev/null":         "certificate",
		"sslmode=require password=wrong gssencmode=disable": "password authentication failed",
	} {
		dsn := fmt.Sprintf("host=%s port=%s user=alice dbname=segue %s", host, port, more)
		cmd := exec.Command(psql, "-X", "-At", "-d", dsn, "-c", "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
		cmd.Env = append(os.Environ(), "PGPASSWORD=wonder'land")
		out, _ := cmd.CombinedOutput()
		if !strings.Contains(string(out), want) {
			t.Errorf("%s: got %s", more, out)
		}
	}
}
