package main

// #include <malloc.h>
import "C"

// trimMalloc gives back what C's allocator holds of freed memory, in every arena: Pebble's memtables, FAISS's training and ONNX
// Runtime's tensors come from it, on whatever thread they ran.
func trimMalloc() { C.malloc_trim(0) }
