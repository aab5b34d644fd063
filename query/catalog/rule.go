package catalog

import (
	"slices"
	"strconv"
	"strings"

	"github.com/seguedb/segue/query/parse"
)

// Rule is a rewrite rule that a user made on a table or view; a view's own query is no Rule.
type Rule struct {
	OID  OID    `json:"oid"`
	Name string `json:"name"`
	// Event is pg_rewrite.ev_type: '2' UPDATE, '3' INSERT, '4' DELETE.
	Event   byte `json:"event"`
	Instead bool `json:"instead,omitempty"`
	// Where is the condition's text, over the rows old and new; "" for none.
	Where string `json:"where,omitempty"`
	// Actions are statements in which relations are "$oid"."16501"; there are none for NOTHING. Uses are those relations.
	Actions []string `json:"actions,omitempty"`
	Uses    []OID    `json:"uses,omitempty"`
	// Off is DISABLE RULE; else Fires says in which sessions it counts, as a trigger's.
	Off     bool   `json:"off,omitempty"`
	Fires   string `json:"fires,omitempty"`
	Comment string `json:"comment,omitempty"`
}

// FrozenRelation is how a rule's action names a relation by its OID.
func FrozenRelation(oid OID) parse.Name {
	return parse.Name{frozenRelations, strconv.FormatUint(uint64(oid), 10)}
}

const frozenRelations = "$oid"

// Counts says whether the rule counts in a session, of replica's role or not.
func (r *Rule) Counts(replica bool) bool {
	return (&Trigger{Off: r.Off, Fires: r.Fires}).FiresIn(replica)
}

// Rule finds a rule by its name, -1 for none.
func (t *Table) Rule(name string) int {
	return slices.IndexFunc(t.Rules, func(r Rule) bool { return r.Name == name })
}

// RulesFor lists the rules of an event that count in a session, by name.
func (t *Table) RulesFor(event byte, replica bool) []*Rule {
	var out []*Rule
	for i := range t.Rules {
		if r := &t.Rules[i]; r.Event == event && r.Counts(replica) {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b *Rule) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// RuleByOID finds a user's rule.
func (s *Snapshot) RuleByOID(oid OID) (*Table, *Rule) {
	for _, t := range s.userTables() {
		for i := range t.Rules {
			if t.Rules[i].OID == oid {
				return t, &t.Rules[i]
			}
		}
	}
	return nil, nil
}

// RulesUsing lists the tables with rules whose actions name a relation, but for those of the relation itself.
func (s *Snapshot) RulesUsing(relation OID) []*Table {
	return slices.DeleteFunc(s.userTables(), func(t *Table) bool {
		return t.OID == relation || !slices.ContainsFunc(t.Rules, func(r Rule) bool { return slices.Contains(r.Uses, relation) })
	})
}

// Thawed is an action with the names that its relations have today, qualified where path does not find them.
func (s *Snapshot) Thawed(action string, path []string) (string, error) {
	return parse.RenameRelations(action, func(n parse.Name) parse.Name {
		if len(n) != 2 || n[0] != frozenRelations {
			return nil
		}
		oid, err := strconv.ParseUint(n[1], 10, 32)
		if err != nil {
			return nil
		}
		t := s.TableByOID(OID(oid))
		if t == nil {
			return nil
		}
		if visible, _ := RelationVisible(s, path, t.OID); visible {
			return parse.Name{t.Name}
		}
		return parse.Name{s.schemaName(t.Schema), t.Name}
	})
}

var ruleEvents = map[byte]string{'1': "SELECT", '2': "UPDATE", '3': "INSERT", '4': "DELETE"}

// RuleEvent is the word of an event.
func RuleEvent(event byte) string { return ruleEvents[event] }

// RuleDefinition is pg_get_ruledef; pretty leaves the table's schema out where its name alone finds it. Actions are written
// as the grammar's library writes them. ok is false when there is no rule of that OID that a user made.
func (s *Snapshot) RuleDefinition(path []string, oid OID, pretty bool) (string, bool) {
	t, r := s.RuleByOID(oid)
	if t == nil {
		return "", false
	}
	on := quoteName(s.schemaName(t.Schema), t.Name)
	if visible, _ := RelationVisible(s, path, t.OID); pretty && visible {
		on = parse.QuoteIdent(t.Name)
	}
	out := "CREATE RULE " + parse.QuoteIdent(r.Name) + " AS\n    ON " + RuleEvent(r.Event) + " TO " + on
	switch {
	case r.Where != "" && pretty:
		out += "\n   WHERE " + strings.TrimSuffix(strings.TrimPrefix(r.Where, "("), ")")
	case r.Where != "":
		out += "\n   WHERE " + r.Where
	}
	out += " DO "
	if r.Instead {
		out += "INSTEAD "
	}
	switch len(r.Actions) {
	case 0:
		out += "NOTHING"
	case 1:
		out = s.withAction(out, r.Actions[0], path)
	default:
		out += "("
		for _, a := range r.Actions {
			out = s.withAction(out, a, path) + ";\n"
		}
		out += ")"
	}
	return out + ";", true
}

// withAction adds an action to a definition. NOTIFY begins a line of its own, as get_utility_query_def has it.
func (s *Snapshot) withAction(out, action string, path []string) string {
	text, err := s.Thawed(action, path)
	if err != nil {
		text = action
	}
	if strings.HasPrefix(text, "NOTIFY") {
		return strings.TrimRight(out, " ") + "\n " + text
	}
	return out + " " + text
}

// userRuleRows are pg_rewrite's rows of the rules that users made.
func userRuleRows(env *VirtualEnv, w *rowWriter) {
	for _, t := range env.Snapshot.userTables() {
		for i := range t.Rules {
			r := &t.Rules[i]
			qual := "<>"
			if r.Where != "" {
				qual = r.Where
			}
			w.oid("oid", r.OID).str("rulename", r.Name).oid("ev_class", t.OID).char("ev_type", r.Event).
				char("ev_enabled", (&Trigger{Off: r.Off, Fires: r.Fires}).enabled()).bool("is_instead", r.Instead).
				str("ev_qual", qual).str("ev_action", strings.Join(r.Actions, "; ")).end()
		}
	}
}

func rulesRows(env *VirtualEnv, w *rowWriter) {
	for _, t := range env.Snapshot.userTables() {
		for i := range t.Rules {
			text, _ := env.Snapshot.RuleDefinition(env.Session.Path(), t.Rules[i].OID, false)
			w.str("schemaname", env.Snapshot.schemaName(t.Schema)).str("tablename", t.Name).str("rulename", t.Rules[i].Name).
				str("definition", text).end()
		}
	}
}

// ruleDependencies: a rule is part of its table and needs what its actions name.
func ruleDependencies(t *Table) []dependency {
	var out []dependency
	for i := range t.Rules {
		self := object{rewriteClassOID, t.Rules[i].OID, 0}
		out = append(out, dependency{self, relationObject(t.OID, 0), 'a'})
		for _, u := range t.Rules[i].Uses {
			out = append(out, dependency{self, relationObject(u, 0), 'n'})
		}
	}
	return out
}
