package checkpoint

import "strings"

// The globals that a checkpoint of tensors names. Storage classes are in storageTypes.
const (
	orderedDict      global = "collections.OrderedDict"
	rebuildTensorV2  global = "torch._utils._rebuild_tensor_v2"
	rebuildTensor    global = "torch._utils._rebuild_tensor"
	rebuildParameter global = "torch._utils._rebuild_parameter"
)

// storageTypes are the classes of storages, whose name tells the elements' type.
var storageTypes = map[global]DType{
	"torch.HalfStorage": Float16, "torch.BFloat16Storage": BFloat16,
	"torch.FloatStorage": Float32, "torch.DoubleStorage": Float64,
	"torch.LongStorage": "int64", "torch.IntStorage": "int32", "torch.ShortStorage": "int16",
	"torch.CharStorage": "int8", "torch.ByteStorage": "uint8", "torch.BoolStorage": "bool",
}

// lookup is the whitelist.
func lookup(module, name string) (global, error) {
	g := global(module + "." + name)
	if _, ok := storageTypes[g]; ok {
		return g, nil
	}
	switch g {
	case orderedDict, rebuildTensorV2, rebuildTensor, rebuildParameter:
		return g, nil
	}
	return "", unsupported("its pickle asks for %q, which is not run: only tensors are read", string(g))
}

// object names globals, calls them, and resolves storages.
func (m *machine) object(op byte) (bool, error) {
	switch op {
	case opGlobal:
		return true, m.global()
	case opStackGlobal:
		v, err := m.popN(2)
		if err != nil {
			return true, err
		}
		module, ok1 := v[0].(string)
		name, ok2 := v[1].(string)
		if !ok1 || !ok2 {
			return true, malformed("its pickle names a global that is no text")
		}
		g, err := lookup(module, name)
		m.push(g)
		return true, err
	case opReduce:
		return true, m.reduce()
	case opBuild:
		return true, m.build()
	case opPersistent:
		id, err := m.pop()
		if err != nil {
			return true, err
		}
		s, err := m.persistent(id)
		m.push(s)
		return true, err
	}
	return false, nil
}

func (m *machine) global() error {
	module, err := m.line()
	if err != nil {
		return err
	}
	name, err := m.line()
	if err != nil {
		return err
	}
	g, err := lookup(module, name)
	m.push(g)
	return err
}

// reduce calls what the whitelist has.
func (m *machine) reduce() error {
	v, err := m.popN(2)
	if err != nil {
		return err
	}
	g, ok1 := v[0].(global)
	args, ok2 := v[1].(tuple)
	if !ok1 || !ok2 {
		return malformed("its pickle calls what is no function")
	}
	result, err := call(g, args)
	m.push(result)
	return err
}

func call(g global, args tuple) (any, error) {
	switch g {
	case orderedDict:
		if len(args) != 0 {
			return nil, unsupported("an OrderedDict made of a list")
		}
		return &dict{}, nil
	case rebuildTensorV2, rebuildTensor:
		return viewOf(args)
	case rebuildParameter:
		// data, requires_grad, backward_hooks
		if len(args) == 3 {
			if t, ok := args[0].(Tensor); ok {
				return t, nil
			}
		}
		return nil, malformed("a parameter of what is no tensor")
	}
	return nil, malformed("its pickle calls %q", string(g))
}

// viewOf is _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks…).
func viewOf(args tuple) (any, error) {
	if len(args) < 4 || len(args) > 7 {
		return nil, malformed("a tensor of %d arguments", len(args))
	}
	s, ok1 := args[0].(*storage)
	offset, ok2 := args[1].(int64)
	shape, ok3 := int64Tuple(args[2])
	strides, ok4 := int64Tuple(args[3])
	if !ok1 || s == nil || !ok2 || !ok3 || !ok4 {
		return nil, malformed("a tensor whose storage, offset, size or stride is none")
	}
	return newTensor(s, offset, shape, strides)
}

func int64Tuple(v any) ([]int64, bool) {
	t, ok := v.(tuple)
	if !ok || len(t) > maxDims {
		return nil, false
	}
	out := make([]int64, len(t))
	for i, x := range t {
		if out[i], ok = x.(int64); !ok {
			return nil, false
		}
	}
	return out, true
}

// build sets an object's attributes: a state dictionary's _metadata, which is of no
// use here.
func (m *machine) build() error {
	if _, err := m.pop(); err != nil {
		return err
	}
	v, err := m.top()
	if err != nil {
		return err
	}
	if _, ok := v.(*dict); !ok {
		return unsupported("a pickled object with a state that is no dictionary")
	}
	return nil
}

// storageID reads ('storage', class, key, location, elements…): the class's type, the
// key and the number of elements.
func storageID(id any) (t DType, key string, elements int64, rest tuple, err error) {
	v, ok := id.(tuple)
	if !ok || len(v) < 5 || v[0] != any("storage") {
		return "", "", 0, nil, malformed("a persistent id that is no storage")
	}
	class, ok1 := v[1].(global)
	key, ok2 := v[2].(string)
	elements, ok3 := v[4].(int64)
	t, ok4 := storageTypes[class]
	if !ok1 || !ok2 || !ok3 || !ok4 || elements < 0 {
		return "", "", 0, nil, malformed("a storage whose class, key or size is none")
	}
	return t, key, elements, v[5:], nil
}

// stateDict finds the tensors: the pickle's own dictionary, or the one that a training
// run keeps under a name beside its other state.
func stateDict(v any) (map[string]Tensor, error) {
	d, ok := v.(*dict)
	if !ok {
		return nil, unsupported("a pickle that is no dictionary of tensors")
	}
	for _, name := range []string{"state_dict", "model"} {
		for _, p := range d.items {
			if inner, ok := p.value.(*dict); ok && p.key == any(name) {
				return tensorsOf(inner)
			}
		}
	}
	return tensorsOf(d)
}

// tensorsOf keeps what is a tensor under a text. A later item replaces an earlier one,
// as in Python.
func tensorsOf(d *dict) (map[string]Tensor, error) {
	tensors := map[string]Tensor{}
	for _, p := range d.items {
		name, ok1 := p.key.(string)
		t, ok2 := p.value.(Tensor)
		if ok1 && ok2 {
			tensors[strings.Clone(name)] = t
		}
	}
	if len(tensors) == 0 {
		return nil, unsupported("a dictionary without tensors")
	}
	return tensors, nil
}
