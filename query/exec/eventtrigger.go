package exec

import (
	"context"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/exec/builtin"
	"github.com/seguedb/segue/query/plan"
)

// EventBody is an event trigger's function.
type EventBody interface {
	// FireEvent runs it for a command at a moment of it: TG_EVENT and TG_TAG.
	FireEvent(ctx context.Context, env *Env, event, tag string) error
}

// commandEvents fires event triggers around a command that changes the catalog. What the command did is what differs between
// the catalog before and after it.
type commandEvents struct {
	r      *running
	tag    string
	before *catalog.Snapshot
}

// events are those of the statement, nil where nothing could fire.
func (r *running) events() *commandEvents {
	if !r.plan.DDL || r.env.Routines == nil || r.env.Relations == nil || !r.env.Relations.Catalog().HasEventTriggers() {
		return nil
	}
	tag := eventTag(r.plan)
	if has, _ := catalog.HasEvents(tag); !has {
		return nil
	}
	return &commandEvents{r: r, tag: tag}
}

// eventTag is the command's tag to event triggers.
func eventTag(p *plan.Plan) string {
	if x, ok := p.Root.(*plan.CreateTable); ok && p.Tag == "SELECT" {
		if x.Table.View != nil {
			return "CREATE MATERIALIZED VIEW"
		}
		if x.Into {
			return "SELECT INTO"
		}
		return "CREATE TABLE AS"
	}
	return p.Tag
}

// begin fires what comes before the command.
func (c *commandEvents) begin(ctx context.Context) error {
	if err := c.fire(ctx, "ddl_command_start", &builtin.Event{}); err != nil {
		return err
	}
	c.before = c.r.env.Relations.Catalog()
	if x, ok := c.r.plan.Root.(*plan.AlterTable); ok && x.Reason != 0 && catalog.Rewrites(c.tag) {
		return c.fire(ctx, "table_rewrite", &builtin.Event{Rewritten: x.Table.OID, Reason: x.Reason})
	}
	return nil
}

// end fires what comes after it: of drops first.
func (c *commandEvents) end(ctx context.Context) error {
	after := c.r.env.Relations.Catalog()
	if gone := catalog.Dropped(c.before, after, c.tag); len(gone) > 0 {
		if err := c.fire(ctx, "sql_drop", &builtin.Event{Dropped: gone, Drops: true}); err != nil {
			return err
		}
	}
	return c.fire(ctx, "ddl_command_end", &builtin.Event{Commands: catalog.Changes(c.before, after, c.tag), Ends: true})
}

func (c *commandEvents) fire(ctx context.Context, event string, seen *builtin.Event) error {
	replica := false
	if c.r.env.Session != nil {
		role, _ := c.r.env.Session.Setting("session_replication_role")
		replica = role == "replica"
	}
	for _, t := range c.r.env.Relations.Catalog().EventTriggersFor(event, c.tag, replica) {
		if err := c.call(ctx, t, seen); err != nil {
			return err
		}
	}
	return nil
}

func (c *commandEvents) call(ctx context.Context, t *catalog.EventTrigger, seen *builtin.Event) error {
	env := *c.r.env
	env.CopyIn, env.CopyOut, env.Progress, env.Params, env.EndTransaction, env.Results = nil, nil, nil, nil, nil, nil
	env.Event = seen
	if env.depth++; env.depth >= maxRoutineDepth {
		return TooDeep()
	}
	body, call, err := env.Routines.EventTrigger(t)
	if err != nil {
		return err
	}
	leave, err := env.Routines.Enter(call)
	if err != nil {
		return err
	}
	defer leave()
	return body.FireEvent(ctx, &env, t.Event, c.tag)
}
