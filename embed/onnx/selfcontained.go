package onnx

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

var (
	// ErrExternalData is wrapped by the refusal of a model whose weights are in other
	// files: a model from a stranger would name which files of this machine to read.
	ErrExternalData = errors.New("onnx model keeps data outside itself")
	// ErrMalformed is wrapped when bytes are no ONNX model.
	ErrMalformed = errors.New("not an onnx model")
)

// maxNesting bounds graphs within graphs.
const maxNesting = 32

// message is a protobuf message of ONNX, as far as tensors can be in it: the fields
// with messages by number.
type message map[protowire.Number]*message

// modelMessage is onnx.proto's ModelProto; it is filled in below, since it is recursive.
var modelMessage, tensorMessage = func() (*message, *message) {
	tensor, graph, node, attribute, sparse, function := &message{}, &message{}, &message{}, &message{}, &message{}, &message{}
	*sparse = message{1: tensor, 2: tensor}                                                  // values, indices
	*attribute = message{5: tensor, 6: graph, 10: tensor, 11: graph, 22: sparse, 23: sparse} // t, g, tensors, graphs, sparse_tensor(s)
	*node = message{5: attribute}
	*graph = message{1: node, 5: tensor, 15: sparse} // node, initializer, sparse_initializer
	*function = message{7: node, 11: attribute}      // node, attribute_proto
	training := &message{1: graph, 2: graph}
	return &message{7: graph, 20: training, 25: function}, tensor // graph, training_info, functions
}()

// SelfContained checks that serialised bytes are a model of which every tensor's data
// are in it. It reads the message's outline; what is wrong inside is for the library.
func SelfContained(model []byte) error {
	graph := false
	err := eachField(model, func(field protowire.Number, _ []byte) error {
		graph = graph || field == 7
		return nil
	})
	if err != nil {
		return err
	}
	if !graph {
		return fmt.Errorf("%w: it has no graph", ErrMalformed)
	}
	return walk(model, modelMessage, 0)
}

func walk(b []byte, m *message, depth int) error {
	if depth > 4*maxNesting {
		return fmt.Errorf("%w: graphs are nested more than %d deep", ErrMalformed, maxNesting)
	}
	if m == tensorMessage {
		return inside(b)
	}
	return eachField(b, func(field protowire.Number, content []byte) error {
		if inner := (*m)[field]; inner != nil && content != nil {
			return walk(content, inner, depth+1)
		}
		return nil
	})
}

// inside refuses a TensorProto with external_data (13) or a data_location (14) other
// than the default.
func inside(tensor []byte) error {
	return eachField(tensor, func(field protowire.Number, content []byte) error {
		if field == 13 || field == 14 && content == nil {
			return ErrExternalData
		}
		return nil
	})
}

// eachField calls f with each field of a message, content being nil for what has no
// length.
func eachField(b []byte, f func(field protowire.Number, content []byte) error) error {
	for len(b) > 0 {
		field, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return fmt.Errorf("%w: %w", ErrMalformed, protowire.ParseError(n))
		}
		b = b[n:]
		n = protowire.ConsumeFieldValue(field, kind, b)
		if n < 0 {
			return fmt.Errorf("%w: %w", ErrMalformed, protowire.ParseError(n))
		}
		var content []byte
		if kind == protowire.BytesType {
			content, _ = protowire.ConsumeBytes(b)
			if content == nil {
				content = []byte{}
			}
		} else if field == 14 && kind == protowire.VarintType && b[0] == 0 {
			content = []byte{} // data_location DEFAULT, written out
		}
		if err := f(field, content); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}
