package catalog

import (
	"slices"
	"strings"
)

// eventObjects are the kinds of objects whose CREATE, ALTER and DROP are commands that event triggers know.
var eventObjects = []string{"AGGREGATE", "CAST", "COLLATION", "CONVERSION", "DOMAIN", "EXTENSION", "FOREIGN DATA WRAPPER",
	"FOREIGN TABLE", "FUNCTION", "INDEX", "LANGUAGE", "MATERIALIZED VIEW", "OPERATOR", "OPERATOR CLASS", "OPERATOR FAMILY",
	"POLICY", "PROCEDURE", "PUBLICATION", "ROUTINE", "RULE", "SCHEMA", "SEQUENCE", "SERVER", "STATISTICS", "SUBSCRIPTION",
	"TABLE", "TEXT SEARCH CONFIGURATION", "TEXT SEARCH DICTIONARY", "TEXT SEARCH PARSER", "TEXT SEARCH TEMPLATE", "TRANSFORM",
	"TRIGGER", "TYPE", "USER MAPPING", "VIEW", "ACCESS METHOD"}

// eventTags are the other commands that they know, quietTags those that have a tag and no events.
var (
	eventTags = []string{"ALTER CONSTRAINT", "ALTER DEFAULT PRIVILEGES", "ALTER LARGE OBJECT", "COMMENT", "CREATE TABLE AS",
		"DROP OWNED", "GRANT", "IMPORT FOREIGN SCHEMA", "REFRESH MATERIALIZED VIEW", "REVOKE", "SECURITY LABEL", "SELECT INTO"}
	quietTags = strings.Split("ALTER DATABASE,ALTER EVENT TRIGGER,ALTER ROLE,ALTER SYSTEM,ALTER TABLESPACE,ANALYZE,BEGIN,CALL,"+
		"CHECKPOINT,CLOSE,CLUSTER,COMMIT,COPY,CREATE DATABASE,CREATE EVENT TRIGGER,CREATE ROLE,CREATE TABLESPACE,DEALLOCATE,"+
		"DECLARE CURSOR,DELETE,DISCARD,DO,DROP DATABASE,DROP EVENT TRIGGER,DROP ROLE,DROP TABLESPACE,EXECUTE,EXPLAIN,FETCH,"+
		"GRANT ROLE,INSERT,LISTEN,LOAD,LOCK TABLE,MERGE,MOVE,NOTIFY,PREPARE,REASSIGN OWNED,REINDEX,RELEASE,RESET,REVOKE ROLE,"+
		"ROLLBACK,SAVEPOINT,SELECT,SET,SET CONSTRAINTS,SHOW,START TRANSACTION,TRUNCATE TABLE,UNLISTEN,UPDATE,VACUUM", ",")
)

// Rewrites says whether a command, by its tag, may write a table's rows again.
func Rewrites(tag string) bool {
	return tag == "ALTER TABLE" || tag == "ALTER TYPE" || tag == "ALTER MATERIALIZED VIEW"
}

// HasEvents says whether event triggers know a command by its tag. known says whether there is such a command at all.
func HasEvents(tag string) (has, known bool) {
	verb, object, _ := strings.Cut(tag, " ")
	switch {
	case slices.Contains(eventTags, tag):
		return true, true
	case (verb == "CREATE" || verb == "ALTER" || verb == "DROP") && slices.Contains(eventObjects, object):
		return true, true
	}
	return false, slices.Contains(quietTags, tag)
}
