// Command vector measures Segue's vector operator beside its peers, on one machine in one run (make bench-vector):
// libraries, embedded databases, and PostgreSQL with pgvector. setup.sh installs the peers into bin/bench-vector,
// from the pinned lists of requirements/; one that does not install is a line that says so.
//
// Its few types: subject (what is measured: a worker process, or a server behind a socket), peer (how one is started
// and in which modes it is asked), side (a subject at a setting, with the figures of its turns), one file a group of
// the cases (small, large, build, insert, huge), and report, which prints the table.
//
// Every figure is made of short turns that alternate between Segue and the peer, so that the machine's moods hit both,
// and every answer is held against brute force (truth.go). Libraries are measured in processes of their own which speak
// a protocol of a JSON object a line (worker.go; peers/serve.py): their processor time and memory are theirs alone.
// What to read is the ratio, theirs to ours: absolute figures depend on the machine and the hour.
//
// The data (data.go) are unit vectors of 2,000 clusters with power-law spectra, from a fixed seed; or those of a
// file (-vectors): raw float32, the last of them queries.
package main
