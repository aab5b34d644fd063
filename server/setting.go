package server

import (
	"slices"
	"strconv"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/query/textsearch"
)

// setting is one run-time parameter. A parameter that Segue gives no meaning to beyond one value takes
// that value only, and says so: nothing is accepted and ignored.
type setting struct {
	name     string // in the case that SHOW prints
	preset   string
	kind     string // bool, integer, real, string, enum: pg_settings.vartype
	unit     string
	category string
	about    string
	options  []string // of an enum
	report   bool     // told to clients by ParameterStatus
	context  string   // pg_settings.context where neither internal nor restart nor the user's
	internal bool     // cannot be set at all
	restart  bool     // internal, but for a flag of the server
	fixed    bool     // takes its preset only
	low      int64    // of an integer that can be set, as high
	high     int64
	check    func(value string) (string, error) // normalises; nil keeps the text
}

const (
	catClient  = "Client Connection Defaults / Statement Behavior"
	catLocale  = "Client Connection Defaults / Locale and Formatting"
	catPreset  = "Preset Options"
	catCompat  = "Version and Platform Compatibility / Previous PostgreSQL Versions"
	catLogging = "Reporting and Logging / What to Log"
	catLocks   = "Lock Management"
	catWrite   = "Write-Ahead Log / Settings"
	catPlanner = "Query Tuning / Planner Method Configuration"
	catMemory  = "Resource Usage / Memory"
	catDisk    = "Resource Usage / Disk"
	catSegue   = "Segue"
)

// serverVersion is what clients take us for: they choose their catalog queries by it, and ours answers
// those of PostgreSQL 15.
const (
	serverVersion    = "15.10"
	serverVersionNum = "150010"
)

// allSettings lists every parameter by the order of its name.
var allSettings = append([]setting{
	{name: "allow_system_table_mods", preset: "off", kind: "bool", category: catClient, fixed: true,
		about: "Allows modifications of the structure of system tables."},
	{name: "application_name", kind: "string", category: catLogging, report: true, check: printable,
		about: "Sets the application name to be reported in statistics and logs."},
	{name: "backslash_quote", preset: "safe_encoding", kind: "enum", category: catCompat, fixed: true,
		about: "Sets whether \"\\'\" is allowed in string literals."},
	{name: "block_size", preset: "8192", kind: "integer", category: catPreset, internal: true,
		about: "Shows the size of a disk block."},
	{name: "bytea_output", preset: "hex", kind: "enum", category: catClient, options: []string{"escape", "hex"},
		check: oneOf("bytea_output", "escape", "hex"), about: "Sets the output format for bytea."},
	{name: "check_function_bodies", preset: "on", kind: "bool", category: catClient, check: boolean("check_function_bodies"),
		about: "Check routine bodies during CREATE FUNCTION and CREATE PROCEDURE."},
	{name: "client_encoding", preset: "UTF8", kind: "string", category: catLocale, report: true, check: clientEncoding,
		about: "Sets the client's character set encoding."},
	{name: "client_min_messages", preset: "notice", kind: "enum", category: catClient,
		options: messageLevels, check: messageLevel, about: "Sets the message levels that are sent to the client."},
	{name: "DateStyle", preset: "ISO, MDY", kind: "string", category: catLocale, report: true, check: dateStyle,
		about: "Sets the display format for date and time values."},
	{name: "data_checksums", preset: "on", kind: "bool", category: catPreset, internal: true,
		about: "Shows whether stored data is protected by checksums."},
	{name: "debug_assertions", preset: "off", kind: "bool", category: catPreset, internal: true,
		about: "Shows whether the running server has assertion checks enabled."},
	{name: "default_statistics_target", preset: "100", kind: "integer", category: catPlanner, fixed: true,
		about: "Sets the default statistics target (rows are counted exactly)."},
	{name: "default_table_access_method", preset: "heap", kind: "string", category: catClient, fixed: true,
		about: "Sets the default table access method for new tables."},
	{name: "default_tablespace", kind: "string", category: catClient, fixed: true,
		about: "Sets the default tablespace to create tables and indexes in."},
	{name: "default_text_search_config", preset: "pg_catalog.english", kind: "string", category: catLocale,
		check: textSearchConfig, about: "Sets default text search configuration."},
	{name: "default_transaction_deferrable", preset: "off", kind: "bool", category: catClient,
		check: boolean("default_transaction_deferrable"), about: "Sets the default deferrable status of new transactions."},
	{name: "default_transaction_isolation", preset: "read committed", kind: "enum", category: catClient, report: false,
		options: isolationLevels, check: oneOf("default_transaction_isolation", isolationLevels...),
		about: "Sets the transaction isolation level of each new transaction; serializable runs as repeatable read."},
	{name: "default_transaction_read_only", preset: "off", kind: "bool", category: catClient, report: true,
		check: boolean("default_transaction_read_only"), about: "Sets the default read-only status of new transactions."},
	{name: "enable_bitmapscan", preset: "on", kind: "bool", category: catPlanner, check: boolean("enable_bitmapscan"),
		about: "Enables the planner's use of bitmap-scan plans."},
	{name: "enable_hashagg", preset: "on", kind: "bool", category: catPlanner, check: boolean("enable_hashagg"),
		about: "Enables the planner's use of hashed aggregation plans."},
	{name: "enable_hashjoin", preset: "on", kind: "bool", category: catPlanner, check: boolean("enable_hashjoin"),
		about: "Enables the planner's use of hash join plans."},
	{name: "enable_incremental_sort", preset: "on", kind: "bool", category: catPlanner,
		check: boolean("enable_incremental_sort"), about: "Enables the planner's use of incremental sort steps."},
	{name: "enable_indexonlyscan", preset: "on", kind: "bool", category: catPlanner, check: boolean("enable_indexonlyscan"),
		about: "Enables the planner's use of index-only-scan plans (there are none)."},
	{name: "enable_indexscan", preset: "on", kind: "bool", category: catPlanner, check: boolean("enable_indexscan"),
		about: "Enables the planner's use of index-scan plans."},
	{name: "enable_material", preset: "on", kind: "bool", category: catPlanner, check: boolean("enable_material"),
		about: "Enables the planner's use of materialization."},
	{name: "enable_memoize", preset: "on", kind: "bool", category: catPlanner, check: boolean("enable_memoize"),
		about: "Enables the planner's use of memoization."},
	{name: "enable_mergejoin", preset: "on", kind: "bool", category: catPlanner, check: boolean("enable_mergejoin"),
		about: "Enables the planner's use of merge join plans."},
	{name: "enable_nestloop", preset: "on", kind: "bool", category: catPlanner, check: boolean("enable_nestloop"),
		about: "Enables the planner's use of nested-loop join plans."},
	{name: "enable_seqscan", preset: "on", kind: "bool", category: catPlanner, check: boolean("enable_seqscan"),
		about: "Enables the planner's use of sequential-scan plans."},
	{name: "enable_sort", preset: "on", kind: "bool", category: catPlanner, check: boolean("enable_sort"),
		about: "Enables the planner's use of explicit sort steps."},
	{name: "constraint_exclusion", preset: "partition", kind: "enum", category: catPlanner,
		options: []string{"partition", "on", "off"}, check: oneOf("constraint_exclusion", "partition", "on", "off"),
		about: "Enables the planner to use constraints to optimize queries (of partitions, and there are none)."},
	{name: "escape_string_warning", preset: "on", kind: "bool", category: catCompat, check: boolean("escape_string_warning"),
		about: "Warn about backslash escapes in ordinary string literals (which have none)."},
	{name: "join_collapse_limit", preset: "8", kind: "integer", category: "Query Tuning / Other Planner Options", low: 1,
		high: maxInt, check: ranged("join_collapse_limit", "", 1, maxInt),
		about: "Sets the FROM-list size beyond which JOIN constructs are not flattened."},
	{name: "max_parallel_workers_per_gather", preset: "2", kind: "integer", category: catPlanner, low: 0, high: 1024,
		check: ranged("max_parallel_workers_per_gather", "", 0, 1024),
		about: "Sets the maximum number of parallel processes per executor node (a statement runs in one)."},
	{name: "extra_float_digits", preset: "1", kind: "integer", category: catLocale, low: -15, high: 3,
		check: ranged("extra_float_digits", "", -15, 3),
		about: "Sets the number of digits displayed for floating-point values."},
	{name: "hot_standby", preset: "off", kind: "bool", category: catPreset, internal: true,
		about: "Shows whether queries are possible during recovery."},
	{name: "idle_in_transaction_session_timeout", preset: "0", kind: "integer", unit: "ms", category: catClient,
		low: 0, high: maxInt, check: ranged("idle_in_transaction_session_timeout", "ms", 0, maxInt),
		about: "Sets the maximum allowed idle time between queries, when in a transaction."},
	{name: "idle_session_timeout", preset: "0", kind: "integer", unit: "ms", category: catClient,
		low: 0, high: maxInt, check: ranged("idle_session_timeout", "ms", 0, maxInt),
		about: "Sets the maximum allowed idle time between queries, when not in a transaction."},
	{name: "in_hot_standby", preset: "off", kind: "bool", category: catPreset, internal: true, report: true,
		about: "Shows whether hot standby is currently active."},
	{name: "integer_datetimes", preset: "on", kind: "bool", category: catPreset, internal: true, report: true,
		about: "Shows whether datetimes are integer based."},
	{name: "IntervalStyle", preset: "postgres", kind: "enum", category: catLocale, report: true,
		options: intervalStyles, check: oneOf("IntervalStyle", intervalStyles...),
		about: "Sets the display format for interval values."},
	{name: "jit", preset: "off", kind: "bool", category: catPlanner, fixed: true, about: "Allow JIT compilation."},
	{name: "lc_collate", preset: "C", kind: "string", category: catPreset, internal: true, about: "Shows the collation order locale."},
	{name: "lc_ctype", preset: "C", kind: "string", category: catPreset, internal: true,
		about: "Shows the character classification and case conversion locale."},
	{name: "lc_messages", preset: "C", kind: "string", category: catLocale, fixed: true,
		about: "Sets the language in which messages are displayed."},
	{name: "lc_monetary", preset: "C", kind: "string", category: catLocale, fixed: true,
		about: "Sets the locale for formatting monetary amounts."},
	{name: "lc_numeric", preset: "C", kind: "string", category: catLocale, fixed: true,
		about: "Sets the locale for formatting numbers."},
	{name: "lc_time", preset: "C", kind: "string", category: catLocale, fixed: true,
		about: "Sets the locale for formatting date and time values."},
	{name: "deadlock_timeout", preset: "1000", kind: "integer", unit: "ms", category: catLocks,
		low: 1, high: maxInt,
		check: ranged("deadlock_timeout", "ms", 1, maxInt), about: "Sets the time to wait on a lock before checking for deadlock."},
	{name: "lock_timeout", preset: "0", kind: "integer", unit: "ms", category: catClient, low: 0, high: maxInt,
		check: ranged("lock_timeout", "ms", 0, maxInt),
		about: "Sets the maximum allowed duration of any wait for a lock."},
	{name: "max_connections", preset: "100", kind: "integer", category: catPreset, internal: true,
		about: "Sets the maximum number of concurrent connections."},
	{name: "max_identifier_length", preset: "63", kind: "integer", category: catPreset, internal: true,
		about: "Shows the maximum identifier length."},
	{name: "max_index_keys", preset: "32", kind: "integer", category: catPreset, internal: true,
		about: "Shows the maximum number of index keys."},
	{name: "password_encryption", preset: "scram-sha-256", kind: "enum", category: catPreset, internal: true,
		about: "Chooses the algorithm for encrypting passwords."},
	{name: "quote_all_identifiers", preset: "off", kind: "bool", category: catCompat, check: boolean("quote_all_identifiers"),
		about: "When generating SQL fragments, quote all identifiers."},
	{name: "role", preset: "none", kind: "string", category: catClient, about: "Sets the current role."},
	{name: "row_security", preset: "on", kind: "bool", category: catClient, check: boolean("row_security"),
		about: "Enable row security (there are no policies)."},
	{name: "search_path", preset: `"$user", public`, kind: "string", category: catClient, check: searchPathText,
		about: "Sets the schema search order for names that are not schema-qualified."},
	{name: "segue.hub_correction", preset: "off", kind: "bool", category: catSegue, check: boolean("segue.hub_correction"),
		about: "Orders by similarity less what rows have of it with their neighbours, so that hubs come later."},
	{name: "segue.recall", preset: "1", kind: "real", category: catSegue, check: real("segue.recall", 0.5, 1),
		about: "Sets the recall that a similarity search must reach; 1 is exact."},
	{name: "server_encoding", preset: "UTF8", kind: "string", category: catPreset, internal: true, report: true,
		about: "Shows the server (database) character set encoding."},
	{name: "server_version", preset: serverVersion, kind: "string", category: catPreset, internal: true, report: true,
		about: "Shows the server version."},
	{name: "server_version_num", preset: serverVersionNum, kind: "integer", category: catPreset, internal: true,
		about: "Shows the server version as an integer."},
	{name: "session_replication_role", context: "superuser", preset: "origin", kind: "enum", category: catClient,
		options: replicationRoles, check: oneOf("session_replication_role", replicationRoles...),
		about: "Sets the session's behavior for triggers and foreign keys."},
	{name: "shared_buffers", preset: strconv.Itoa(defaultCacheMiB << 10), kind: "integer", unit: "kB", category: catMemory,
		internal: true, restart: true, about: "Sets the memory for caches of columns, blocks, rows and vectors (segue serve --cache-mib)."},
	{name: "ssl", preset: "off", kind: "bool", category: catPreset, internal: true,
		about: "Shows whether SSL connections are possible."},
	{name: "standard_conforming_strings", preset: "on", kind: "bool", category: catCompat, report: true, fixed: true,
		about: "Causes '...' strings to treat backslashes literally."},
	{name: "statement_timeout", preset: "0", kind: "integer", unit: "ms", category: catClient, low: 0, high: maxInt,
		check: ranged("statement_timeout", "ms", 0, maxInt),
		about: "Sets the maximum allowed duration of any statement."},
	{name: "synchronize_seqscans", preset: "off", kind: "bool", category: catCompat, fixed: true,
		about: "Enable synchronized sequential scans."},
	{name: "synchronous_commit", preset: "on", kind: "enum", category: catWrite, options: syncLevels, check: syncCommit,
		about: "Sets the current transaction's synchronization level."},
	{name: "temp_file_limit", context: "superuser", preset: "-1", kind: "integer", unit: "kB", category: catDisk, low: -1, high: maxInt,
		check: ranged("temp_file_limit", "kB", -1, maxInt),
		about: "Limits the total size of all temporary files used by each session; -1 is no limit."},
	{name: "TimeZone", preset: "UTC", kind: "string", category: catLocale, report: true, check: timeZone,
		about: "Sets the time zone for displaying and interpreting time stamps."},
	{name: "transaction_deferrable", preset: "off", kind: "bool", category: catClient,
		about: "Whether to defer a read-only serializable transaction until no serialization failure is possible."},
	{name: "transaction_isolation", preset: "read committed", kind: "enum", category: catClient, options: isolationLevels,
		check: oneOf("transaction_isolation", isolationLevels...), about: "Sets the current transaction's isolation level."},
	{name: "transaction_read_only", preset: "off", kind: "bool", category: catClient, check: boolean("transaction_read_only"),
		about: "Sets the current transaction's read-only status."},
	{name: "work_mem", preset: "262144", kind: "integer", unit: "kB", category: catMemory, low: 64, high: maxInt,
		check: ranged("work_mem", "kB", 64, maxInt),
		about: "Sets the maximum memory to be used for one sort, hash or aggregation of a query."},
	{name: "xmloption", preset: "content", kind: "enum", category: catClient, fixed: true,
		about: "Sets whether XML data in implicit parsing is to be considered as documents or content fragments."},
	{name: "is_superuser", preset: "on", kind: "bool", category: catPreset, internal: true, report: true,
		about: "Shows whether the current user is a superuser."},
	{name: "session_authorization", kind: "string", category: catClient, report: true,
		about: "Shows the session user name."},
}, slices.Concat(vectorSettings, indexBuildSettings, serverSettings)...)

var intervalStyles = []string{"postgres", "postgres_verbose", "sql_standard", "iso_8601"}

var replicationRoles = []string{"origin", "replica", "local"}

var isolationLevels = []string{"serializable", "repeatable read", "read committed", "read uncommitted"}

// isRole says whether a parameter is one that changes who the session is.
func isRole(key string) bool { return key == "role" || key == "session_authorization" }

// settingsByName finds a parameter by its lower-case name.
var settingsByName = func() map[string]*setting {
	m := make(map[string]*setting, len(allSettings))
	for i := range allSettings {
		m[strings.ToLower(allSettings[i].name)] = &allSettings[i]
	}
	return m
}()

// cannotChange refuses SET and RESET of an internal parameter.
func (d *setting) cannotChange() error {
	if d.restart {
		return sqlstate.New(sqlstate.CantChangeRuntimeParam, "parameter %q cannot be changed without restarting the server", d.name)
	}
	if d.context == "sighup" {
		return sqlstate.New(sqlstate.CantChangeRuntimeParam, "parameter %q cannot be changed now", d.name)
	}
	return sqlstate.New(sqlstate.CantChangeRuntimeParam, "parameter %q cannot be changed", d.name)
}

func invalidValue(name, value string) *sqlstate.Error {
	return sqlstate.New(sqlstate.InvalidParameterValue, "invalid value for parameter %q: %q", name, value)
}

func boolean(name string) func(string) (string, error) {
	return func(v string) (string, error) {
		if on, ok := parseBool(v); ok {
			return onOff(on), nil
		}
		return "", sqlstate.New(sqlstate.InvalidParameterValue, "parameter %q requires a Boolean value", name)
	}
}

// parseBool takes what Postgres's parse_bool does: the words or the beginnings that only one of them has.
func parseBool(v string) (on, ok bool) {
	v = strings.ToLower(v)
	begins := func(word string, atLeast int) bool { return len(v) >= atLeast && strings.HasPrefix(word, v) }
	switch {
	case begins("true", 1), begins("yes", 1), v == "on", v == "1":
		return true, true
	case begins("false", 1), begins("no", 1), begins("off", 2), v == "0":
		return false, true
	}
	return false, false
}

// messageLevel takes the spellings that the list of values does not show, too.
func messageLevel(v string) (string, error) {
	switch strings.ToLower(v) {
	case "debug":
		return "debug2", nil
	case "info":
		return "info", nil
	}
	return oneOf("client_min_messages", messageLevels...)(v)
}

var messageLevels = []string{"debug5", "debug4", "debug3", "debug2", "debug1", "log", "notice", "warning", "error"}

// syncCommit takes every level: a commit is always on disk before it is acknowledged, which is what the strongest of them
// promises where there are no standbys.
func syncCommit(v string) (string, error) {
	if on, ok := parseBool(v); ok {
		return onOff(on), nil
	}
	return oneOf("synchronous_commit", syncLevels...)(v)
}

var syncLevels = []string{"local", "remote_write", "remote_apply", "on", "off"}

func oneOf(name string, options ...string) func(string) (string, error) {
	return func(v string) (string, error) {
		for _, o := range options {
			if strings.EqualFold(v, o) {
				return o, nil
			}
		}
		err := sqlstate.New(sqlstate.InvalidParameterValue, "invalid value for parameter %q: %q", name, v)
		return "", err.WithHint("Available values: %s.", strings.Join(options, ", "))
	}
}

func printable(v string) (string, error) {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, v), nil
}

// dateStyle takes ISO output with any input order.
func dateStyle(v string) (string, error) {
	order := "MDY"
	for _, word := range strings.Split(v, ",") {
		switch w := strings.ToUpper(strings.TrimSpace(word)); w {
		case "ISO", "DEFAULT", "":
		case "MDY", "US", "NONEURO", "NONEUROPEAN":
			order = "MDY"
		case "DMY", "EURO", "EUROPEAN":
			order = "DMY"
		case "YMD":
			order = "YMD"
		case "SQL", "POSTGRES", "GERMAN":
			return "", sqlstate.New(sqlstate.FeatureNotSupported, "DateStyle %s is not supported", w).
				WithHint("Dates are printed in ISO style; MDY, DMY and YMD set how they are read.")
		default:
			return "", sqlstate.New(sqlstate.InvalidParameterValue, "invalid value for parameter %q: %q", "DateStyle", v).
				WithDetail("Unrecognized key word: %q.", strings.ToLower(w))
		}
	}
	return "ISO, " + order, nil
}

// textSearchConfig takes the name of a configuration, and qualifies it as Postgres does.
func textSearchConfig(v string) (string, error) {
	parts, err := catalog.SplitIdentifiers(v)
	name := strings.TrimPrefix(v, "pg_catalog.")
	if err != nil || len(parts) != 1 || textsearch.ConfigNamed(name) == nil {
		return "", invalidValue("default_text_search_config", v)
	}
	return "pg_catalog." + name, nil
}

func searchPathText(v string) (string, error) {
	if _, err := catalog.SplitIdentifiers(v); err != nil {
		return "", invalidValue("search_path", v)
	}
	return v, nil
}
