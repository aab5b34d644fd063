package plan

import (
	"fmt"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

func isEmbed(p *catalog.Proc) bool {
	return p.User == nil && p.Name == "embed" && p.Schema == catalog.PublicOID
}

// finishEmbed gives a call of embed its model's dimensions, and its model one spelling:
// embed(x, model => 'm', layer => 4) is embed(x, model => 'm/layer:4'). What is not known
// yet is left to the executor.
func (b *binder) finishEmbed(call *Call) (Expr, error) {
	call, err := b.namedLayer(call)
	if err != nil {
		return nil, at(err, call.Pos)
	}
	name := ""
	if len(call.Args) == 2 {
		k, ok := call.Args[1].(*Const)
		if !ok || k.Value.IsNull() {
			return call, nil
		}
		name = k.Value.Str()
	}
	m, err := b.cat.Model(name)
	if err != nil {
		return nil, at(err, call.Pos)
	}
	if name != "" && name != m.Name {
		call = withModel(call, m)
	}
	call.Mod = int32(m.Dim)
	return call, nil
}

// namedLayer turns the layer that a call names into a part of its model's name.
func (b *binder) namedLayer(call *Call) (*Call, error) {
	last := len(call.Args) - 1
	if call.Proc.Args[last] != datum.Int4 {
		return call, nil
	}
	layer, ok := call.Args[last].(*Const)
	if !ok || layer.Value.IsNull() {
		return call, sqlstate.New(sqlstate.FeatureNotSupported, "the layer of embed must be a constant")
	}
	base, _, _ := strings.Cut(b.cat.DefaultModel(), "/")
	if last == 2 {
		model, ok := call.Args[1].(*Const)
		if !ok || model.Value.IsNull() {
			return call, sqlstate.New(sqlstate.FeatureNotSupported, "the model of embed must be a constant where a layer is named")
		}
		base = model.Value.Str()
		if strings.Contains(base, "/") {
			return call, sqlstate.New(sqlstate.InvalidParameterValue, "model %q names its layers already", base)
		}
	}
	out := withModel(call, catalog.Model{Name: fmt.Sprintf("%s/layer:%d", base, layer.Value.Int())})
	out.ByDefault = last == 1
	return out, nil
}

// withModel is a call of embed of the same audio by a named model.
func withModel(call *Call, m catalog.Model) *Call {
	for _, p := range catalog.Builtin().ProcsNamed(call.Proc.Name) {
		if isEmbed(p) && len(p.Args) == 2 && p.Args[0] == call.Proc.Args[0] && p.Args[1] == datum.Text {
			name := &Const{Typed: Typed{datum.Text, -1}, Value: datum.NewString(m.Name)}
			return &Call{Typed: Typed{call.T, int32(m.Dim)}, Proc: p, Args: []Expr{call.Args[0], name}, Pos: call.Pos,
				ByDefault: call.ByDefault}
		}
	}
	return call
}

// pinModel makes calls of embed that leave the model to the default name the one that the column was filled by so far:
// a new default model must not mix its vectors with the old one's. hash is the fingerprint that the model had then, ""
// when it is not known.
func (b *binder) pinModel(e Expr, model, hash string) (Expr, error) {
	if model == "" {
		return e, nil
	}
	m, err := b.cat.Model(model)
	if err != nil {
		return nil, err
	}
	if hash != "" && m.Fingerprint != "" && hash != m.Fingerprint {
		return nil, sqlstate.New(sqlstate.DataException, "model %q is not the one that filled the column", model).
			WithDetail("The column's vectors are of fingerprint %s, and the model of that name has %s.", hash, m.Fingerprint)
	}
	return Transform(e, func(x Expr) Expr {
		call, ok := x.(*Call)
		if !ok || !isEmbed(call.Proc) || len(call.Args) != 1 && !call.ByDefault {
			return x
		}
		return withModel(call, m)
	}), nil
}
