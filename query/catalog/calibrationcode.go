package catalog

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/seguedb/segue/query/datum"
)

// storedCalibration is what stands before the numbers of a stored Calibration, as JSON.
type storedCalibration struct {
	Type                              datum.OID
	Dims, Rows, Known                 int
	ModelHash                         string `json:",omitempty"`
	Vectors                           float64
	Whole                             bool
	Mean, Deviation, Neighbour, Floor float64
	Skew, AntiHubs                    [2]float64
}

var errCalibration = errors.New("malformed calibration")

// Encode writes a calibration for storage: the length of the head (u32), the head as JSON, the sample's vectors as float32s,
// then hash (u64) and neighbourhood (float64) of each vector whose neighbourhood is known; all little endian.
func (c *Calibration) Encode() ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	head, err := json.Marshal(storedCalibration{Type: c.Type.OID, Dims: c.Dims, Rows: len(c.Sample), Known: len(c.known),
		ModelHash: c.ModelHash, Vectors: c.Vectors, Whole: c.Whole, Mean: c.Mean, Deviation: c.Deviation, Neighbour: c.Neighbour,
		Floor: c.Floor, Skew: c.Skew, AntiHubs: c.AntiHubs})
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, 4+len(head)+4*c.Dims*len(c.Sample)+16*len(c.known))
	out = append(binary.LittleEndian.AppendUint32(out, uint32(len(head))), head...)
	for _, v := range c.Sample {
		for _, x := range v {
			out = binary.LittleEndian.AppendUint32(out, math.Float32bits(x))
		}
	}
	for hash, near := range c.known {
		out = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(out, hash), math.Float64bits(near))
	}
	return out, nil
}

// DecodeCalibration reads what Encode wrote, to go on by a measure. It is nil without an error where the column's type is gone.
func DecodeCalibration(m Measure, b []byte) (*Calibration, error) {
	var head storedCalibration
	if len(b) < 4 || uint64(len(b)-4) < uint64(binary.LittleEndian.Uint32(b)) {
		return nil, errCalibration
	}
	body := b[4+binary.LittleEndian.Uint32(b):]
	if err := json.Unmarshal(b[4:len(b)-len(body)], &head); err != nil {
		return nil, fmt.Errorf("%w: %w", errCalibration, err)
	}
	if head.Dims < 1 || head.Rows < 1 || head.Known < 0 || head.Known > len(body)/16 || head.Dims > len(body)/4 ||
		head.Rows > len(body)/(4*head.Dims) || len(body)-4*head.Dims*head.Rows != 16*head.Known {
		return nil, errCalibration
	}
	c := &Calibration{Type: datum.TypeByOID(head.Type), Dims: head.Dims, ModelHash: head.ModelHash, Vectors: head.Vectors,
		Whole: head.Whole, Mean: head.Mean, Deviation: head.Deviation, Neighbour: head.Neighbour, Floor: head.Floor,
		Skew: head.Skew, AntiHubs: head.AntiHubs, measure: m, known: make(map[uint64]float64, head.Known)}
	if c.Type == nil {
		return nil, nil
	}
	for range head.Rows {
		v := make([]float32, head.Dims)
		for i := range v {
			v[i] = math.Float32frombits(binary.LittleEndian.Uint32(body[4*i:]))
		}
		body = body[4*head.Dims:]
		c.Sample, c.norms = append(c.Sample, v), append(c.norms, m.Norm(v))
	}
	for ; len(body) > 0; body = body[16:] {
		c.known[binary.LittleEndian.Uint64(body)] = math.Float64frombits(binary.LittleEndian.Uint64(body[8:]))
	}
	return c, nil
}
