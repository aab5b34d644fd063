// Package bench measures what Segue promises, each figure beside its rival in the same run: absolute times
// depend on the machine and the hour, ratios less so. `segue bench` (make bench) prints them, and RESULTS.md
// keeps the latest with the command that made them.
//
// Its few types: Options, and one function a figure: TopK (the latency of the ten-nearest query over a socket,
// of the scan alone, and of FAISS Flat) and Ingest (audio seconds a second, by model). It is not a test: it
// fails only when something breaks, or when an answer is wrong.
package bench
