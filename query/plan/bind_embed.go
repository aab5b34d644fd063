package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// isEmbed says whether a function's vectors are those of a model: embed's of audio, embed_text's of texts.
func isEmbed(p *catalog.Proc) bool {
	return p.User == nil && (p.Name == "embed" || p.Name == embedText) && p.Schema == catalog.PublicOID
}

const embedText = "embed_text"

// readsTexts refuses embed_text by a model that has no vectors of texts.
func readsTexts(call *Call, m catalog.Model) error {
	if call.Proc.Name == embedText && !m.Texts {
		return sqlstate.New(sqlstate.FeatureNotSupported, "model %q does not embed texts", m.Name).
			WithHint("A model of the CLAP family does: see \"segue model add\".")
	}
	return nil
}

// embedModel is the argument that names the model of a call of embed, nil for none; embedLayer that of a layer.
func embedModel(call *Call) Expr { return embedArg(call, datum.Text) }
func embedLayer(call *Call) Expr { return embedArg(call, datum.Int4) }

func embedArg(call *Call, t *datum.Type) Expr {
	for i := 1; i < len(call.Args); i++ {
		if call.Proc.Args[i] == t {
			return call.Args[i]
		}
	}
	return nil
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
	if model := embedModel(call); model != nil {
		k, ok := model.(*Const)
		if !ok || k.Value.IsNull() {
			return call, nil
		}
		name = k.Value.Str()
	}
	m, err := b.cat.Model(name)
	if err != nil {
		return nil, at(err, call.Pos)
	}
	if name != "" {
		if err := readsTexts(call, m); err != nil {
			return nil, at(err, call.Pos)
		}
	} // A column beside the call may still say by which model it is.
	if name != "" && name != m.Name {
		call = withModel(call, m)
	}
	call.Mod = int32(m.Dim)
	return call, nil
}

// namedLayer turns the layer that a call names into a part of its model's name.
func (b *binder) namedLayer(call *Call) (*Call, error) {
	arg := embedLayer(call)
	if arg == nil {
		return call, nil
	}
	layer, ok := arg.(*Const)
	if !ok || layer.Value.IsNull() {
		return call, sqlstate.New(sqlstate.FeatureNotSupported, "the layer of embed must be a constant")
	}
	base, _, _ := strings.Cut(b.cat.DefaultModel(), "/")
	named := embedModel(call)
	if named != nil {
		model, ok := named.(*Const)
		if !ok || model.Value.IsNull() {
			return call, sqlstate.New(sqlstate.FeatureNotSupported, "the model of embed must be a constant where a layer is named")
		}
		base = model.Value.Str()
		if strings.Contains(base, "/") {
			return call, sqlstate.New(sqlstate.InvalidParameterValue, "model %q names its layers already", base)
		}
	}
	out := withModel(call, catalog.Model{Name: fmt.Sprintf("%s/layer:%d", base, layer.Value.Int())})
	out.ByDefault = named == nil
	return out, nil
}

// withModel is a call of embed of the same audio, and the same stretch of it, by a named model.
func withModel(call *Call, m catalog.Model) *Call {
	types := []*datum.Type{call.Proc.Args[0], datum.Text}
	args := []Expr{call.Args[0], &Const{Typed: Typed{datum.Text, -1}, Value: datum.NewString(m.Name)}}
	for i, t := range call.Proc.Args {
		if t == datum.Float8 {
			types, args = append(types, t), append(args, call.Args[i])
		}
	}
	for _, p := range catalog.Builtin().ProcsNamed(call.Proc.Name) {
		if isEmbed(p) && slices.Equal(p.Args, types) {
			return &Call{Typed: Typed{call.T, int32(m.Dim)}, Proc: p, Args: args, Pos: call.Pos, ByDefault: call.ByDefault}
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
	out := Transform(e, func(x Expr) Expr {
		call, ok := x.(*Call)
		if !ok || !isEmbed(call.Proc) || embedModel(call) != nil && !call.ByDefault {
			return x
		}
		if refusal := readsTexts(call, m); refusal != nil {
			err = refusal
		}
		return withModel(call, m)
	})
	return out, err
}
