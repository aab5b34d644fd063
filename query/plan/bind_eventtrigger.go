package plan

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// createEventTrigger binds CREATE EVENT TRIGGER (CreateEventTrigger of event_trigger.c).
func (b *binder) createEventTrigger(s *parse.CreateEventTriggerStmt) (*Plan, error) {
	if !b.superuser() {
		return nil, denied("permission denied to create event trigger \"%s\"", s.Name).
			WithHint("Must be superuser to create an event trigger.")
	}
	switch s.Event {
	case "ddl_command_start", "ddl_command_end", "sql_drop", "table_rewrite":
	default:
		return nil, sqlstate.New(sqlstate.SyntaxError, "unrecognized event name \"%s\"", s.Event)
	}
	t := &catalog.EventTrigger{Name: s.Name, Event: s.Event, Owner: b.me()}
	for i, f := range s.Filters {
		if f.Variable != "tag" {
			return nil, sqlstate.New(sqlstate.SyntaxError, "unrecognized filter variable \"%s\"", f.Variable)
		}
		if i > 0 {
			return nil, sqlstate.New(sqlstate.SyntaxError, "filter variable \"%s\" specified more than once", f.Variable)
		}
		for _, v := range f.Values {
			tag := strings.ToUpper(v)
			if s.Event == "table_rewrite" && !catalog.Rewrites(tag) {
				return nil, sqlstate.New(sqlstate.FeatureNotSupported, "event triggers are not supported for %s", v)
			}
			switch has, known := catalog.HasEvents(tag); {
			case has:
				t.Tags = append(t.Tags, tag)
			case known:
				return nil, sqlstate.New(sqlstate.FeatureNotSupported, "event triggers are not supported for %s", tag)
			default:
				return nil, sqlstate.New(sqlstate.SyntaxError, "filter value \"%s\" not recognized for filter variable \"%s\"",
					v, f.Variable)
			}
		}
	}
	if b.cat.Snapshot().EventTrigger(s.Name) != nil {
		return nil, sqlstate.New(sqlstate.DuplicateObject, "event trigger \"%s\" already exists", s.Name)
	}
	p, err := b.eventFunction(s.Func)
	if err != nil {
		return nil, err
	}
	t.Function = p.OID
	return eventTriggerPlan(nil, t, "CREATE EVENT TRIGGER"), nil
}

func (b *binder) eventFunction(name parse.Name) (*catalog.Proc, error) {
	for _, p := range b.procsNamed(name) {
		if len(p.Args) > 0 || len(name) > 1 && !b.inSchema(p, name) {
			continue
		}
		if p.Ret != datum.EventTrigger {
			return nil, sqlstate.New(sqlstate.InvalidObjectDefinition, "function %s must return type event_trigger",
				strings.Join(name, "."))
		}
		return p, nil
	}
	return nil, sqlstate.New(sqlstate.UndefinedFunction, "function %s() does not exist", strings.Join(name, "."))
}

func eventTriggerPlan(old, fresh *catalog.EventTrigger, tag string) *Plan {
	return &Plan{Root: &ChangeEventTrigger{Old: old, New: fresh}, Tag: tag, Writes: true, DDL: true}
}

// namedEventTrigger finds an event trigger that the role owns.
func (b *binder) namedEventTrigger(name string) (*catalog.EventTrigger, error) {
	t := b.cat.Snapshot().EventTrigger(name)
	if t == nil {
		return nil, sqlstate.New(sqlstate.UndefinedObject, "event trigger \"%s\" does not exist", name)
	}
	if !b.superuser() && !b.cat.Snapshot().HasRole(b.me(), t.Owner) {
		return nil, denied("must be owner of event trigger %s", name)
	}
	return t, nil
}

// alterEventTrigger binds ENABLE and DISABLE.
func (b *binder) alterEventTrigger(s *parse.AlterEventTriggerStmt) (*Plan, error) {
	old, err := b.namedEventTrigger(s.Name)
	if err != nil {
		return nil, err
	}
	fresh := *old
	fresh.Off = s.Fires == 'D'
	fresh.Fires = map[byte]string{'A': catalog.FiresAlways, 'R': catalog.FiresOnReplica}[s.Fires]
	return eventTriggerPlan(old, &fresh, "ALTER EVENT TRIGGER"), nil
}

func (b *binder) renameEventTrigger(s *parse.RenameStmt) (*Plan, error) {
	old, err := b.namedEventTrigger(s.Name[0])
	if err != nil {
		return nil, err
	}
	if b.cat.Snapshot().EventTrigger(s.To) != nil {
		return nil, sqlstate.New(sqlstate.DuplicateObject, "event trigger \"%s\" already exists", s.To)
	}
	fresh := *old
	fresh.Name = s.To
	return eventTriggerPlan(old, &fresh, "ALTER EVENT TRIGGER"), nil
}

func (b *binder) eventTriggerOwner(name string, to parse.RoleSpec) (*Plan, error) {
	old, err := b.namedEventTrigger(name)
	if err != nil {
		return nil, err
	}
	role, err := b.namedRole(to)
	if err != nil {
		return nil, err
	}
	if !b.cat.Snapshot().Superuser(role.OID) {
		return nil, denied("permission denied to change owner of event trigger \"%s\"", name).
			WithHint("The owner of an event trigger must be a superuser.")
	}
	fresh := *old
	fresh.Owner = role.OID
	return eventTriggerPlan(old, &fresh, "ALTER EVENT TRIGGER"), nil
}

func (b *binder) commentOnEventTrigger(s *parse.CommentStmt) (*Plan, error) {
	old, err := b.namedEventTrigger(s.Name[0])
	if err != nil {
		return nil, err
	}
	fresh := *old
	fresh.Comment = s.Text
	return eventTriggerPlan(old, &fresh, "COMMENT"), nil
}

// dropEventTrigger binds DROP EVENT TRIGGER.
func (b *binder) dropEventTrigger(s *parse.DropStmt) (*Plan, error) {
	node := &Drop{Kind: s.Kind}
	for _, name := range s.Names {
		if b.cat.Snapshot().EventTrigger(name[0]) == nil && s.IfExists {
			node.Notices = append(node.Notices, sqlstate.New("00000", "event trigger \"%s\" does not exist, skipping", name[0]))
			continue
		}
		t, err := b.namedEventTrigger(name[0])
		if err != nil {
			return nil, err
		}
		if !slices.Contains(node.EventTriggers, t) {
			node.EventTriggers = append(node.EventTriggers, t)
		}
	}
	return &Plan{Root: node, Tag: "DROP EVENT TRIGGER", Writes: true, DDL: true}, nil
}

func eventTriggerObject(t *catalog.EventTrigger) dropObject {
	return dropObject{oid: t.OID, name: "event trigger " + parse.QuoteIdent(t.Name),
		apply: func(d *Drop) { d.EventTriggers = append(d.EventTriggers, t) }}
}
