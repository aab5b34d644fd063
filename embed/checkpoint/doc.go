// Package checkpoint reads the tensors of PyTorch checkpoints and of safetensors
// files, without Python and without trusting the file.
//
// Two types: [File], an opened checkpoint; [Tensor], one of its tensors by name,
// type and shape. The four layouts that exist are told apart by their first bytes:
//
//	zip           torch.save since 1.6: NAME/data.pkl, and one stored entry NAME/data/KEY a storage
//	legacy        torch.save before: five pickles, then the storages one after the other
//	safetensors   a length, a JSON header, the data
//	(tar)         before 0.1.10; refused
//
// A pickle is a program. The one that runs here knows tensors, storages,
// dictionaries, lists and numbers; a global of any other name is refused by that
// name before anything is made of it. The machine has no recursion, each opcode does
// work bounded by the bytes that it consumes, and a pickle has at most
// maxPickleBytes: a file that is not what it says ends in an [ErrMalformed], one that
// asks for more than is read here in an [ErrUnsupported].
//
// What surprises:
//
//   - Nothing but names and shapes is in memory after Open. Floats reads one tensor,
//     so importing a checkpoint holds its largest tensor and never the file.
//   - Storages are shared: many tensors may be views of one, with an offset and
//     strides of their own, and Floats gives each in row-major order.
//   - Zip entries must be stored, as torch.save stores them: a compressed one is
//     refused, and with it the bomb.
//   - Names are the file's own. What a family of models calls its tensors is known
//     elsewhere (embed/mert).
package checkpoint
