package builtin

import (
	"crypto/rand"

	"github.com/google/uuid"

	"github.com/seguedb/segue/query/datum"
)

// uuidFunctions are those of extension uuid-ossp.
func uuidFunctions(r *registry) {
	give := func(u uuid.UUID, err error) (datum.Datum, error) { return datum.NewString(string(u[:])), err }
	for name, u := range map[string]uuid.UUID{"nil": uuid.Nil, "ns_dns": uuid.NameSpaceDNS, "ns_url": uuid.NameSpaceURL,
		"ns_oid": uuid.NameSpaceOID, "ns_x500": uuid.NameSpaceX500} {
		r.fn(func(*Env, []datum.Datum) (datum.Datum, error) { return give(u, nil) }, "uuid-ossp.uuid_"+name+"()")
	}
	r.fn(func(*Env, []datum.Datum) (datum.Datum, error) { return give(uuid.NewUUID()) }, "uuid-ossp.uuid_generate_v1()")
	// With a random address, which says of itself that it is one of many's.
	r.fn(func(*Env, []datum.Datum) (datum.Datum, error) {
		u, err := uuid.NewUUID()
		if err == nil {
			_, err = rand.Read(u[10:])
		}
		u[10] |= 3
		return give(u, err)
	}, "uuid-ossp.uuid_generate_v1mc()")
	r.fn(func(*Env, []datum.Datum) (datum.Datum, error) { return give(uuid.NewRandom()) }, "uuid-ossp.uuid_generate_v4()")
	named := func(f func(uuid.UUID, []byte) uuid.UUID) Func {
		return func(_ *Env, a []datum.Datum) (datum.Datum, error) {
			return give(f(uuid.UUID([]byte(a[0].Str())), []byte(a[1].Str())), nil)
		}
	}
	r.fn(named(uuid.NewMD5), "uuid-ossp.uuid_generate_v3(uuid,text)")
	r.fn(named(uuid.NewSHA1), "uuid-ossp.uuid_generate_v5(uuid,text)")
}
