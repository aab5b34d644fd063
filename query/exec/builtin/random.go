package builtin

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"sync"

	"github.com/seguedb/segue/query/datum"
)

// Random is a session's generator for random(): xoroshiro128**, as in PostgreSQL 15, so that setseed gives the same
// numbers. The zero value seeds itself.
type Random struct {
	mu     sync.Mutex
	seeded bool
	s0, s1 uint64
}

// Randomizer is a Session that has a generator of its own; without one random() cannot be seeded.
type Randomizer interface {
	Random() *Random
}

// Seed begins the sequence that belongs to a number from -1 to 1.
func (r *Random) Seed(seed float64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	state := uint64(int64(float64(1<<52-1) * seed))
	r.s0, r.s1 = splitMix(&state), splitMix(&state)
	r.seeded = true
}

// splitMix is the generator that turns a seed into a state.
func splitMix(state *uint64) uint64 {
	*state += 0x9e3779b97f4a7c15
	v := *state
	v = (v ^ v>>30) * 0xbf58476d1ce4e5b9
	v = (v ^ v>>27) * 0x94d049bb133111eb
	return v ^ v>>31
}

// Float is the next number from 0 to below 1.
func (r *Random) Float() float64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.seeded {
		r.s0, r.s1, r.seeded = rand.Uint64()|1, rand.Uint64(), true
	}
	s0, x := r.s0, r.s1^r.s0
	v := bits.RotateLeft64(s0*5, 7) * 9
	r.s0 = bits.RotateLeft64(s0, 24) ^ x ^ x<<16
	r.s1 = bits.RotateLeft64(x, 37)
	return math.Ldexp(float64(v>>12), -52)
}

func randomNumbers(r *registry) {
	r.fn(func(env *Env, _ []datum.Datum) (datum.Datum, error) {
		if s, ok := env.Session.(Randomizer); ok {
			return datum.NewFloat(s.Random().Float()), nil
		}
		return datum.NewFloat(rand.Float64()), nil
	}, "random()")
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		seed := a[0].Float()
		if !(seed >= -1 && seed <= 1) {
			return datum.Null, invalidParameter("setseed parameter %s is out of allowed range [-1,1]",
				datum.Format(datum.Float8, a[0], nil))
		}
		s, ok := env.Session.(Randomizer)
		if !ok {
			return datum.Null, unsupported("this session has no generator of its own to seed")
		}
		s.Random().Seed(seed)
		return datum.NewString(""), nil
	}, "setseed(float8)")
}
