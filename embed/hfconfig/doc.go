// Package hfconfig reads the JSON files of a Hugging Face directory strictly: a field
// that asks for what is not done, or that nobody here knows, is refused by its name,
// because a model that is nearly the right one gives vectors that look right.
//
// [Object] reads a file's fields, [Rules] say which there may be. What the fields mean
// is the families' business (embed/mert, embed/clap).
package hfconfig
