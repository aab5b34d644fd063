package catalog

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
)

// Trigger is a trigger that a user made: a row of pg_trigger.
type Trigger struct {
	OID      OID    `json:"oid"`
	Name     string `json:"name"`
	Function OID    `json:"function"`
	// Type is pg_trigger.tgtype, of parse's bits.
	Type int `json:"type"`
	// Columns are the attribute numbers of UPDATE OF.
	Columns []int16 `json:"columns,omitempty"`
	// When is the condition's text, over the rows old and new; "" for none.
	When string   `json:"when,omitempty"`
	Args []string `json:"args,omitempty"`
	// Off is DISABLE TRIGGER; else Fires says in which sessions it fires.
	Off     bool   `json:"off,omitempty"`
	Fires   string `json:"fires,omitempty"`
	Comment string `json:"comment,omitempty"`
	// OldTable and NewTable are the names of REFERENCING OLD and NEW TABLE.
	OldTable string `json:"old_table,omitempty"`
	NewTable string `json:"new_table,omitempty"`
	// Constraint is the constraint that a constraint trigger is, 0 for others; From is its FROM.
	Constraint OID  `json:"constraint,omitempty"`
	From       OID  `json:"from,omitempty"`
	Deferrable bool `json:"deferrable,omitempty"`
	Deferred   bool `json:"deferred,omitempty"` // INITIALLY DEFERRED
}

// NewConstraint stands for the OID of a constraint trigger's constraint until it has one.
const NewConstraint OID = 1

// In which sessions a trigger that is on fires: in ordinary ones, in those of session_replication_role = replica, in all.
const (
	FiresOnOrigin  = ""
	FiresOnReplica = "R"
	FiresAlways    = "A"
)

// FiresIn says whether the trigger fires in a session, of replica's role or not.
func (t *Trigger) FiresIn(replica bool) bool {
	return !t.Off && (t.Fires == FiresAlways || (t.Fires == FiresOnReplica) == replica)
}

// enabled is pg_trigger.tgenabled.
func (t *Trigger) enabled() byte {
	switch {
	case t.Off:
		return 'D'
	case t.Fires == FiresOnOrigin:
		return 'O'
	}
	return t.Fires[0]
}

// ForRow says that it fires for each row.
func (t *Trigger) ForRow() bool { return t.Type&parse.TriggerRow != 0 }

// When a trigger fires.
const (
	FiresBefore  = "BEFORE"
	FiresAfter   = "AFTER"
	FiresInstead = "INSTEAD OF"
)

// Moment is when it fires.
func (t *Trigger) Moment() string {
	switch {
	case t.Type&parse.TriggerBefore != 0:
		return FiresBefore
	case t.Type&parse.TriggerInstead != 0:
		return FiresInstead
	}
	return FiresAfter
}

// Instead says whether a view has an INSTEAD OF trigger for an event. One that is switched off counts.
func (t *Table) Instead(event int) bool {
	return slices.ContainsFunc(t.Triggers, func(x Trigger) bool { return x.Moment() == FiresInstead && x.Type&event != 0 })
}

// Event is the word of an event, "" for several.
func TriggerEvent(event int) string {
	return map[int]string{parse.TriggerInsert: "INSERT", parse.TriggerDelete: "DELETE", parse.TriggerUpdate: "UPDATE",
		parse.TriggerTruncate: "TRUNCATE"}[event]
}

// Trigger finds a trigger by its name, -1 for none.
func (t *Table) Trigger(name string) int {
	return slices.IndexFunc(t.Triggers, func(x Trigger) bool { return x.Name == name })
}

// TriggerByOID finds a user's trigger.
func (s *Snapshot) TriggerByOID(oid OID) (*Table, *Trigger) {
	for _, t := range s.userTables() {
		for i := range t.Triggers {
			if t.Triggers[i].OID == oid {
				return t, &t.Triggers[i]
			}
		}
	}
	return nil, nil
}

// TriggerDefinition is pg_get_triggerdef; pretty leaves the table's schema out where its name alone finds it. ok is false
// when there is no trigger of that OID that a user made.
func (s *Snapshot) TriggerDefinition(views ViewReader, path []string, oid OID, pretty bool) (string, bool) {
	t, tr := s.TriggerByOID(oid)
	if t == nil {
		return "", false
	}
	on := quoteName(s.schemaName(t.Schema), t.Name)
	if pretty {
		on, _ = RelationName(s, path, t.OID)
	}
	var events []string
	for _, e := range []int{parse.TriggerInsert, parse.TriggerDelete, parse.TriggerUpdate, parse.TriggerTruncate} {
		if tr.Type&e == 0 {
			continue
		}
		word := TriggerEvent(e)
		if e == parse.TriggerUpdate && len(tr.Columns) > 0 {
			var names []string
			for _, att := range tr.Columns {
				if o := t.Ordinal(att); o >= 0 {
					names = append(names, parse.QuoteIdent(t.Columns[o].Name))
				}
			}
			word += " OF " + strings.Join(names, ", ")
		}
		events = append(events, word)
	}
	kind := "TRIGGER "
	if tr.Constraint != 0 {
		kind = "CONSTRAINT TRIGGER "
	}
	out := "CREATE " + kind + parse.QuoteIdent(tr.Name) + " " + tr.Moment() + " " + strings.Join(events, " OR ") + " ON " + on + " " +
		s.constraintClause(path, tr) + referencingClause(tr)
	if tr.ForRow() {
		out += "FOR EACH ROW "
	} else {
		out += "FOR EACH STATEMENT "
	}
	if tr.When != "" {
		out += "WHEN (" + triggerWhen(views, t, tr, pretty) + ") "
	}
	call, _ := ProcedureName(s, path, tr.Function)
	args := make([]string, len(tr.Args))
	for i, a := range tr.Args {
		args[i] = parse.QuoteLiteral(a)
	}
	return out + "EXECUTE FUNCTION " + strings.TrimSuffix(call, "()") + "(" + strings.Join(args, ", ") + ")", true
}

// constraintClause is what only a constraint trigger's definition has.
func (s *Snapshot) constraintClause(path []string, tr *Trigger) string {
	if tr.Constraint == 0 {
		return ""
	}
	out := ""
	if from := s.TableByOID(tr.From); from != nil {
		name, _ := RelationName(s, path, from.OID)
		out = "FROM " + name + " "
	}
	if !tr.Deferrable {
		out += "NOT "
	}
	if tr.Deferred {
		return out + "DEFERRABLE INITIALLY DEFERRED "
	}
	return out + "DEFERRABLE INITIALLY IMMEDIATE "
}

func referencingClause(tr *Trigger) string {
	out := ""
	if tr.OldTable != "" {
		out += "OLD TABLE AS " + parse.QuoteIdent(tr.OldTable) + " "
	}
	if tr.NewTable != "" {
		out += "NEW TABLE AS " + parse.QuoteIdent(tr.NewTable) + " "
	}
	if out != "" {
		out = "REFERENCING " + out
	}
	return out
}

// userTriggerRows are users' triggers in pg_trigger.
func userTriggerRows(env *VirtualEnv, w *rowWriter, t *Table) {
	for i := range t.Triggers {
		tr := &t.Triggers[i]
		args := ""
		for _, a := range tr.Args {
			args += a + "\x00"
		}
		w.no("tgisinternal").oid("oid", tr.OID).oid("tgrelid", t.OID).str("tgname", tr.Name).oid("tgfoid", tr.Function).
			int("tgtype", int64(tr.Type)).char("tgenabled", tr.enabled()).
			oid("tgconstrrelid", tr.From).zero("tgconstrindid").
			oid("tgconstraint", tr.Constraint).bool("tgdeferrable", tr.Deferrable).bool("tginitdeferred", tr.Deferred).
			int("tgnargs", int64(len(tr.Args))).set("tgattr", int2Vector(tr.Columns)).
			set("tgargs", datum.NewString(args))
		if tr.When != "" {
			w.str("tgqual", triggerWhen(env.Views, t, tr, false))
		}
		w.optional("tgoldtable", tr.OldTable).optional("tgnewtable", tr.NewTable)
		w.end()
	}
}

// triggerWhen is a trigger's condition as PostgreSQL writes it.
func triggerWhen(views ViewReader, t *Table, tr *Trigger, pretty bool) string {
	if views == nil {
		return tr.When
	}
	return views.When(t, tr, pretty)
}

// infoTriggerRows are information_schema.triggers: a row for each event.
func infoTriggerRows(env *VirtualEnv, w *rowWriter) {
	for _, t := range env.Snapshot.userTables() {
		for i := range t.Triggers {
			tr := &t.Triggers[i]
			for _, e := range []int{parse.TriggerInsert, parse.TriggerDelete, parse.TriggerUpdate} {
				if tr.Type&e == 0 {
					continue
				}
				def, _ := env.Snapshot.TriggerDefinition(env.Views, env.Session.Path(), tr.OID, false)
				level := "STATEMENT"
				if tr.ForRow() {
					level = "ROW"
				}
				w.str("trigger_catalog", env.Session.Database).str("trigger_schema", env.Snapshot.schemaName(t.Schema)).
					str("trigger_name", tr.Name).str("event_manipulation", TriggerEvent(e)).
					str("event_object_catalog", env.Session.Database).str("event_object_schema", env.Snapshot.schemaName(t.Schema)).
					str("event_object_table", t.Name).int("action_order", env.Snapshot.triggerOrder(t, tr, e)).
					str("action_statement", def[strings.Index(def, "EXECUTE FUNCTION"):]).str("action_orientation", level).
					str("action_timing", tr.Moment()).
					optional("action_reference_old_table", tr.OldTable).optional("action_reference_new_table", tr.NewTable)
				if tr.When != "" {
					w.str("action_condition", triggerWhen(env.Views, t, tr, false))
				}
				w.end()
			}
		}
	}
}

// triggerOrder is a trigger's place among those of its table that fire at the same moment.
func (s *Snapshot) triggerOrder(t *Table, tr *Trigger, event int) int64 {
	const moment = parse.TriggerRow | parse.TriggerBefore | parse.TriggerInstead
	n := int64(1)
	for i := range t.Triggers {
		o := &t.Triggers[i]
		if o.Type&moment == tr.Type&moment && o.Type&event != 0 && o.Name < tr.Name {
			n++
		}
	}
	return n
}

// triggerDependencies: a trigger is part of its table and needs its function.
func triggerDependencies(t *Table) []dependency {
	var out []dependency
	for i := range t.Triggers {
		tr := &t.Triggers[i]
		self := object{triggerClassOID, tr.OID, 0}
		out = append(out, dependency{self, object{procClassOID, tr.Function, 0}, 'n'})
		if tr.Constraint != 0 {
			constraint := object{constraintClassOID, tr.Constraint, 0}
			out = append(out, dependency{self, constraint, 'i'}, dependency{constraint, relationObject(t.OID, 0), 'a'})
		} else {
			out = append(out, dependency{self, relationObject(t.OID, 0), 'a'})
		}
		if tr.From != 0 {
			out = append(out, dependency{self, relationObject(tr.From, 0), 'a'})
		}
		for _, att := range tr.reads(t) {
			out = append(out, dependency{self, relationObject(t.OID, att), 'n'})
		}
	}
	return out
}

// reads are the columns that a trigger names, in UPDATE OF and in WHEN.
func (t *Trigger) reads(of *Table) []int16 {
	out := slices.Clone(t.Columns)
	for _, att := range ColumnsIn(of, t.When) {
		if !slices.Contains(out, att) {
			out = append(out, att)
		}
	}
	return out
}

// Names says whether a trigger of a table names a column.
func (t *Trigger) Names(of *Table, att int16) bool { return slices.Contains(t.reads(of), att) }

// describeUserTrigger names a trigger as messages do.
func (s *Snapshot) describeUserTrigger(path []string, oid OID) (string, bool) {
	t, tr := s.TriggerByOID(oid)
	if t == nil {
		return "", false
	}
	on, ok := s.describeRelation(path, t.OID, 0)
	return "trigger " + tr.Name + " on " + on, ok
}

// TriggerName is a trigger as messages name it.
func TriggerName(tr *Trigger, table string) string {
	return "trigger " + tr.Name + " on table " + table
}
