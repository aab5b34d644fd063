package registry

import (
	"encoding/json"
	"errors"
	"testing"
)

// FuzzManifest: what is accepted can be written and read again, and says nothing that a
// model would fail by.
func FuzzManifest(f *testing.F) {
	f.Add([]byte(`{"format":1,"name":"a","family":"onnx","source":"a.onnx","licence":"","sha256":"","size_bytes":1,"sample_rate_hz":16000,
		"window_samples":48000,"min_samples":8000,"precision":"fp32","graph":{"input":"x","output":"y","dim":2,"normalise":true}}`))
	f.Add([]byte(`{"format":1,"name":"a","family":"hubert","precision":"int8","config":{},"window_samples":1,"min_samples":1,"sample_rate_hz":1}`))
	f.Add([]byte(`{"format":2}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := parseManifest(b)
		if err != nil {
			if !errors.Is(err, ErrManifest) {
				t.Fatalf("an error of no kind: %v", err)
			}
			return
		}
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		again, err := parseManifest(text)
		if err != nil || again.Identity() != m.Identity() || m.Width() < 1 {
			t.Fatalf("%s: %v", text, err)
		}
	})
}

func FuzzDescription(f *testing.F) {
	f.Add([]byte(`{"sample_rate": 16000, "window_seconds": 3, "min_seconds": 0.5, "input": "x", "output": "y", "normalisation": "window"}`))
	f.Add([]byte(`{"sample_rate": 1e99}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := parseDescription(b)
		if err != nil {
			if !errors.Is(err, ErrSource) {
				t.Fatalf("an error of no kind: %v", err)
			}
			return
		}
		if n := d.WindowSeconds * float64(d.SampleRate); !(n >= 0 && n <= 600*192000) {
			t.Fatalf("%+v", d)
		}
	})
}
