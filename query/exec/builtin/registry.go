package builtin

import (
	"sync"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// registry holds the implementations by Proc.Key.
type registry struct {
	funcs map[string]Func
	typed map[string]TypedFunc
	vecs  map[string]VecFunc
	sets  map[string]SetFunc
	rows  map[string]RowFunc
	aggs  map[string]newAgg
}

// newAgg begins a group; types are the arguments' actual ones.
type newAgg func(types []*datum.Type, env *Env) AggState

var builtins = sync.OnceValue(func() *registry {
	r := &registry{funcs: map[string]Func{}, typed: map[string]TypedFunc{}, vecs: map[string]VecFunc{},
		sets: map[string]SetFunc{}, rows: map[string]RowFunc{}, aggs: map[string]newAgg{}}
	for _, family := range families() {
		family(r)
	}
	quoteAllWriters(r)
	return r
})

// LookupFunc finds the implementation of a plain function.
func LookupFunc(p *catalog.Proc) (Func, bool) {
	switch t := p.Makes; {
	case t == nil:
	case t.IsRange():
		return rangeConstructor(t), true
	default:
		return multirangeConstructor(t), true
	}
	f, ok := builtins().funcs[p.Key]
	return f, ok
}

// LookupTyped finds the implementation of a function that depends on its arguments' types.
func LookupTyped(p *catalog.Proc) (TypedFunc, bool) {
	f, ok := builtins().typed[p.Key]
	return f, ok
}

// LookupVec finds the fast path of a plain function, if it has one.
func LookupVec(p *catalog.Proc) (VecFunc, bool) {
	f, ok := builtins().vecs[p.Key]
	return f, ok
}

// LookupSet finds the implementation of a set-returning function.
func LookupSet(p *catalog.Proc) (SetFunc, bool) {
	f, ok := builtins().sets[p.Key]
	return f, ok
}

// LookupRows finds the implementation of a function whose rows are of a type that the call settles.
func LookupRows(p *catalog.Proc) (RowFunc, bool) {
	f, ok := builtins().rows[p.Key]
	return f, ok
}

// NewAggregate begins an aggregate over one group. The caller leaves out rows with NULL arguments
// where the Proc is strict; the states skip the NULLs that their function ignores.
func NewAggregate(p *catalog.Proc, argTypes []*datum.Type, env *Env) (AggState, error) {
	f, ok := builtins().aggs[p.Key]
	if !ok {
		return nil, sqlstate.New(sqlstate.FeatureNotSupported, "aggregate function %s is not supported", p.Key)
	}
	return f(argTypes, env), nil
}

// key is a Proc's Key for argument types.
func key(name string, args ...*datum.Type) string {
	s := name + "("
	for i, t := range args {
		if i > 0 {
			s += ","
		}
		s += t.Name
	}
	return s + ")"
}

// families lists what registers the implementations, a function a file.
func families() []func(*registry) {
	return []func(*registry){
		comparisons, integers, floats, numerics,
		stringFunctions, byteFunctions, textOfAny, likeFunctions, regexpFunctions,
		dateTimes, templates, numberTemplates, series, arrayFunctions, vectorFunctions, bitStrings, networks, sparseFunctions,
		geometryFunctions, macaddr8Functions, moneyFunctions, transactionFunctions,
		extremeFunctions, stepFunctions, hashFunctions, eventFunctions, administration, rangeFunctions, multirangeFunctions,
		audioFunctions, calibrationFunctions, rebuildFunctions,
		jsonAccessors, jsonSets, jsonRecords, jsonMakers, jsonAggregates, jsonbContainment, jsonChanges, jsonPathFunctions,
		simpleAggregates, sumAggregates, varianceAggregates, collectingAggregates,
		sequences, settings, systemFunctions, advisoryLocks, notifications,
		regressionAggregates, dateBins, byteAccess, conversions, degreeFunctions, numericScales, regexpPlaces, randomNumbers,
		catalogFunctions, descriptionsOfObjects, visibility, privileges, objectSizes, statistics, moreText,
		textSearchMakers, textSearchMatches, textSearchChanges, textSearchQueries, textSearchCatalog, textSearchHeadlines,
		triggerFunctions,
		trigramFunctions, fuzzyStringFunctions, uuidFunctions, citextFunctions, pgcryptoFunctions,
		unaccentFunctions, hstoreFunctions,
	}
}
