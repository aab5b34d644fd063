package builtin

import (
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/geometry"
	"github.com/seguedb/segue/query/sqlstate"
)

func pointFunctions(r *registry) {
	for name, f := range map[string]func(p, q geometry.Point) bool{
		"point_left": geometry.Point.Left, "point_right": geometry.Point.Right, "point_above": geometry.Point.Above,
		"point_below": geometry.Point.Below, "point_vert": geometry.Point.Vertical, "isvertical": geometry.Point.Vertical,
		"point_horiz": geometry.Point.Horizontal, "ishorizontal": geometry.Point.Horizontal, "point_eq": geometry.Point.Same,
		"point_ne": func(p, q geometry.Point) bool { return !p.Same(q) },
	} {
		r.fn(test2(asPoint, asPoint, f), name+"(point,point)")
	}
	for name, change := range pointChanges {
		r.fn(changedBy(asPoint, change), "point_"+name+"(point,point)")
	}
	r.fn(measure2(asPoint, asPoint, geometry.Point.Distance), "point_distance(point,point)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewFloat(asPoint(a[0].Str()).Slope(asPoint(a[1].Str()))), nil
	}, "slope(point,point)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewShape(geometry.Point{X: a[0].Float(), Y: a[1].Float()}), nil
	}, "point(float8,float8)")
}

func lineFunctions(r *registry) {
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		p, q := asPoint(a[0].Str()), asPoint(a[1].Str())
		if p.Same(q) {
			return datum.Null, sqlstate.New(sqlstate.InvalidParameterValue,
				"invalid line specification: must be two distinct points")
		}
		return datum.NewShape(geometry.LineThrough(p, q)), nil
	}, "line(point,point)")
	r.fn(test2(asLine, asLine, geometry.Line.Parallel), "line_parallel(line,line)", "isparallel(line,line)")
	r.fn(test2(asLine, asLine, geometry.Line.Perpendicular), "line_perp(line,line)", "isperp(line,line)")
	r.fn(test(asLine, geometry.Line.Vertical), "line_vertical(line)", "isvertical(line)")
	r.fn(test(asLine, geometry.Line.Horizontal), "line_horizontal(line)", "ishorizontal(line)")
	r.fn(test2(asLine, asLine, geometry.Line.Same), "line_eq(line,line)")
	r.fn(test2(asLine, asLine, func(l, m geometry.Line) bool { return !l.Parallel(m) }), "line_intersect(line,line)")
	r.fn(maybe(asLine, asLine, geometry.Line.Intersection), "line_interpt(line,line)")
	r.fn(measure2(asLine, asLine, geometry.Line.Distance), "line_distance(line,line)")

	r.fn(shape2(asPoint, asPoint, func(p, q geometry.Point) geometry.Lseg { return geometry.Lseg{p, q} }), "lseg(point,point)")
	r.fn(test2(asLseg, asLseg, geometry.Lseg.Parallel), "lseg_parallel(lseg,lseg)", "isparallel(lseg,lseg)")
	r.fn(test2(asLseg, asLseg, geometry.Lseg.Perpendicular), "lseg_perp(lseg,lseg)", "isperp(lseg,lseg)")
	r.fn(test(asLseg, geometry.Lseg.Vertical), "lseg_vertical(lseg)", "isvertical(lseg)")
	r.fn(test(asLseg, geometry.Lseg.Horizontal), "lseg_horizontal(lseg)", "ishorizontal(lseg)")
	r.fn(test2(asLseg, asLseg, geometry.Lseg.Same), "lseg_eq(lseg,lseg)")
	r.fn(test2(asLseg, asLseg, func(s, t geometry.Lseg) bool { return !s.Same(t) }), "lseg_ne(lseg,lseg)")
	byNumber(r, "lseg", "(lseg,lseg)", asLseg, geometry.Lseg.Length, "lt", "le", "gt", "ge")
	r.fn(test2(asLseg, asLseg, geometry.Lseg.Intersects), "lseg_intersect(lseg,lseg)")
	r.fn(maybe(asLseg, asLseg, geometry.Lseg.Intersection), "lseg_interpt(lseg,lseg)")
	r.fn(measure2(asLseg, asLseg, geometry.Lseg.Distance), "lseg_distance(lseg,lseg)")
	r.fn(measure(asLseg, geometry.Lseg.Length), "lseg_length(lseg)", "length(lseg)")
	r.fn(shape(asLseg, geometry.Lseg.Center), "lseg_center(lseg)")
}

// closestFunctions are ##, and <->, @>, <@ and ?# of two types.
func closestFunctions(r *registry) {
	r.fn(maybe(asLine, asLseg, geometry.Line.CloseToLseg), "close_ls(line,lseg)")
	r.fn(maybe(asLseg, asLseg, geometry.Lseg.CloseTo), "close_lseg(lseg,lseg)")
	r.fn(maybe(asPoint, asBox, swapped(closest(geometry.Box.Closest))), "close_pb(point,box)")
	r.fn(maybe(asPoint, asLine, swapped(closest(geometry.Line.Closest))), "close_pl(point,line)")
	r.fn(maybe(asPoint, asLseg, swapped(closest(geometry.Lseg.Closest))), "close_ps(point,lseg)")
	r.fn(maybe(asLseg, asBox, swapped(closest(geometry.Box.ClosestToLseg))), "close_sb(lseg,box)")

	bothWays(r, "dist_bp", "box", asBox, "dist_pb", "point", asPoint, away(geometry.Box.Closest))
	bothWays(r, "dist_bs", "box", asBox, "dist_sb", "lseg", asLseg, away(geometry.Box.ClosestToLseg))
	bothWays(r, "dist_cpoint", "circle", asCircle, "dist_pc", "point", asPoint, geometry.Circle.DistanceToPoint)
	bothWays(r, "dist_cpoly", "circle", asCircle, "dist_polyc", "polygon", asPolygon, geometry.Circle.DistanceToPolygon)
	bothWays(r, "dist_lp", "line", asLine, "dist_pl", "point", asPoint, away(geometry.Line.Closest))
	bothWays(r, "dist_sl", "lseg", asLseg, "dist_ls", "line", asLine, away(geometry.Lseg.ClosestToLine))
	bothWays(r, "dist_sp", "lseg", asLseg, "dist_ps", "point", asPoint, away(geometry.Lseg.Closest))
	bothWays(r, "dist_pathp", "path", asPath, "dist_ppath", "point", asPoint, geometry.Path.DistanceToPoint)
	bothWays(r, "dist_polyp", "polygon", asPolygon, "dist_ppoly", "point", asPoint, geometry.Polygon.DistanceToPoint)

	r.fn(test2(asLine, asBox, func(l geometry.Line, b geometry.Box) bool { return b.IntersectsLine(l) }), "inter_lb(line,box)")
	r.fn(test2(asLseg, asBox, func(s geometry.Lseg, b geometry.Box) bool { return b.IntersectsLseg(s) }), "inter_sb(lseg,box)")
	r.fn(test2(asLseg, asLine, geometry.Lseg.IntersectsLine), "inter_sl(lseg,line)")
	r.fn(flipped(asPoint, asBox, geometry.Box.ContainsPoint), "on_pb(point,box)")
	r.fn(flipped(asPoint, asLine, geometry.Line.Contains), "on_pl(point,line)")
	r.fn(flipped(asPoint, asLseg, geometry.Lseg.Contains), "on_ps(point,lseg)")
	r.fn(flipped(asPoint, asPath, geometry.Path.Contains), "on_ppath(point,path)")
	r.fn(flipped(asLseg, asBox, geometry.Box.ContainsLseg), "on_sb(lseg,box)")
	r.fn(test2(asLseg, asLine, geometry.Lseg.OnLine), "on_sl(lseg,line)")
}

// bothWays registers a distance from a to b, and from b to a.
func bothWays[A, B any](r *registry, name, a string, of func(string) A, flippedName, b string, with func(string) B,
	f func(A, B) float64) {
	r.fn(measure2(of, with, f), name+"("+a+","+b+")")
	r.fn(flippedMeasure(with, of, f), flippedName+"("+b+","+a+")")
}

func swapped[A, B, S any](f func(A, B) (S, bool)) func(B, A) (S, bool) {
	return func(b B, a A) (S, bool) { return f(a, b) }
}
