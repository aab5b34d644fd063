package embed

import (
	"errors"
	"math"
	"reflect"
	"testing"
)

// sampleEntry is an embedding of four dimensions and two windows.
func sampleEntry() *embedding {
	return &embedding{
		seconds: 7.25,
		track:   []float32{0.5, -0.5, 0.5, 0.5},
		windows: []segment{
			{0, 5, halves([]float32{0.6, 0, -0.8, 0})},
			{2.25, 5, halves([]float32{0, 1, 0, 0})},
		},
	}
}

func TestEntryRoundTrip(t *testing.T) {
	want := sampleEntry()
	got, err := decodeEntry(want.encode(), 4)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	head, err := decodeTrack(want.encode(), 4)
	if err != nil || !reflect.DeepEqual(head.track, want.track) || head.windows != nil {
		t.Errorf("%+v, %v", head, err)
	}
}

// Every cut and every changed bit is noticed.
func TestEntryDamage(t *testing.T) {
	whole := sampleEntry().encode()
	for n := range whole {
		if _, err := decodeEntry(whole[:n], 4); !errors.Is(err, errDamagedEntry) {
			t.Errorf("cut at %d: %v", n, err)
		}
	}
	for bit := range 8 * len(whole) {
		whole[bit/8] ^= 1 << (bit % 8)
		if _, err := decodeEntry(whole, 4); !errors.Is(err, errDamagedEntry) {
			t.Errorf("bit %d: %v", bit, err)
		}
		whole[bit/8] ^= 1 << (bit % 8)
	}
	if _, err := decodeEntry(append(whole, 0), 4); !errors.Is(err, errDamagedEntry) {
		t.Errorf("a byte more: %v", err)
	}
	if _, err := decodeEntry(whole, 5); !errors.Is(err, errDamagedEntry) {
		t.Errorf("another model's: %v", err)
	}
	for name, track := range map[string][]float32{
		"NaN": {float32(math.NaN()), 0, 0, 0}, "zero": {0, 0, 0, 0}, "long": {1, 1, 1, 1},
	} {
		if _, err := decodeTrack((&embedding{track: track}).encode(), 4); !errors.Is(err, errDamagedEntry) {
			t.Errorf("a vector of %s: %v", name, err)
		}
	}
}

func FuzzDecodeEntry(f *testing.F) {
	f.Add(sampleEntry().encode())
	f.Add((&embedding{track: []float32{1, 0, 0, 0}}).encode())
	f.Add([]byte{entryVersion, 4, 0, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := decodeEntry(b, 4)
		switch {
		case err != nil && !errors.Is(err, errDamagedEntry):
			t.Fatalf("an error of another kind: %v", err)
		case err == nil && !reflect.DeepEqual(e.encode(), b):
			t.Fatal("what was decoded encodes to other bytes")
		}
	})
}
