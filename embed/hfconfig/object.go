package hfconfig

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// ErrConfig is wrapped by every refusal of a configuration; the text names the field.
var ErrConfig = errors.New("unsupported model configuration")

// Refuse makes an [ErrConfig] about a file.
func Refuse(file, format string, args ...any) error {
	return fmt.Errorf("%w: %s: %w", ErrConfig, file, fmt.Errorf(format, args...))
}

// Object reads a JSON object of which no name is there twice.
func Object(file string, text []byte) (map[string]json.RawMessage, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, Refuse(file, "it is no JSON object")
	}
	fields := map[string]json.RawMessage{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, Refuse(file, "%w", err)
		}
		var v json.RawMessage
		if err := d.Decode(&v); err != nil {
			return nil, Refuse(file, "%w", err)
		}
		name, _ := t.(string) // an object's names are text
		if fields[name] != nil {
			return nil, Refuse(file, "field %q is there twice", name)
		}
		fields[name] = v
	}
	if _, err := d.Token(); err != nil {
		return nil, Refuse(file, "%w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, Refuse(file, "there is more after its object")
	}
	return fields, nil
}
