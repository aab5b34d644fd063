package music

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
)

// The second model, for finding other renderings of a piece: what is played, whatever plays it, in any key and tempo.
// Its input is that of the first.
const (
	TuneName = "tune"
	// TuneDim is the length of its vector.
	TuneDim = 192
)

// tune is what embed/train/segue_train/export.py wrote of the tune network alone.
//
//go:embed tune.onnx
var tune []byte

// BuildTune returns the tune model. The caller must not change it.
func BuildTune() ([]byte, error) { return tune, nil }

// TuneFingerprint names everything that decides the tune model's output.
func TuneFingerprint() string {
	sum := sha256.Sum256(tune)
	return TuneName + "/" + hex.EncodeToString(sum[:])
}
