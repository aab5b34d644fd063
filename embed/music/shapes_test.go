package music

import (
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// TestShapesAreHidden: beside the waveform, the graphs have what constants reshape values to as inputs. A model exported
// without (embed/train/segue_train/shapes.py does it to a file, too) takes four times as long to load.
func TestShapesAreHidden(t *testing.T) {
	for name, build := range map[string]func() ([]byte, error){Name: Build, TuneName: BuildTune} {
		model, err := build()
		if err != nil {
			t.Fatal(err)
		}
		const graphOfModel, inputOfGraph = 7, 11 // of onnx.proto
		for _, graph := range fields(t, model, graphOfModel) {
			if n := len(fields(t, graph, inputOfGraph)); n < 10 {
				t.Errorf("%s has %d inputs", name, n)
			}
		}
	}
}

// fields are the contents of a protobuf message's fields of one number.
func fields(t *testing.T, message []byte, number protowire.Number) (out [][]byte) {
	t.Helper()
	for len(message) > 0 {
		field, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		if field == number && kind == protowire.BytesType {
			content, _ := protowire.ConsumeBytes(message[n:])
			out = append(out, content)
		}
		size := protowire.ConsumeFieldValue(field, kind, message[n:])
		if size < 0 {
			t.Fatal(protowire.ParseError(size))
		}
		message = message[n+size:]
	}
	return out
}
