package server

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
)

// AccessRule says how who may come in: a line of PostgreSQL's pg_hba.conf. The first that matches counts.
type AccessRule struct {
	Type     string // local (the Unix socket), host (TCP), hostssl (TCP with TLS), hostnossl
	Database string // names, comma-separated, or all (default)
	User     string // names, comma-separated; +role is its members; or all (default)
	Address  string // of a host rule: an address, a CIDR range, or all (default)
	Method   string // trust, scram-sha-256, reject
}

// Methods of an AccessRule.
const (
	methodTrust  = "trust"
	methodSCRAM  = "scram-sha-256"
	methodReject = "reject"
)

// check refuses a rule that means nothing.
func (r AccessRule) check(number int) error {
	wrong := func(what, value string, known ...string) error {
		return fmt.Errorf("access rule %d: %s %q: it must be %s", number, what, value, strings.Join(known, ", "))
	}
	if types := []string{"local", "host", "hostssl", "hostnossl"}; !slices.Contains(types, r.Type) {
		return wrong("type", r.Type, types...)
	}
	if methods := []string{methodTrust, methodSCRAM, methodReject}; !slices.Contains(methods, r.Method) {
		return wrong("method", r.Method, methods...)
	}
	if r.Type == "local" && r.Address != "" {
		return fmt.Errorf("access rule %d: a local rule has no address", number)
	}
	if _, err := r.network(); err != nil {
		return fmt.Errorf("access rule %d: address %q: an address, a range such as 10.0.0.0/8, or all: %w", number, r.Address, err)
	}
	return nil
}

// network is the addresses that the rule is about; an invalid Prefix is all of them.
func (r AccessRule) network() (netip.Prefix, error) {
	switch {
	case r.Address == "" || r.Address == "all":
		return netip.Prefix{}, nil
	case strings.Contains(r.Address, "/"):
		p, err := netip.ParsePrefix(r.Address)
		return p.Masked(), err
	}
	a, err := netip.ParseAddr(r.Address)
	if err != nil {
		return netip.Prefix{}, err
	}
	return a.Prefix(a.BitLen())
}

// caller is a client as the rules see it.
type caller struct {
	local          bool // through the Unix socket
	addr           netip.Addr
	secure         bool
	user, database string
}

func newCaller(addr net.Addr, secure bool, user, database string) caller {
	c := caller{secure: secure, user: user, database: database}
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		c.local = true
		return c
	}
	c.addr = tcp.AddrPort().Addr().Unmap()
	return c
}

// describe is the caller in the words of pg_hba.conf's errors.
func (c caller) describe() string {
	encryption := "no encryption"
	if c.secure {
		encryption = "SSL encryption"
	}
	host := "[local]"
	if !c.local {
		host = c.addr.String()
	}
	return fmt.Sprintf("host %q, user %q, database %q, %s", host, c.user, c.database, encryption)
}

func (r AccessRule) matches(c caller, snap *catalog.Snapshot) bool {
	switch r.Type {
	case "local":
		if !c.local {
			return false
		}
	case "hostssl":
		if !c.secure {
			return false
		}
	case "hostnossl":
		if c.secure {
			return false
		}
	}
	if r.Type != "local" {
		if network, _ := r.network(); c.local || network.IsValid() && !network.Contains(c.addr) {
			return false
		}
	}
	return named(r.Database, func(name string) bool { return name == c.database }) &&
		named(r.User, func(name string) bool { return name == c.user || memberOf(snap, name, c.user) })
}

// named says whether a list has a name that fits.
func named(list string, fits func(name string) bool) bool {
	if list == "" || list == "all" {
		return true
	}
	return slices.ContainsFunc(strings.Split(list, ","), func(name string) bool { return fits(strings.TrimSpace(name)) })
}

// memberOf says whether +role means a user.
func memberOf(snap *catalog.Snapshot, name, user string) bool {
	group, found := strings.CutPrefix(name, "+")
	if !found {
		return false
	}
	role, member := snap.Role(group), snap.Role(user)
	return role != nil && member != nil && snap.Member(member.OID, role.OID)
}

// ruleFor finds the rule for a caller; ok is false for none. Without rules of its own a server trusts its own machine
// until the first password is given; the Unix socket, which only the server's own user reaches, it always trusts.
func (e *Engine) ruleFor(c caller, snap *catalog.Snapshot) (rule AccessRule, ok bool) {
	for _, r := range e.config.Access {
		if r.matches(c, snap) {
			return r, true
		}
	}
	if len(e.config.Access) > 0 {
		return AccessRule{}, false
	}
	open := !snap.HasPassword() && (c.local || c.addr.IsLoopback()) || c.local && e.config.SocketMode&0o077 == 0
	if open {
		return AccessRule{Method: methodTrust}, true
	}
	return AccessRule{Method: methodSCRAM}, true
}

// refuseOpenDoor refuses to listen where other machines reach the server and nothing keeps strangers out.
func (e *Engine) refuseOpenDoor(address string) error {
	local, err := isLoopback(address)
	if err != nil {
		return fmt.Errorf("listen address %q: %w", address, err)
	}
	if local {
		return nil
	}
	if !e.db.Catalog().HasPassword() {
		return fmt.Errorf("listen address %q can be reached from other machines, and no user has a password: give one first, "+
			"with `segue user password %s` or `segue user add NAME`, or listen on 127.0.0.1", address,
			e.db.Catalog().RoleName(catalog.OwnerOID))
	}
	for i, r := range e.config.Access {
		if r.Method == methodTrust && r.Type != "local" && !r.loopbackOnly() {
			return fmt.Errorf("listen address %q can be reached from other machines, and access rule %d trusts %s without a password: "+
				"give it method scram-sha-256, or an address of this machine", address, i+1, r.addresses())
		}
	}
	return nil
}

func (r AccessRule) loopbackOnly() bool {
	network, _ := r.network()
	loopback := netip.MustParsePrefix("127.0.0.0/8")
	return network.IsValid() && (network.Addr() == netip.IPv6Loopback() && network.Bits() == 128 ||
		loopback.Contains(network.Addr()) && network.Bits() >= loopback.Bits())
}

func (r AccessRule) addresses() string {
	if r.Address == "" {
		return "all addresses"
	}
	return r.Address
}

// isLoopback says whether only this machine reaches a listen address.
func isLoopback(address string) (bool, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false, err
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback(), nil
}
