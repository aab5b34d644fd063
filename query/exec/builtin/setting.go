package builtin

import (
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

func settings(r *registry) {
	r.fn(currentSetting, "current_setting(text)", "current_setting(text,bool)")
	r.fn(setConfig, "set_config(text,text,bool)")
	r.fn(reloadConf, "pg_reload_conf()")
}

// reloader is a session of a server whose settings have a file.
type reloader interface{ ReloadSettings() error }

// reloadConf reads the file of ALTER SYSTEM again.
func reloadConf(env *Env, _ []datum.Datum) (datum.Datum, error) {
	s, ok := env.Session.(reloader)
	if !ok {
		return datum.NewBool(false), nil
	}
	if !env.snapshot().Superuser(env.info().Role) {
		return datum.Null, sqlstate.New(sqlstate.InsufficientPrivilege, "permission denied for function pg_reload_conf")
	}
	return datum.NewBool(true), s.ReloadSettings()
}

func currentSetting(env *Env, a []datum.Datum) (datum.Datum, error) {
	value, ok := env.Session.Setting(a[0].Str())
	switch {
	case ok:
		return datum.NewString(value), nil
	case len(a) > 1 && a[1].Bool():
		return datum.Null, nil
	}
	return datum.Null, sqlstate.New(sqlstate.UndefinedObject, "unrecognized configuration parameter \"%s\"", a[0].Str())
}

// setConfig takes a NULL value as the empty string and a NULL third argument as false.
func setConfig(env *Env, a []datum.Datum) (datum.Datum, error) {
	if a[0].IsNull() {
		return datum.Null, sqlstate.New(sqlstate.NullValueNotAllowed, "SET requires parameter name")
	}
	name := a[0].Str()
	if err := env.Session.SetSetting(name, a[1].Str(), a[2].Bool()); err != nil {
		return datum.Null, err
	}
	value, _ := env.Session.Setting(name)
	return datum.NewString(value), nil
}
