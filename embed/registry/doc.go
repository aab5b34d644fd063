// Package registry keeps the models that users add, as folders of a data directory:
//
//	models/NAME/manifest.json         what it is, and the SHA-256 of the file beside it
//	models/NAME/weights.safetensors   a model of the HuBERT family, or CLAP: its weights under canonical names
//	models/NAME/tokenizer.json        of CLAP: its tokenizer, as embed/bpe writes it
//	models/NAME/model.onnx            any other model: its graph with its weights
//	models/default                    the name of the default model
//
// Its types: [Registry], the folder; [Manifest], one model.
//
// A model appears and disappears whole: it is written beside the others under a name
// that no reader looks at, and renamed. So the command line may add and remove models
// while a server has the data directory open; the server looks again when the folder
// has changed ([Registry.Stamp]).
//
// What surprises:
//
//   - A checkpoint is not kept: its tensors are, in float32, and the graph is written
//     from them whenever the model is loaded, for the layers and the precision that are
//     wanted then.
//   - Precision is decided when a model is added, not when it runs. A data directory
//     that moves to a processor without 8-bit instructions keeps its vectors, slower.
//   - The pooling in the manifest is the default; a query may name another.
//
// Not here: running models and pooling (embed), the hub (embed/hub).
package registry
