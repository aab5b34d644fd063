package builtin

import (
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// Calibrator is a Session that knows what ANALYZE found out about vector columns; it is an error where that is nothing.
type Calibrator interface {
	Calibration(table catalog.OID, attNum int16) (*catalog.Calibration, error)
}

// calibratedColumn is a column as the binder names it to the functions of its calibration.
type calibratedColumn struct {
	table  catalog.OID
	attNum int16
}

// calibration is a column's, the same for all of a statement, whatever ANALYZE does meanwhile: the plan's bounds and the
// rows must agree. below are the similarities of the last query.
type calibration struct {
	*catalog.Calibration
	query []float32
	below []float64
}

// calibrationFunctions are what similarity_pct and neighbour_similarity are bound as (query/plan/calibration.go), with the
// column's table and attribute as last arguments.
func calibrationFunctions(r *registry) {
	for _, v := range []*datum.Type{datum.Vector, datum.Halfvec} {
		r.fn(unboundCalibration, key("similarity_pct", v, v), key("neighbour_similarity", v))
		r.fn(similarityPct, key("similarity_pct", datum.Float8, v, datum.Oid, datum.Int2))
		r.fn(similarityPctDistance, key("similarity_pct_distance", datum.Float8, datum.Bool, v, datum.Oid, datum.Int2))
		r.fn(neighbourSimilarity, key("neighbour_similarity", v, datum.Oid, datum.Int2))
	}
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		c, err := env.calibration(a)
		if err != nil {
			return datum.Null, err
		}
		return datum.NewFloat(c.Floor), nil
	}, key("neighbour_similarity_floor", datum.Oid, datum.Int2))
}

func unboundCalibration(*Env, []datum.Datum) (datum.Datum, error) {
	return datum.Null, unsupported("calibrated similarities outside of a query are not supported")
}

// calibration is that of the column that the last two arguments name.
func (e *Env) calibration(a []datum.Datum) (*calibration, error) {
	n := len(a) - 2
	at := calibratedColumn{catalog.OID(a[n].Int()), int16(a[n+1].Int())}
	if c := e.calibrations[at]; c != nil {
		return c, nil
	}
	from, ok := e.Session.(Calibrator)
	if !ok {
		return nil, unsupported("calibrated similarities are not supported here")
	}
	found, err := from.Calibration(at.table, at.attNum)
	if err != nil {
		return nil, err
	}
	if e.calibrations == nil {
		e.calibrations = map[calibratedColumn]*calibration{}
	}
	c := &calibration{Calibration: found}
	e.calibrations[at] = c
	return c, nil
}

// of makes below a query's.
func (c *calibration) of(t *datum.Type, query []float32) error {
	if len(query) != c.Dims {
		return differentDims(t, c.Dims, len(query))
	}
	same := len(c.query) > 0 && &c.query[0] == &query[0]
	if !same && !slices.Equal(c.query, query) {
		c.below = c.Similarities(query)
		c.query = slices.Clone(query)
	}
	return nil
}

// similarityPct is similarity_pct(similarity, query, table, attribute).
func similarityPct(env *Env, a []datum.Datum) (datum.Datum, error) {
	c, err := env.calibration(a)
	if err != nil {
		return datum.Null, err
	}
	if err := c.of(c.Type, a[1].Vector()); err != nil {
		return datum.Null, err
	}
	return datum.NewFloat(c.Percent(c.below, a[0].Float())), nil
}

// similarityPctDistance is similarity_pct_distance(percent, at least, query, table, attribute).
func similarityPctDistance(env *Env, a []datum.Datum) (datum.Datum, error) {
	c, err := env.calibration(a)
	if err != nil {
		return datum.Null, err
	}
	if err := c.of(c.Type, a[2].Vector()); err != nil {
		return datum.Null, err
	}
	return datum.NewFloat(c.DistanceBelow(c.below, a[0].Float(), a[1].Bool())), nil
}

// neighbourSimilarity is neighbour_similarity(vector, table, attribute).
func neighbourSimilarity(env *Env, a []datum.Datum) (datum.Datum, error) {
	c, err := env.calibration(a)
	if err != nil {
		return datum.Null, err
	}
	v := a[0].Vector()
	if len(v) != c.Dims {
		return datum.Null, sqlstate.New(sqlstate.DataException, "different %s dimensions %d and %d", c.Type, c.Dims, len(v))
	}
	return datum.NewFloat(c.Neighbourhood(v)), nil
}
