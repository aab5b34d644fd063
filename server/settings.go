package server

import (
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/charset"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/relation"
	"github.com/seguedb/segue/query/sqlstate"
)

// settingValues is what a session changed. It is never modified: SET makes a copy, so that a
// transaction and its savepoints remember theirs by keeping the old one.
type settingValues struct {
	known bool // told from the zero value
	set   map[string]string
	local map[string]string // the values that end with the transaction's SET LOCALs; "" is the preset
}

// settings are a session's run-time parameters.
type settings struct {
	values   settingValues
	atStart  map[string]string // of the startup packet: what RESET goes back to
	system   *systemSettings   // of ALTER SYSTEM, beneath it
	reported map[string]string // as the client was last told

	reportedAt reportKey

	holder *relation.Holder // is told lock_timeout and deadlock_timeout

	encoding *charset.Encoding // client_encoding

	zone     *time.Location // TimeZone\'s rules
	zoneName string

	forPlans string // the values that a plan depends on, one after the other: it is compared for every statement
	changes  int    // how often any value was set

	// What every statement asks for.
	appName           string
	isolation         string
	readOnly          bool
	workMemBytes      int64
	tempLimitBytes    int64 // 0 is none
	statementTimeout  time.Duration
	idleTimeout       time.Duration // outside a block
	idleInTransaction time.Duration // in one
}

// reportKey changes when a reported value may have.
type reportKey struct {
	changes int
	user    string
	role    catalog.OID
}

func newSettings(user, applicationName string, holder *relation.Holder) settings {
	start := map[string]string{"session_authorization": user}
	if applicationName != "" {
		start["application_name"], _ = printable(applicationName)
	}
	s := settings{values: settingValues{known: true}, atStart: start, holder: holder}
	s.restore(s.values)
	return s
}

// get returns the value of a parameter that exists; name is in lower case.
func (s *settings) get(name string) string {
	if v, ok := s.values.set[name]; ok {
		return v
	}
	return s.presetOf(name)
}

func (s *settings) presetOf(name string) string {
	if v, ok := s.atStart[name]; ok {
		return v
	}
	if s.system != nil {
		if v, ok := s.system.values[name]; ok {
			return v
		}
	}
	if d := settingsByName[name]; d != nil {
		return d.preset
	}
	return ""
}

// put sets a checked value. A local one is taken back at the transaction's end.
func (s *settings) put(name, value string, local bool) {
	v := settingValues{known: true, set: maps.Clone(s.values.set), local: s.values.local}
	if v.set == nil {
		v.set = map[string]string{}
	}
	if _, noted := v.local[name]; local && !noted {
		v.local = maps.Clone(v.local)
		if v.local == nil {
			v.local = map[string]string{}
		}
		v.local[name] = s.get(name)
	}
	if _, noted := v.local[name]; !local && noted {
		v.local = maps.Clone(v.local)
		v.local[name] = value
	}
	v.set[name] = value
	s.restore(v)
}

// endLocal takes SET LOCAL's values back.
func (s *Session) endLocal() {
	local := s.settings.values.local
	if len(local) == 0 {
		return
	}
	v := settingValues{known: true, set: maps.Clone(s.settings.values.set)}
	maps.Copy(v.set, local)
	s.restoreSettings(v)
}

func (s *settings) restore(v settingValues) {
	s.values = v
	s.statementTimeout = s.duration("statement_timeout")
	s.idleTimeout, s.idleInTransaction = s.duration("idle_session_timeout"), s.duration("idle_in_transaction_session_timeout")
	s.appName, s.isolation = s.get("application_name"), s.get("default_transaction_isolation")
	s.readOnly = s.get("default_transaction_read_only") == "on"
	kb, _ := strconv.ParseInt(s.get("work_mem"), 10, 64)
	s.workMemBytes = kb << 10
	kb, _ = strconv.ParseInt(s.get("temp_file_limit"), 10, 64)
	s.tempLimitBytes = max(kb, 0) << 10
	s.holder.LockTimeout, s.holder.DeadlockTimeout = s.duration("lock_timeout"), s.duration("deadlock_timeout")
	s.holder.Replica = s.get("session_replication_role") == "replica"
	s.changes++
	var forPlans strings.Builder
	for _, name := range planSettings {
		forPlans.WriteString(s.get(name))
		forPlans.WriteByte(0)
	}
	s.forPlans = forPlans.String()
	s.loadZone()
	if s.encoding = charset.Lookup(s.get("client_encoding")); s.encoding == nil {
		s.encoding = charset.UTF8
	}
}

// planSettings are those that names and values are read by, and those that choose between plans.
var planSettings = func() (names []string) {
	names = []string{"search_path", "timezone", "datestyle", "segue.hub_correction", "segue.recall"}
	for _, d := range allSettings {
		if strings.HasPrefix(d.name, "enable_") {
			names = append(names, d.name)
		}
	}
	return names
}()

// loadZone finds TimeZone's rules, which are read from a file: when it changes, not for every statement.
func (s *settings) loadZone() {
	name := s.get("timezone")
	if s.zone != nil && s.zoneName == name {
		return
	}
	loc, err := location(name)
	if err != nil {
		loc = time.UTC
	}
	s.zone, s.zoneName = loc, name
}

// duration is the value of a parameter in milliseconds.
func (s *settings) duration(name string) time.Duration {
	ms, _ := strconv.ParseInt(s.get(name), 10, 64)
	return time.Duration(ms) * time.Millisecond
}

// datumEnv is how values are read and written under these settings.
func (s *settings) datumEnv(now time.Time, names datum.Names) *datum.Env {
	digits, _ := strconv.Atoi(s.get("extra_float_digits"))
	env := &datum.Env{
		Location: s.zone, Now: now, ExtraFloatDigits: digits, ByteaEscape: s.get("bytea_output") == "escape",
		IntervalStyle: s.get("intervalstyle"), DateStyle: s.get("datestyle"), Names: names,
	}
	if s.encoding.Converts() {
		env.Charset = s.encoding
	}
	return env
}

// set is SET for one parameter, by its name in any case.
func (s *Session) set(name, value string, local bool) error {
	key := strings.ToLower(name)
	if d := settingsByName[key]; d != nil && d.context == "superuser" && !s.Snapshot().Superuser(s.info.Role) {
		return sqlstate.New(sqlstate.InsufficientPrivilege, "permission denied to set parameter %q", key)
	}
	value, err := checkSetting(key, value, s.settings.presetOf(key))
	if err != nil {
		return err
	}
	if key == "transaction_isolation" || key == "transaction_read_only" {
		return s.transactionOption(key, value)
	}
	if isRole(key) {
		if err := s.setRole(key, value); err != nil {
			return err
		}
	}
	s.settings.put(key, value, local)
	s.env = nil
	switch {
	case isRole(key):
		s.afterRole(key, local)
		s.become()
		s.applySearchPath()
	case key == "search_path":
		s.applySearchPath()
	}
	return nil
}

// checkSetting validates a value for a parameter and gives it in normal form.
func checkSetting(key, value, preset string) (string, error) {
	d := settingsByName[key]
	switch {
	case d == nil && strings.Contains(key, "."):
		if strings.HasPrefix(key, "segue.") {
			return "", unrecognised(key)
		}
		if !customName(key) {
			return "", sqlstate.New(sqlstate.InvalidName, "invalid configuration parameter name %q", key).
				WithDetail("Custom parameter names must be two or more simple identifiers separated by dots.")
		}
		return value, nil // a customised option: a place to keep a value, as in Postgres
	case d == nil:
		return "", unrecognised(key)
	case d.internal:
		return "", d.cannotChange()
	case d.fixed:
		if sameSetting(d, value, preset) {
			return preset, nil
		}
		return "", sqlstate.New(sqlstate.FeatureNotSupported, "parameter %q can only be %q", d.name, preset)
	case d.check != nil:
		return d.check(value)
	}
	return value, nil
}

// sameSetting says whether a value spells a fixed parameter's only one.
func sameSetting(d *setting, value, preset string) bool {
	if strings.EqualFold(value, preset) {
		return true
	}
	switch d.kind {
	case "bool":
		v, err := boolean(d.name)(value)
		return err == nil && v == preset
	case "integer":
		n, _, ok := parseInteger(value, d.unit)
		return ok && strconv.FormatInt(n, 10) == preset
	}
	return strings.HasPrefix(d.name, "lc_") && slices.Contains([]string{"", "c.utf-8", "c.utf8", "posix", "en_us.utf-8", "en_us.utf8"},
		strings.ToLower(value))
}

func unrecognised(name string) error {
	return sqlstate.New(sqlstate.UndefinedObject, "unrecognized configuration parameter %q", name)
}

// reset is RESET and SET … TO DEFAULT.
func (s *Session) reset(name string, local bool) error {
	key := strings.ToLower(name)
	if _, custom := s.settings.values.set[key]; settingsByName[key] == nil && !custom {
		return unrecognised(name)
	}
	if d := settingsByName[key]; d != nil && d.internal {
		return d.cannotChange()
	}
	s.settings.put(key, s.settings.presetOf(key), local)
	s.env = nil
	s.afterRole(key, local)
	s.become()
	s.applySearchPath()
	return nil
}

// resetAll is RESET ALL.
func (s *Session) resetAll() {
	s.restoreSettings(settingValues{known: true})
}

// showSetting is SHOW's text for a parameter, with the unit that reads best.
func (s *Session) showSetting(name string) (string, bool) {
	key := strings.ToLower(name)
	v, ok := s.plainSetting(key)
	if d := settingsByName[key]; d != nil {
		v = withBestUnit(v, d.unit)
	}
	return v, ok
}

// plainSetting is a parameter's value in its own unit, by its name in lower case.
func (s *Session) plainSetting(key string) (string, bool) {
	switch key {
	case "transaction_isolation":
		if s.txn.isolation != "" {
			return s.txn.isolation, true
		}
		return s.settings.get("default_transaction_isolation"), true
	case "transaction_read_only":
		if s.txn.tx != nil || s.txn.readOnly {
			return onOff(s.txn.readOnly), true
		}
		return s.settings.get("default_transaction_read_only"), true
	case "ssl":
		return onOff(s.engine.certificate != nil), true
	case "is_superuser":
		return onOff(s.Snapshot().Superuser(s.info.Role)), true
	case "max_connections":
		return strconv.Itoa(s.engine.maxConnections()), true
	case "shared_buffers":
		return strconv.Itoa(s.engine.config.cacheMiB() << 10), true
	case "superuser_reserved_connections":
		return strconv.Itoa(s.engine.reservedConnections()), true
	case "listen_addresses":
		host, _ := s.engine.address()
		return host, true
	case "port":
		_, port := s.engine.address()
		return port, true
	case "unix_socket_directories":
		return s.engine.config.SocketDir, true
	}
	if settingsByName[key] == nil {
		v, ok := s.settings.values.set[key]
		return v, ok
	}
	return s.settings.get(key), true
}

func onOff(b bool) string {
	if b {
		return "on"
	}
	return "off"
}

// withBestUnit prints a number in the largest unit that holds it whole, as SHOW does.
func withBestUnit(value, unit string) string {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n <= 0 || unit == "" {
		return value
	}
	steps := []struct {
		unit string
		size int64
	}{{"d", 86_400_000}, {"h", 3_600_000}, {"min", 60_000}, {"s", 1000}, {"ms", 1}}
	switch unit {
	case "s":
		n *= 1000
	case "min":
		n *= 60_000
	case "8kB":
		n *= 8
	}
	if strings.HasSuffix(unit, "kB") {
		steps = steps[:0]
		for i, u := range []string{"TB", "GB", "MB", "kB"} {
			steps = append(steps, struct {
				unit string
				size int64
			}{u, 1 << (10 * (3 - i))})
		}
	}
	for _, st := range steps {
		if n%st.size == 0 {
			return strconv.FormatInt(n/st.size, 10) + st.unit
		}
	}
	return value
}

// restoreSettings goes back to the settings of an earlier moment.
func (s *Session) restoreSettings(v settingValues) {
	s.settings.restore(v)
	s.env = nil
	s.become()
	s.applySearchPath()
}

// applySearchPath resolves search_path: "$user" is the user's name.
func (s *Session) applySearchPath() {
	names, _ := catalog.SplitIdentifiers(s.settings.get("search_path"))
	for i, n := range names {
		if n == "$user" {
			names[i] = s.info.User
		}
	}
	s.info.SearchPath = names
}

// setStatement runs SET and RESET.
func (s *Session) setStatement(n *parse.SetStmt) (tag string, err error) {
	switch {
	case n.All:
		s.resetAll()
		return "RESET", nil
	case n.Special != "":
		return "SET", s.setTransaction(n)
	}
	if n.Local && !s.txn.block && s.within == nil {
		s.Notice("WARNING", sqlstate.New(sqlstate.NoActiveSQLTransaction, "SET LOCAL can only be used in transaction blocks"))
	}
	s.ensureTransaction()
	if n.Default {
		tag = "SET"
		if n.Reset {
			tag = "RESET"
		}
		return tag, s.reset(n.Name, n.Local)
	}
	value, err := "", error(nil)
	if n.Interval {
		value, err = s.zoneInterval(n.Args[0])
	} else {
		value, err = setValue(n)
	}
	if err != nil {
		return "", err
	}
	return "SET", s.set(n.Name, value, n.Local)
}

// setTransaction is SET TRANSACTION and SET SESSION CHARACTERISTICS AS TRANSACTION.
func (s *Session) setTransaction(n *parse.SetStmt) error {
	if n.Special == "transaction snapshot" {
		return s.importSnapshot(n)
	}
	if n.Special == "transaction" {
		if !s.txn.block {
			s.Notice("WARNING", sqlstate.New(sqlstate.NoActiveSQLTransaction, "SET TRANSACTION can only be used in transaction blocks"))
			return nil
		}
		return s.transactionOptions(n.Options)
	}
	for _, o := range n.Options {
		v, err := constText(o.Val)
		if err != nil {
			return err
		}
		if err := s.set("default_"+o.Name, v, false); err != nil {
			return err
		}
	}
	return nil
}

// setValue joins SET's values: lists are for search_path and DateStyle.
func setValue(n *parse.SetStmt) (string, error) {
	parts := make([]string, len(n.Args))
	for i, a := range n.Args {
		v, err := constText(a)
		if err != nil {
			return "", err
		}
		if k, ok := a.(*parse.Const); ok && k.Kind == parse.ConstString && n.Name == "search_path" {
			v = parse.QuoteIdent(v)
		}
		parts[i] = v
	}
	return strings.Join(parts, ", "), nil
}

// constText is the text of a constant or a bare word.
func constText(e parse.Expr) (string, error) {
	switch x := e.(type) {
	case *parse.Const:
		return x.Val, nil
	case *parse.ColumnRef:
		return strings.Join(x.Name, "."), nil
	}
	return "", sqlstate.New(sqlstate.FeatureNotSupported, "only constants can be set")
}

// reportParameters tells the client's parameters that changed since it was last told.
func (s *Session) reportParameters(report func(name, value string)) {
	now := reportKey{s.settings.changes, s.info.User, s.info.Role}
	if now == s.settings.reportedAt {
		return // every statement asks
	}
	s.settings.reportedAt = now
	if s.settings.reported == nil {
		s.settings.reported = map[string]string{}
	}
	for i := range allSettings {
		d := &allSettings[i]
		if !d.report {
			continue
		}
		v, _ := s.plainSetting(strings.ToLower(d.name))
		if last, told := s.settings.reported[d.name]; !told || last != v {
			s.settings.reported[d.name] = v
			report(d.name, v)
		}
	}
}

// settingRow is a parameter as a row of pg_settings.
func (s *Session) settingRow(d *setting) map[string]datum.Datum {
	text := func(v string) datum.Datum { return datum.NewString(v) }
	key := strings.ToLower(d.name)
	value, _ := s.plainSetting(key)
	row := map[string]datum.Datum{
		"name": text(d.name), "setting": text(value), "category": text(d.category), "short_desc": text(d.about),
		"context": text(contextOf(d)), "vartype": text(d.kind), "source": text("default"), "boot_val": text(d.preset),
		"reset_val": text(s.settings.presetOf(key)), "pending_restart": datum.NewBool(false),
	}
	if d.unit != "" {
		row["unit"] = text(d.unit)
	}
	_, atStart := s.settings.atStart[key]
	_, changed := s.settings.values.set[key]
	if line := s.settings.system.systemSource(key); line > 0 && !atStart && !changed {
		row["source"], row["sourceline"] = text("configuration file"), datum.NewInt(int64(line))
		row["sourcefile"] = text(filepath.Join(s.engine.config.DataDir, systemFile))
	}
	if changed {
		row["source"] = text("session")
	}
	if d.low != 0 || d.high != 0 {
		row["min_val"], row["max_val"] = text(strconv.FormatInt(d.low, 10)), text(strconv.FormatInt(d.high, 10))
	}
	if len(d.options) > 0 {
		values := make([]datum.Datum, len(d.options))
		for i, o := range d.options {
			values[i] = text(o)
		}
		row["enumvals"] = datum.ArrayFrom(datum.Text, values)
	}
	return row
}

func contextOf(d *setting) string {
	switch {
	case d.context != "":
		return d.context
	case d.restart:
		return "postmaster"
	case d.internal:
		return "internal"
	}
	return "user"
}

// asRow puts named values into a relation's column order; what is not named is NULL.
func asRow(t *catalog.Table, values map[string]datum.Datum) []datum.Datum {
	row := make([]datum.Datum, len(t.Columns))
	for i := range t.Columns {
		row[i] = values[t.Columns[i].Name]
	}
	return row
}
