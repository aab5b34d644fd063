package catalog

import (
	"slices"
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
	// Actions are statements; there are none for NOTHING. Reads are the relations and columns that they and the condition name.
	Actions []string  `json:"actions,omitempty"`
	Reads   []ViewUse `json:"reads,omitempty"`
	// Frozen says that condition and actions are stored definitions (package plan). The first builds wrote them with names,
	// but for the relations in actions, which are "$oid"."16501"; they are rewritten at Open.
	Frozen bool `json:"frozen,omitempty"`
	// Uses are the relations of a rule that is not Frozen.
	Uses []OID `json:"uses,omitempty"`
	// Off is DISABLE RULE; else Fires says in which sessions it counts, as a trigger's.
	Off     bool   `json:"off,omitempty"`
	Fires   string `json:"fires,omitempty"`
	Comment string `json:"comment,omitempty"`
}

// Counts says whether the rule counts in a session, of replica's role or not.
func (r *Rule) Counts(replica bool) bool {
	return (&Trigger{Off: r.Off, Fires: r.Fires}).FiresIn(replica)
}

// ReadsColumn says whether the rule reads a relation, or with att not 0 that column of it.
func (r *Rule) ReadsColumn(relation OID, att int16) bool {
	return slices.ContainsFunc(r.Reads, func(u ViewUse) bool {
		return u.Relation == relation && (att == 0 || slices.Contains(u.AttNums, att))
	})
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

var ruleEvents = map[byte]string{'1': "SELECT", '2': "UPDATE", '3': "INSERT", '4': "DELETE"}

// RuleEvent is the word of an event.
func RuleEvent(event byte) string { return ruleEvents[event] }

// RuleDefinition is pg_get_ruledef; pretty leaves the table's schema out where its name alone finds it. ok is false when there
// is no rule of that OID that a user made.
func (s *Snapshot) RuleDefinition(views ViewReader, path []string, oid OID, pretty bool) (string, bool) {
	t, r := s.RuleByOID(oid)
	if t == nil || views == nil {
		return "", false
	}
	on := quoteName(s.schemaName(t.Schema), t.Name)
	if visible, _ := RelationVisible(s, path, t.OID); pretty && visible {
		on = parse.QuoteIdent(t.Name)
	}
	out := "CREATE RULE " + parse.QuoteIdent(r.Name) + " AS\n    ON " + RuleEvent(r.Event) + " TO " + on
	where, actions := views.Rule(t, r, pretty)
	if where != "" {
		out += "\n   WHERE " + where
	}
	out += " DO "
	if r.Instead {
		out += "INSTEAD "
	}
	switch len(actions) {
	case 0:
		out += "NOTHING"
	case 1:
		out = withAction(out, actions[0])
	default:
		out += "("
		for _, a := range actions {
			out = withAction(out, a) + ";\n"
		}
		out += ")"
	}
	return out + ";", true
}

// withAction adds an action to a definition. NOTIFY begins a line of its own, as get_utility_query_def has it.
func withAction(out, action string) string {
	if strings.HasPrefix(action, "NOTIFY") {
		return strings.TrimRight(out, " ") + "\n " + action
	}
	return out + action
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
			text, _ := env.Snapshot.RuleDefinition(env.Views, env.Session.Path(), t.Rules[i].OID, false)
			w.str("schemaname", env.Snapshot.schemaName(t.Schema)).str("tablename", t.Name).str("rulename", t.Rules[i].Name).
				str("definition", text).end()
		}
	}
}

// ruleDependencies: a rule is part of its table and needs what it names.
func ruleDependencies(t *Table) []dependency {
	var out []dependency
	for i := range t.Rules {
		self := object{rewriteClassOID, t.Rules[i].OID, 0}
		out = append(out, dependency{self, relationObject(t.OID, 0), 'a'})
		for _, u := range t.Rules[i].Reads {
			if len(u.AttNums) == 0 && u.Relation != t.OID {
				out = append(out, dependency{self, relationObject(u.Relation, 0), 'n'})
			}
			for _, att := range u.AttNums {
				out = append(out, dependency{self, relationObject(u.Relation, att), 'n'})
			}
		}
	}
	return out
}
