package vector

import (
	"encoding/binary"
	"fmt"
	"math"
)

// tuning is what a segment's calibration found: for a metric, a number of rows and a recall, how many versions of the
// nearest cells must be seen, of how many in the nearest lists, and with which share of the bound. See calibrate.go.
type tuning [tunedMetrics][len(tunedRows)][len(tunedRecalls)]effort

// effortBytes is an effort in the file.
const effortBytes = 12

// effort is an approximate plan's three numbers.
type effort struct {
	versions uint32  // to be seen, in the order of the cells
	cells    uint32  // to be put in order, in the order of their lists
	epsilon  float32 // signQuery.epsilon
}

// tunedMetrics are Cosine, InnerProduct and L2.
const tunedMetrics = 3

var (
	tunedRows    = [2]int{10, 100}
	tunedRecalls = [8]float64{0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999}
)

const tuningBytes = tunedMetrics * len(tunedRows) * len(tunedRecalls) * effortBytes

// effortFor returns the effort that finds the k nearest at a recall, or false where only the exact plan does.
func (t *tuning) effortFor(m Metric, k int, recall float64) (effort, bool) {
	if int(m) >= tunedMetrics {
		return effort{}, false
	}
	for i, r := range tunedRecalls {
		if r < recall {
			continue
		}
		for j, rows := range tunedRows {
			if k <= rows {
				return t[m][j][i], true
			}
		}
		last := len(tunedRows) - 1
		e := t[m][last][i]
		more := float64(k) / float64(tunedRows[last])
		e.versions = uint32(min(float64(e.versions)*more, math.MaxUint32))
		e.cells = uint32(min(float64(e.cells)*more, math.MaxUint32))
		return e, true
	}
	return effort{}, false
}

func (t *tuning) encode() []byte {
	var out []byte
	for m := range t {
		for j := range t[m] {
			for _, e := range t[m][j] {
				out = binary.LittleEndian.AppendUint32(out, e.versions)
				out = binary.LittleEndian.AppendUint32(out, e.cells)
				out = binary.LittleEndian.AppendUint32(out, math.Float32bits(e.epsilon))
			}
		}
	}
	return out
}

// decode reads what encode wrote: tuningBytes, in which every epsilon is above 0.
func (t *tuning) decode(data []byte) error {
	for m := range t {
		for j := range t[m] {
			for i := range t[m][j] {
				e := effort{binary.LittleEndian.Uint32(data), binary.LittleEndian.Uint32(data[4:]),
					math.Float32frombits(binary.LittleEndian.Uint32(data[8:]))}
				if !(e.epsilon > 0) || math.IsInf(float64(e.epsilon), 0) {
					return fmt.Errorf("%w: a tuned share of %g", ErrCorrupt, e.epsilon)
				}
				t[m][j][i], data = e, data[effortBytes:]
			}
		}
	}
	return nil
}
