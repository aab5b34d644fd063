package server

import (
	"reflect"
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/plan"
)

// maxRoutines bounds the plans of functions' bodies that a session keeps.
const maxRoutines = 256

// routines are the plans of functions' bodies, for one state of the catalog and the settings.
type routines struct {
	key   planKey
	plans []plannedRoutine
}

// plannedRoutine is a body's plan for one way of calling its function.
type plannedRoutine struct {
	routine *plan.Routine
	args    []*datum.Type
	ret     *datum.Type
	fields  []datum.Field
}

// Routine implements exec.Routines: a function's body planned for a call, and allowed to the current role.
func (s *Session) Routine(call *plan.Call) (*plan.Routine, error) {
	if key := s.planKey(); s.routines.key != key {
		s.routines = routines{key: key}
	}
	args := make([]*datum.Type, len(call.Args))
	for i, a := range call.Args {
		args[i] = a.Type()
	}
	ret, fields := call.T, []datum.Field(nil)
	if len(call.Proc.OutTypes) > 0 {
		ret, fields = datum.Record, call.T.Fields
	}
	for _, p := range s.routines.plans {
		if p.routine.Proc.OID == call.Proc.OID && slices.Equal(p.args, args) && p.ret == ret && reflect.DeepEqual(p.fields, fields) {
			return p.routine, nil
		}
	}
	defer s.Transitions(nil)()
	r, err := plan.BindRoutine(s, call.Proc, args, ret, fields)
	if err != nil {
		return nil, err
	}
	for _, p := range r.Plans {
		if err := plan.CheckAccess(s.Snapshot(), s.info.Role, p.Access); err != nil {
			return nil, err
		}
	}
	if len(s.routines.plans) >= maxRoutines {
		s.routines.plans = nil
	}
	s.routines.plans = append(s.routines.plans, plannedRoutine{r, args, ret, fields})
	return r, nil
}

// Enter implements exec.Routines: SECURITY DEFINER makes the function's owner the current role, and SET its settings.
func (s *Session) Enter(call *plan.Call) (leave func(), err error) {
	f := call.Proc.User
	if !f.SecurityDefiner && len(f.Config) == 0 {
		return func() {}, nil
	}
	before, info, auth, role := s.settings.values, s.info, s.becameAuth, s.becameRole
	leave = func() {
		if len(f.Config) > 0 {
			s.restoreSettings(before)
		}
		s.info, s.becameAuth, s.becameRole, s.env = info, auth, role, nil
	}
	if f.SecurityDefiner {
		if owner := s.Snapshot().RoleByOID(s.Snapshot().Owner(catalog.ClassFunction, f.OID)); owner != nil {
			s.info.Role, s.info.User, s.env = owner.OID, owner.Name, nil
		}
	}
	for _, setting := range f.Config {
		name, value, _ := strings.Cut(setting, "=")
		if err := s.set(name, value, true); err != nil {
			leave()
			return nil, err
		}
	}
	return leave, nil
}
