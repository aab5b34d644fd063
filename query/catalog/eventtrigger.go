package catalog

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/seguedb/segue/query/datum"
)

// EventTrigger is an event trigger: a row of pg_event_trigger. Its owner is a superuser, and not among Rights.
type EventTrigger struct {
	OID      OID    `json:"oid"`
	Name     string `json:"name"`
	Event    string `json:"event"` // ddl_command_start, ddl_command_end, sql_drop or table_rewrite
	Function OID    `json:"function"`
	Owner    OID    `json:"owner"`
	// Tags are the commands that it fires for, none for all.
	Tags []string `json:"tags,omitempty"`
	// Off is DISABLE; else Fires says in which sessions it fires, as a trigger's.
	Off     bool   `json:"off,omitempty"`
	Fires   string `json:"fires,omitempty"`
	Comment string `json:"comment,omitempty"`
}

// EncodeEventTrigger gives the bytes an event trigger is stored as.
func EncodeEventTrigger(t *EventTrigger) ([]byte, error) { return json.Marshal(t) }

// DecodeEventTrigger reads what EncodeEventTrigger wrote.
func DecodeEventTrigger(b []byte) (*EventTrigger, error) {
	t := new(EventTrigger)
	if err := decodeStrict(b, t); err != nil {
		return nil, fmt.Errorf("decode event trigger: %w", err)
	}
	if t.OID == 0 || t.Name == "" || t.Event == "" || t.Function == 0 {
		return nil, fmt.Errorf("decode event trigger %q: %w", t.Name, ErrCorrupt)
	}
	return t, nil
}

// PutEventTrigger adds an event trigger, or replaces the one with its OID.
func (s *Snapshot) PutEventTrigger(t *EventTrigger) { s.eventTriggers[t.OID] = t }

// RemoveEventTrigger removes an event trigger.
func (s *Snapshot) RemoveEventTrigger(oid OID) { delete(s.eventTriggers, oid) }

// EventTriggers lists event triggers by name, which is the order in which they fire.
func (s *Snapshot) EventTriggers() []*EventTrigger {
	return slices.SortedFunc(maps.Values(s.eventTriggers), func(a, b *EventTrigger) int { return cmp.Compare(a.Name, b.Name) })
}

// EventTrigger finds an event trigger by its name, nil for none.
func (s *Snapshot) EventTrigger(name string) *EventTrigger {
	for _, t := range s.eventTriggers {
		if t.Name == name {
			return t
		}
	}
	return nil
}

// EventTriggerByOID finds an event trigger, nil for none.
func (s *Snapshot) EventTriggerByOID(oid OID) *EventTrigger { return s.eventTriggers[oid] }

// HasEventTriggers says whether there is any.
func (s *Snapshot) HasEventTriggers() bool { return len(s.eventTriggers) > 0 }

// EventTriggersFor lists those that fire at an event of a command in a session, of replica's role or not.
func (s *Snapshot) EventTriggersFor(event, tag string, replica bool) []*EventTrigger {
	return slices.DeleteFunc(s.EventTriggers(), func(t *EventTrigger) bool {
		fires := (&Trigger{Off: t.Off, Fires: t.Fires}).FiresIn(replica)
		return t.Event != event || !fires || len(t.Tags) > 0 && !slices.Contains(t.Tags, tag)
	})
}

// EventTriggersBy lists those that run a function.
func (s *Snapshot) EventTriggersBy(function OID) []*EventTrigger {
	return slices.DeleteFunc(s.EventTriggers(), func(t *EventTrigger) bool { return t.Function != function })
}

func eventTriggerRows(env *VirtualEnv, w *rowWriter) {
	for _, t := range env.Snapshot.EventTriggers() {
		w.oid("oid", t.OID).str("evtname", t.Name).str("evtevent", t.Event).oid("evtowner", t.Owner).oid("evtfoid", t.Function).
			char("evtenabled", (&Trigger{Off: t.Off, Fires: t.Fires}).enabled())
		if len(t.Tags) > 0 {
			w.set("evttags", datum.ArrayFrom(datum.Text, textDatums(t.Tags)))
		}
		w.end()
	}
}

// eventTriggerDependencies: an event trigger needs its function.
func (s *Snapshot) eventTriggerDependencies() []dependency {
	var out []dependency
	for _, t := range s.EventTriggers() {
		out = append(out, dependency{object{eventTriggerClassOID, t.OID, 0}, object{procClassOID, t.Function, 0}, 'n'})
	}
	return out
}
