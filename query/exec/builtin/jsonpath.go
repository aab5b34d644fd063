package builtin

import (
	"sync"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/datum/jsonpath"
	"github.com/seguedb/segue/query/sqlstate"
)

// jsonPathFunctions are those that ask a jsonb value with a path. The _tz ones may compare times that have a zone
// with times that have none, which depends on the session's zone.
func jsonPathFunctions(r *registry) {
	for _, tz := range []string{"", "_tz"} {
		args := tz + "(jsonb,jsonpath,jsonb,bool)"
		zoned := tz != ""
		r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) { return pathExists(env, a, zoned) },
			"jsonb_path_exists"+args)
		r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) { return pathMatch(env, a, zoned) },
			"jsonb_path_match"+args)
		r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) { return pathArray(env, a, zoned) },
			"jsonb_path_query_array"+args)
		r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) { return pathFirst(env, a, zoned) },
			"jsonb_path_query_first"+args)
		r.sets["jsonb_path_query"+args] = func(env *Env, a []datum.Datum, emit func([]datum.Datum) error) error {
			return pathQuery(env, a, zoned, emit)
		}
	}
	quiet := func(a []datum.Datum) []datum.Datum {
		return []datum.Datum{a[0], a[1], datum.Null, datum.NewBool(true)}
	}
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) { return pathExists(env, quiet(a), false) },
		"jsonb_path_exists_opr(jsonb,jsonpath)")
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) { return pathMatch(env, quiet(a), false) },
		"jsonb_path_match_opr(jsonb,jsonpath)")
}

// pathCache keeps parsed paths; a statement has few, and they come back for every row.
type pathCache struct {
	mu    sync.Mutex
	paths map[string]*jsonpath.Path
}

const maxCachedPaths = 256

var parsedPaths = pathCache{paths: map[string]*jsonpath.Path{}}

func (c *pathCache) parse(text string) (*jsonpath.Path, error) {
	c.mu.Lock()
	p := c.paths[text]
	c.mu.Unlock()
	if p != nil {
		return p, nil
	}
	p, err := jsonpath.Parse(text)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.paths) >= maxCachedPaths {
		clear(c.paths)
	}
	c.paths[text] = p
	return p, nil
}

// openPath makes the run of a path over its arguments: target, path, vars, silent.
func openPath(env *Env, a []datum.Datum, zoned bool) (*pathRun, error) {
	path, err := parsedPaths.parse(a[1].Str())
	if err != nil {
		return nil, err
	}
	run := &pathRun{env: env, path: path, lax: !path.Strict, ignoreStructure: !path.Strict, zoned: zoned,
		silent: a[3].Bool(), size: -1}
	if run.vars, err = pathVariables(a[2]); err != nil {
		return nil, err
	}
	root, err := datum.ParseJSONTree(a[0].Str())
	if err != nil {
		return nil, err
	}
	run.root = pathValue{node: &root}
	run.current, run.base = run.root, pathBase{node: &root}
	return run, nil
}

// pathVariables is a path's variables, nil for an operator, which has none.
func pathVariables(d datum.Datum) (*datum.JSONNode, error) {
	if d.IsNull() {
		return nil, nil
	}
	vars, err := datum.ParseJSONTree(d.Str())
	if err != nil {
		return nil, err
	}
	if vars.Kind != datum.JSONObjectNode {
		return nil, sqlstate.New(sqlstate.InvalidParameterValue, "\"vars\" argument is not an object").
			WithDetail("Jsonpath parameters should be encoded as key-value pairs of \"vars\" object.")
	}
	return &vars, nil
}

func pathExists(env *Env, a []datum.Datum, zoned bool) (datum.Datum, error) {
	run, err := openPath(env, a, zoned)
	if err != nil {
		return datum.Null, err
	}
	st, err := run.exists()
	if err != nil || st == pathFailed {
		return datum.Null, err
	}
	return datum.NewBool(st == pathFound), nil
}

func pathMatch(env *Env, a []datum.Datum, zoned bool) (datum.Datum, error) {
	run, found, err := runPath(env, a, zoned)
	if err != nil {
		return datum.Null, err
	}
	if len(found) == 1 && found[0].node != nil {
		switch n := found[0].node; n.Kind {
		case datum.JSONBoolNode:
			return datum.NewBool(n.Bool), nil
		case datum.JSONNullNode:
			return datum.Null, nil
		}
	}
	if run.silent {
		return datum.Null, nil
	}
	return datum.Null, sqlstate.New(sqlstate.SingletonJSONItemRequired, "single boolean result is expected")
}

// runPath gathers what the path finds; after an error that silent swallows, what was found before it.
func runPath(env *Env, a []datum.Datum, zoned bool) (*pathRun, []pathValue, error) {
	run, err := openPath(env, a, zoned)
	if err != nil {
		return nil, nil, err
	}
	var found []pathValue
	_, err = run.item(run.path.Root, run.root, &found)
	return run, found, err
}

func pathArray(env *Env, a []datum.Datum, zoned bool) (datum.Datum, error) {
	_, found, err := runPath(env, a, zoned)
	if err != nil {
		return datum.Null, err
	}
	out := &datum.JSONNode{Kind: datum.JSONArrayNode}
	for _, v := range found {
		out.Items = append(out.Items, v.json())
	}
	return nodeResult(out)
}

func pathFirst(env *Env, a []datum.Datum, zoned bool) (datum.Datum, error) {
	_, found, err := runPath(env, a, zoned)
	if err != nil || len(found) == 0 {
		return datum.Null, err
	}
	n := found[0].json()
	return nodeResult(&n)
}

func pathQuery(env *Env, a []datum.Datum, zoned bool, emit func([]datum.Datum) error) error {
	_, found, err := runPath(env, a, zoned)
	if err != nil {
		return err
	}
	for _, v := range found {
		n := v.json()
		if err := emit([]datum.Datum{datum.NewString(string(n.Append(nil)))}); err != nil {
			return err
		}
	}
	return nil
}
