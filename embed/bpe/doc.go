// Package bpe turns a text into the tokens of a byte-level BPE, as RoBERTa has them: the
// text is cut into pieces of letters, numbers, other signs and spaces; the bytes of each
// are joined, the most frequent pairs of the training first; each part left has a number.
//
// One type: [Tokenizer], read from the files of a Hugging Face directory ([FromFiles]:
// vocab.json and merges.txt; [FromTokenizer]: tokenizer.json) or from what [Tokenizer.MarshalJSON] wrote.
//
// What surprises:
//
//   - Our own code, of two hundred lines: the Go libraries that read these files bring a
//     Rust library or are no longer kept, and most of their code is other tokenizers.
//   - The expression that cuts has a look-ahead, which package regexp does not know; it is
//     a loop here. Letters and numbers are Unicode's, as this Go knows them.
//   - "<s>" in a text is three signs, not the token of that name: texts are users' words.
//   - Every text has tokens: all 256 bytes must be in the vocabulary.
package bpe
