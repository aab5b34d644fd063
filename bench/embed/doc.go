// Command embed measures how fast Segue embeds audio with a full-size MERT-95M (make bench-embed). The weights are
// generated from their names, so nothing is downloaded; such a model is as slow as the real one and knows no music.
//
// Its few types: subject (a graph with its sessions and callers, the plain graph of an exporter among them), cost (wall
// and processor time), and report, which prints a figure beside what it has to be. One file a measurement: race (our
// graphs beside the plain one, in turns that alternate), ingest (a COPY through a real server), memory (a process with
// two sessions), decode (every format to mono at the model's rate).
//
// What to read is the ratio, and of it the one of processor time: absolute figures depend on the machine and on who else
// is at it.
package main
