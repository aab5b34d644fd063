// Command sql measures Segue beside PostgreSQL 15, on one machine in one run (make bench-sql): a private server of
// each, data in a temporary directory, fsync on, the same memory, the same schema and rows. Every figure is made of
// short turns that alternate between the two, so that the machine's moods hit both, and every answer is compared.
//
// Its few types: pair (the two servers under comparison), one file a line of the table (point, copyin, commit,
// analytic, memory), and report, which prints the table. What to read is the ratio, ours to theirs: absolute
// figures depend on the machine and the hour.
package main
