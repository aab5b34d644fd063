package server

import "github.com/seguedb/segue/query/exec/builtin"

// Version is Segue's own version; serverVersion is the Postgres that clients take it for.
const Version = builtin.Version
