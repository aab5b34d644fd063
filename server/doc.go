// Package server is the composition root, and this page the tour of the house: how a line typed into psql
// becomes rows, and which room each step is in.
//
// The life of a query:
//
//  1. server.go listens; package wire (wire/doc.go) speaks the protocol and calls the session that
//     wiresession.go opened for the connection.
//     login.go has let its user in, by the rules of accessrule.go.
//  2. The text becomes a tree: query/parse, PostgreSQL's own grammar behind a cache.
//  3. statement.go binds and optimises it into a plan (query/plan): names and types against a catalog
//     snapshot (query/catalog, query/datum), then rules, of which one turns filter + order by distance + limit
//     into a VectorSearch. BEGIN, SET, SHOW, PREPARE and their kin have no plan: utility.go, setting.go,
//     settings.go and transaction.go carry them out.
//  4. portal.go runs the plan: query/exec pulls batches through operators and the functions of
//     query/exec/builtin, over one statement's snapshot of query/relation, which keeps tables in package
//     storage (storage/FORMAT.md draws every key).
//  5. A VectorSearch asks package vector, which scans mapped segments and the unsealed tail with
//     vector/kernel; vector/faiss is its independent oracle.
//  6. embed('x.wav') goes through embedder.go to package embed: embed/audio decodes and resamples, embed/onnx
//     runs the model (embed/music holds its graph, or embed/dsp or embed/mert wrote it), a content-hash cache remembers.
//     rebuilds.go has a column's embeddings made again by another model, in the background.
//  7. wiresession.go turns batches into DataRows, text or binary; a COPY's rows come and go the same way, and
//     copyprogress.go counts them.
//
// Its few types: Engine (the database without sockets), Session (one conversation), Statement (prepared),
// Portal (being run), Server (an Engine with its doors open), Config. The embedded API of the module's root
// uses the first four directly.
//
// What surprises: a transaction is begun lazily by the first statement that needs one; a statement that writes
// runs to its end before its first row goes out, so that READ COMMITTED can start it again on a fresh snapshot
// when another transaction got there first; errors get their SQLSTATE where they are born and only their form
// here (errors.go).
package server
