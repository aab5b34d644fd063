package server

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/xdg-go/scram"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/password"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/storage"
	"github.com/seguedb/segue/wire"
)

// loginDeadline covers a login from its first byte on, TLS and authentication included.
const loginDeadline = 10 * time.Second

const (
	scramPlain = "SCRAM-SHA-256"
	scramBound = "SCRAM-SHA-256-PLUS" // bound to the TLS channel
)

func fatalError(code sqlstate.Code, message string) *wire.Error {
	return &wire.Error{Severity: wire.SeverityFatal, Code: string(code), Message: message}
}

// Authenticate implements wire.Authenticator: the rules say how the client is to prove who it is.
func (h handler) Authenticate(ctx context.Context, startup wire.Startup, login *wire.Login) (wire.Admission, error) {
	snap := h.engine.db.Catalog()
	c := newCaller(startup.Addr, startup.TLS != nil, startup.User, startup.Database)
	rule, ok := h.engine.ruleFor(c, snap)
	switch {
	case !ok:
		return wire.Admission{}, fatalError(sqlstate.InvalidAuthorizationSpecification, "no access rule for "+c.describe())
	case rule.Method == methodReject:
		return wire.Admission{}, fatalError(sqlstate.InvalidAuthorizationSpecification, "an access rule rejects "+c.describe())
	case rule.Method == methodSCRAM:
		if err := h.engine.prove(ctx, c, login); err != nil {
			return wire.Admission{}, err
		}
	}
	role := loginRole(h.engine.db.Catalog(), startup.User)
	switch {
	case role == nil:
		return wire.Admission{}, fatalError(sqlstate.InvalidAuthorizationSpecification, "role \""+startup.User+"\" does not exist")
	case !role.Login:
		return wire.Admission{}, fatalError(sqlstate.InvalidAuthorizationSpecification,
			"role \""+startup.User+"\" is not permitted to log in")
	}
	return wire.Admission{Reserved: role.Super}, nil
}

// prove lets the client prove that it knows the user's password. A user who does not exist, or has no password, is asked
// like any other, so that an answer tells nothing about who there is; and who fails waits before it is told.
func (e *Engine) prove(ctx context.Context, c caller, login *wire.Login) error {
	verifier := e.verifierOf(c.user)
	ok, err := exchange(login, e.channelBinding(login), verifier)
	if err != nil {
		return err
	}
	who := c.user + "\x00" + c.addr.String()
	if ok {
		e.failures.forget(who)
		return nil
	}
	e.log.Warn("password authentication failed", "user", c.user, "address", c.addr)
	select {
	case <-time.After(e.failures.note(who, time.Now())):
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return fatalError(sqlstate.InvalidPassword, "password authentication failed for user \""+c.user+"\"")
}

// verifierOf is a user's, or one that nothing fits.
func (e *Engine) verifierOf(user string) password.Verifier {
	role := e.db.Catalog().Role(user)
	mock := password.Mock(e.secret, user)
	if role == nil || role.Verifier == "" || role.Expired(time.Now()) {
		return mock
	}
	v, err := password.Parse(role.Verifier)
	if err != nil {
		return mock
	}
	return v
}

// loginSecret is what unknown users' salts are made from: random, and kept, so that they are the same tomorrow.
func (e *Engine) loginSecret() ([]byte, error) {
	key := storage.MetaKey("login-secret")
	secret, ok, err := e.store.Get(key)
	if err != nil || ok {
		return secret, err
	}
	secret = make([]byte, 32)
	_, _ = rand.Read(secret) // never fails, says crypto/rand
	b := e.store.NewBatch()
	if err := b.Set(key, secret); err != nil {
		return nil, fmt.Errorf("keep the login secret: %w", errors.Join(err, b.Close()))
	}
	return secret, e.store.Commit(b)
}

// channelBinding is what a client may bind its proof to; nil without TLS, or with a certificate of a kind that RFC 5929
// has no hash for.
func (e *Engine) channelBinding(login *wire.Login) *scram.ChannelBinding {
	if login.TLS() == nil || e.certificate == nil {
		return nil
	}
	binding, err := scram.NewTLSServerEndpointBinding(&tls.ConnectionState{PeerCertificates: []*x509.Certificate{e.certificate}})
	if err != nil {
		return nil
	}
	return &binding
}

// exchange is SCRAM's two rounds. An error ends the connection for another reason than a wrong proof.
func exchange(login *wire.Login, binding *scram.ChannelBinding, v password.Verifier) (ok bool, err error) {
	mechanisms := []string{scramPlain}
	if binding != nil {
		mechanisms = []string{scramBound, scramPlain}
	}
	mechanism, first, err := login.SASL(mechanisms)
	if err != nil {
		return false, err
	}
	if !slices.Contains(mechanisms, mechanism) {
		return false, fatalError(sqlstate.ProtocolViolation, "client selected an invalid SASL authentication mechanism")
	}
	if bound := bytes.HasPrefix(first, []byte("p=")); bound != (mechanism == scramBound) {
		return false, fatalError(sqlstate.ProtocolViolation, "malformed SCRAM message")
	}
	server, err := scram.SHA256.NewServer(func(string) (scram.StoredCredentials, error) { // the name is the startup packet's
		return scram.StoredCredentials{KeyFactors: scram.KeyFactors{Salt: string(v.Salt), Iters: v.Iterations},
			StoredKey: v.StoredKey, ServerKey: v.ServerKey}, nil
	})
	if err != nil {
		return false, err
	}
	talk := server.NewConversation()
	if binding != nil {
		talk = server.NewConversationWithChannelBinding(*binding)
	}
	challenge, err := talk.Step(string(first))
	if err != nil {
		return false, malformed(err)
	}
	last, err := login.Challenge([]byte(challenge))
	if err != nil {
		return false, err
	}
	final, err := talk.Step(string(last))
	if !talk.Valid() {
		return false, nil //nolint:nilerr // a wrong proof and a malformed one are told alike
	}
	if err != nil {
		return false, malformed(err)
	}
	return true, login.Final([]byte(final))
}

// malformed is the answer to a message that is not SCRAM's; what is wrong with it is not for the client.
func malformed(err error) error {
	e := fatalError(sqlstate.ProtocolViolation, "malformed SCRAM message")
	return errors.Join(e, err)
}

// failures remembers failed logins by user and address, for the delay that grows with them.
type failures struct {
	mu    sync.Mutex
	count map[string]failure
}

type failure struct {
	times int
	last  time.Time
}

const (
	firstDelay  = 100 * time.Millisecond
	maxDelay    = 4 * time.Second // leaves a login within its deadline
	forgetAfter = 10 * time.Minute
	maxFailures = 10_000 // remembered; an attacker with more names than that meets no memory, but pays the first delay
)

// note counts a failure and says how long its answer has to wait.
func (f *failures) note(who string, now time.Time) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.count == nil {
		f.count = map[string]failure{}
	}
	x := f.count[who]
	if now.Sub(x.last) > forgetAfter {
		x.times = 0
	}
	x.times++
	x.last = now
	if len(f.count) >= maxFailures {
		f.drop(now)
	}
	f.count[who] = x
	if x.times > 8 {
		return maxDelay
	}
	return min(firstDelay<<(x.times-1), maxDelay)
}

// drop makes room: what is old goes, or else everything.
func (f *failures) drop(now time.Time) {
	for who, x := range f.count {
		if now.Sub(x.last) > forgetAfter {
			delete(f.count, who)
		}
	}
	if len(f.count) >= maxFailures {
		clear(f.count)
	}
}

func (f *failures) forget(who string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.count, who)
}

// admitRole refuses a session that would be one too many for its role, or in a database that is not its.
func (e *Engine) admitRole(role *catalog.Role) error {
	snap := e.db.Catalog()
	if snap.Held(role.OID, catalog.ObjectDatabase, catalog.DatabaseOID, catalog.PrivConnect) == 0 {
		err := fatalError(sqlstate.InsufficientPrivilege, "permission denied for database \""+DatabaseName+"\"")
		err.Detail = "User does not have CONNECT privilege."
		return err
	}
	if role.ConnLimit >= 0 && !role.Super && e.activity.of(role.OID) >= role.ConnLimit {
		return fatalError(sqlstate.TooManyConnections, "too many connections for role \""+role.Name+"\"")
	}
	return nil
}
