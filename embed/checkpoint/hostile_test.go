package checkpoint

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The pickle pieces of hostile files.
const (
	proto2      = "\x80\x02"
	floatClass  = "ctorch\nFloatStorage\n"
	v2          = "ctorch._utils\n_rebuild_tensor_v2\n"
	fourFloats  = "(X\x07\x00\x00\x00storage" + floatClass + "X\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x04tQ"
	hooks       = "\x89ccollections\nOrderedDict\n)Rt" // requires_grad, no hooks, the end of the arguments
	startTensor = proto2 + "}X\x01\x00\x00\x00w" + v2 + "(" + fourFloats
)

// view is a pickle of a dictionary with one view of four floats.
func view(offset, shape, strides string) string {
	return startTensor + offset + shape + strides + hooks + "Rs."
}

// zipOf makes a checkpoint of a pickle and one storage of four floats.
func zipOf(t testing.TB, pickle string, method uint16) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range []struct{ name, content string }{
		{"m/data.pkl", pickle}, {"m/byteorder", "little"},
		{"m/data/0", "\x00\x00\x80\x3f\x00\x00\x00\x40\x00\x00\x40\x40\x00\x00\x80\x40"},
	} {
		w, err := z.CreateHeader(&zip.FileHeader{Name: e.name, Method: method})
		if err == nil {
			_, err = io.WriteString(w, e.content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(b []byte) (*File, error) { return Read(bytes.NewReader(b), int64(len(b))) }

func TestStridedViews(t *testing.T) {
	for name, c := range map[string]struct {
		pickle string
		want   []float32
	}{
		"whole":      {view("K\x00", "K\x04\x85", "K\x01\x85"), []float32{1, 2, 3, 4}},
		"offset":     {view("K\x01", "K\x02\x85", "K\x01\x85"), []float32{2, 3}},
		"transposed": {view("K\x00", "K\x02K\x02\x86", "K\x01K\x02\x86"), []float32{1, 3, 2, 4}},
		"every 2nd":  {view("K\x01", "K\x02\x85", "K\x02\x85"), []float32{2, 4}},
		"repeated":   {view("K\x02", "K\x03\x85", "K\x00\x85"), []float32{3, 3, 3}},
		"scalar":     {view("K\x03", ")", ")"), []float32{4}},
		"empty":      {view("K\x04", "K\x00\x85", "K\x01\x85"), nil},
		"nested":     {proto2 + "}X\x0a\x00\x00\x00state_dict" + strings.TrimSuffix(view("K\x01", "K\x01\x85", "K\x01\x85")[2:], ".") + "s.", []float32{2}},
	} {
		f, err := read(zipOf(t, c.pickle, zip.Store))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, err := f.Floats("w")
		if err != nil || len(got) != len(c.want) {
			t.Errorf("%s: %v, %v", name, got, err)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%s: %v, not %v", name, got, c.want)
			}
		}
	}
}

// TestHostilePickles: every one ends in an error of its kind, and one about a global
// names it.
func TestHostilePickles(t *testing.T) {
	deep := proto2 + "]" + strings.Repeat("q\x00h\x00a", 1000) + "."
	for name, c := range map[string]struct {
		pickle string
		kind   error
		text   string
	}{
		"runs a program":      {proto2 + "cos\nsystem\nX\x02\x00\x00\x00id\x85R.", ErrUnsupported, `"os.system"`},
		"another spelling":    {"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x02id\x85R.", ErrUnsupported, `"posix.system"`},
		"a class of its own":  {proto2 + "cargparse\nNamespace\n)\x81.", ErrUnsupported, `"argparse.Namespace"`},
		"getattr":             {proto2 + "cbuiltins\ngetattr\n.", ErrUnsupported, `"builtins.getattr"`},
		"torch.load":          {proto2 + "ctorch\nload\n.", ErrUnsupported, `"torch.load"`},
		"holds itself":        {proto2 + "]q\x00h\x00a.", ErrUnsupported, ""},
		"deep":                {deep, ErrUnsupported, ""},
		"empty stack":         {proto2 + ".", ErrMalformed, ""},
		"below the mark":      {proto2 + "K\x01(0.", ErrMalformed, ""},
		"no mark":             {proto2 + "t.", ErrMalformed, ""},
		"empty memo":          {proto2 + "h\x07.", ErrMalformed, "memo"},
		"text without end":    {proto2 + "X\xff\xff\xff\x00abc", ErrUnsupported, ""},
		"text past the end":   {proto2 + "X\xff\xff\x00\x00abc", ErrMalformed, ""},
		"no end":              {proto2 + "}", ErrMalformed, ""},
		"unknown opcode":      {proto2 + "\xff.", ErrUnsupported, "0xff"},
		"protocol 9":          {"\x80\x09}.", ErrUnsupported, "protocol"},
		"calls a text":        {proto2 + "X\x01\x00\x00\x00f)R.", ErrMalformed, ""},
		"calls a storage":     {proto2 + floatClass + ")R.", ErrMalformed, ""},
		"state of a tuple":    {proto2 + ")}b.", ErrUnsupported, ""},
		"a list of a dict":    {proto2 + "}K\x01a.", ErrMalformed, ""},
		"odd items":           {proto2 + "}(K\x01u.", ErrMalformed, ""},
		"OrderedDict(list)":   {proto2 + "ccollections\nOrderedDict\n]\x85R.", ErrUnsupported, ""},
		"parameter of none":   {proto2 + "ctorch._utils\n_rebuild_parameter\nN\x89N\x87R.", ErrMalformed, ""},
		"no tensors":          {proto2 + "}.", ErrUnsupported, ""},
		"a number":            {proto2 + "K\x01.", ErrUnsupported, ""},
		"past the storage":    {view("K\x01", "K\x04\x85", "K\x01\x85"), ErrMalformed, ""},
		"offset past it":      {view("K\x05", "K\x00\x85", "K\x01\x85"), ErrMalformed, ""},
		"negative offset":     {view("J\xff\xff\xff\xff", "K\x01\x85", "K\x01\x85"), ErrMalformed, ""},
		"negative size":       {view("K\x00", "J\xff\xff\xff\xff\x85", "K\x01\x85"), ErrMalformed, ""},
		"negative stride":     {view("K\x03", "K\x02\x85", "J\xff\xff\xff\xff\x85"), ErrMalformed, ""},
		"overflowing shape":   {view("K\x00", hugeInt+hugeInt+hugeInt+"\x87", "K\x00K\x00K\x00\x87"), ErrMalformed, ""},
		"overflowing stride":  {view("K\x00", "K\x02K\x02\x86", hugeInt+hugeInt+"\x86"), ErrMalformed, ""},
		"expanded":            {view("K\x00", "J\x00\x00\x00\x40\x85", "K\x00\x85"), ErrMalformed, ""},
		"other rank":          {view("K\x00", "K\x04\x85", ")"), ErrMalformed, ""},
		"sizes as text":       {view("K\x00", "X\x01\x00\x00\x004\x85", "K\x01\x85"), ErrMalformed, ""},
		"offset of 80 bits":   {view("\x8a\x0a0123456789", "K\x01\x85", "K\x01\x85"), ErrMalformed, ""},
		"storage of 2^62":     {strings.Replace(view("K\x00", "K\x04\x85", "K\x01\x85"), "K\x04tQ", hugeInt+"tQ", 1), ErrMalformed, "storage"},
		"negative storage":    {strings.Replace(view("K\x00", "K\x04\x85", "K\x01\x85"), "K\x04tQ", "J\xff\xff\xff\xfftQ", 1), ErrMalformed, ""},
		"a storage elsewhere": {strings.Replace(view("K\x00", "K\x04\x85", "K\x01\x85"), "\x000X\x03", "\x009X\x03", 1), ErrMalformed, "data/9"},
		"id that is no tuple": {proto2 + "K\x01Q.", ErrMalformed, ""},
	} {
		f, err := read(zipOf(t, c.pickle, zip.Store))
		if f != nil || !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// hugeInt pushes 2^62.
const hugeInt = "\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x40"

func TestHostileArchives(t *testing.T) {
	good := view("K\x00", "K\x04\x85", "K\x01\x85")
	for name, c := range map[string]struct {
		file []byte
		kind error
	}{
		"compressed":     {zipOf(t, good, zip.Deflate), ErrUnsupported},
		"a bomb":         {zipOf(t, proto2+strings.Repeat("\x00", 1<<20), zip.Deflate), ErrUnsupported},
		"a large pickle": {zipOf(t, proto2+"}"+strings.Repeat("q\x00", maxPickleBytes), zip.Store), ErrUnsupported},
		"no pickle":      {bytes.ReplaceAll(zipOf(t, good, zip.Store), []byte("data.pkl"), []byte("data.pk1")), ErrUnsupported},
		"big-endian":     {bytes.ReplaceAll(zipOf(t, good, zip.Store), []byte("little"), []byte("biggie")), ErrUnsupported},
		"no storage":     {bytes.ReplaceAll(zipOf(t, good, zip.Store), []byte("m/data/0"), []byte("m/data/1")), ErrMalformed},
		"nothing":        {nil, ErrMalformed},
		"text":           {[]byte("what is this file"), ErrUnsupported},
		"a tar":          {append([]byte("sys_info"), make([]byte, 1024)...), ErrUnsupported},
	} {
		f, err := read(c.file)
		if f != nil || !errors.Is(err, c.kind) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTruncated cuts every kind of file everywhere: an error, or the same tensors.
func TestTruncated(t *testing.T) {
	for _, name := range []string{"tiny_post_legacy.bin", "tiny_post_bf16.safetensors", "tiny_post_f16.bin"} {
		b, err := os.ReadFile(filepath.Join(fixtureDir, name))
		if err != nil {
			t.Fatal(err)
		}
		for n := 0; n < len(b); n += 1 + n/50 {
			if _, err := read(b[:n]); err == nil {
				t.Errorf("%s cut at %d of %d was read", name, n, len(b))
			}
		}
	}
}

// TestHostileSafetensors goes through the header.
func TestHostileSafetensors(t *testing.T) {
	for name, c := range map[string]struct {
		header string
		kind   error
	}{
		"fine":              {`{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, nil},
		"twice":             {`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, ErrMalformed},
		"shared bytes":      {`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, ErrMalformed},
		"past the end":      {`{"a":{"dtype":"F32","shape":[5],"data_offsets":[0,20]}}`, ErrMalformed},
		"backwards":         {`{"a":{"dtype":"F32","shape":[1],"data_offsets":[8,4]}}`, ErrMalformed},
		"negative":          {`{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}`, ErrMalformed},
		"another size":      {`{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}`, ErrMalformed},
		"overflowing":       {`{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}`, ErrMalformed},
		"overflow to zero":  {`{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}`, ErrMalformed},
		"beyond 64 bits":    {`{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}}`, ErrMalformed},
		"fractional":        {`{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}`, ErrMalformed},
		"unknown type":      {`{"a":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}`, ErrUnsupported},
		"unknown field":     {`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}}`, ErrMalformed},
		"no shape":          {`{"a":{"dtype":"F32","data_offsets":[0,8]}}`, ErrMalformed},
		"a list":            {`{"a":[]}`, ErrMalformed},
		"deep":              {`{"a":` + strings.Repeat("[", 20000), ErrMalformed},
		"more after it":     {`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}{}`, ErrMalformed},
		"no tensors":        {`{}`, ErrUnsupported},
		"not closed":        {`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}`, ErrMalformed},
		"half an element":   {`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,6]}}`, ErrMalformed},
		"too many axes":     {`{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,2],"data_offsets":[0,8]}}`, ErrMalformed},
		"integers are kept": {`{"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}`, nil},
	} {
		b := binary.LittleEndian.AppendUint64(nil, uint64(len(c.header)))
		b = append(append(b, c.header...), make([]byte, 8)...)
		if _, err := read(b); !errors.Is(err, c.kind) || err != nil && c.kind == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	gigabyte := append(binary.LittleEndian.AppendUint64(nil, 1<<30), `{"a":`...)
	if _, err := Read(bytes.NewReader(gigabyte), 2<<30); !errors.Is(err, ErrUnsupported) {
		t.Errorf("a header of a gigabyte: %v", err)
	}
	lie := append(binary.LittleEndian.AppendUint64(nil, 1<<20), `{"a":`...)
	if _, err := read(lie); !errors.Is(err, ErrMalformed) {
		t.Errorf("a header longer than the file: %v", err)
	}
}

func TestIntegersAreNotWeights(t *testing.T) {
	header := `{"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}`
	b := append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...), make([]byte, 8)...)
	f, err := read(b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Floats("a"); !errors.Is(err, ErrUnsupported) {
		t.Error(err)
	}
	if _, err := f.Floats("b"); !errors.Is(err, ErrNoTensor) {
		t.Error(err)
	}
}
