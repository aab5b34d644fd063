// Package pooling names how the outputs of a model become one vector of a track.
//
// A [Pooling] is a choice of hidden states and of what is taken over the windows. Its
// text is part of a model's full name, after a slash:
//
//	layer:6                   the mean over time of hidden state 6
//	layers:4-8                those of 4, 5, 6, 7 and 8, one after the other
//	all                       those of every hidden state: 13 × 768 numbers for MERT-v1-95M
//	…,mean+deviation          the mean over the windows and the deviation from it, one after the other
//	mean+deviation            the same for a model without layers
//	…,mean                    the mean over the windows, which is the default
//	…,windows:8               at most 8 windows, spread evenly over the track: the others are never computed
//	windows:8                 the same with the layers of the model's own pooling
//
// Each spelling has one canonical form ([Pooling.String]).
package pooling

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrPooling is wrapped by every refusal of a text.
var ErrPooling = errors.New("unknown pooling")

// MaxWindows is the most windows that a choice of some may have: four times as many are held while a track is decoded.
const MaxWindows = 32

// MaxDim is the most numbers that a vector has (as in pgvector).
const MaxDim = 16000

// Pooling is one way. The zero value is that of a model without layers: the mean.
type Pooling struct {
	// First and Last are the hidden states taken, 0 the transformer's input. They mean
	// nothing when there are no layers.
	First, Last int
	Layers      bool
	Deviation   bool
	// Windows is how many windows of a track are taken, spread evenly; 0 is all.
	Windows int
}

// With is Parse of a text that may name windows alone. Their layers and all else are p's, which is of the same model.
func (p Pooling) With(text string, states int) (Pooling, error) {
	number, ok := strings.CutPrefix(text, sampled)
	if !ok {
		return Parse(text, states)
	}
	var err error
	p.Windows, err = parseWindows(text, number)
	return p, err
}

// sampled begins the choice of some windows.
const sampled = "windows:"

func parseWindows(text, number string) (int, error) {
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > MaxWindows {
		return 0, fmt.Errorf("%w %q: there are windows:1 to windows:%d", ErrPooling, text, MaxWindows)
	}
	return n, nil
}

// Parse reads a text for a model with that many hidden states; 0 is a model without
// layers.
func Parse(text string, states int) (Pooling, error) {
	rest, number, some := strings.Cut(text, ","+sampled)
	if !some && states == 0 && strings.HasPrefix(text, sampled) {
		rest, number, some = "", text[len(sampled):], true
	}
	p, err := parseAll(rest, text, states)
	if err != nil || !some {
		return p, err
	}
	p.Windows, err = parseWindows(text, number)
	return p, err
}

// parseAll reads what precedes a choice of some windows.
func parseAll(rest, text string, states int) (Pooling, error) {
	var p Pooling
	choice, windows, both := strings.Cut(rest, ",")
	if !both && (rest == "mean" || rest == "mean+deviation") {
		choice, windows = "", rest
		if states > 0 {
			return p, fmt.Errorf("%w %q: it names no layer", ErrPooling, text)
		}
	}
	switch {
	case windows == "mean+deviation":
		p.Deviation = true
	case windows != "mean" && (both || windows != ""):
		return p, fmt.Errorf("%w %q: over windows there are mean and mean+deviation", ErrPooling, text)
	}
	if states == 0 {
		if choice != "" {
			return p, fmt.Errorf("%w %q: this model has no layers to choose from", ErrPooling, text)
		}
		return p, nil
	}
	p.Layers = true
	var err error
	p.First, p.Last, err = parseLayers(choice, states)
	if err != nil {
		return p, fmt.Errorf("%w %q: %w", ErrPooling, text, err)
	}
	return p, nil
}

func parseLayers(choice string, states int) (first, last int, err error) {
	if choice == "all" {
		return 0, states - 1, nil
	}
	kind, numbers, _ := strings.Cut(choice, ":")
	from, to := numbers, numbers
	switch kind {
	case "layer":
	case "layers":
		from, to, _ = strings.Cut(numbers, "-")
	default:
		return 0, 0, errors.New("there are layer:N, layers:A-B and all")
	}
	first, err1 := strconv.Atoi(from)
	last, err2 := strconv.Atoi(to)
	switch {
	case err1 != nil || err2 != nil:
		return 0, 0, errors.New("there are layer:N, layers:A-B and all")
	case first < 0 || last >= states || first > last:
		return 0, 0, fmt.Errorf("the model has layers 0 to %d", states-1)
	}
	return first, last, nil
}

// String is the canonical text; "" for the zero value.
func (p Pooling) String() string {
	var parts []string
	switch {
	case p.Layers && p.First == p.Last:
		parts = append(parts, fmt.Sprintf("layer:%d", p.First))
	case p.Layers:
		parts = append(parts, fmt.Sprintf("layers:%d-%d", p.First, p.Last))
	}
	if p.Deviation {
		parts = append(parts, "mean+deviation")
	}
	if p.Windows > 0 {
		parts = append(parts, fmt.Sprint(sampled, p.Windows))
	}
	return strings.Join(parts, ",")
}

// List is the hidden states, in order; none for a model without layers.
func (p Pooling) List() []int {
	if !p.Layers {
		return nil
	}
	var list []int
	for l := p.First; l <= p.Last; l++ {
		list = append(list, l)
	}
	return list
}

// WindowDim is how many numbers a window has when a hidden state has width; Dim is the
// same of a track.
func (p Pooling) WindowDim(width int) int { return width * (p.Last - p.First + 1) }

// Dim is the length of the vector.
func (p Pooling) Dim(width int) int {
	if p.Deviation {
		return 2 * p.WindowDim(width)
	}
	return p.WindowDim(width)
}
