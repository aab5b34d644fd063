package builtin

import (
	"slices"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/geometry"
)

// places are where one shape lies of another, as boxes, polygons and circles have it.
type placed[A any] interface {
	Left(A) bool
	OverLeft(A) bool
	Right(A) bool
	OverRight(A) bool
	Below(A) bool
	OverBelow(A) bool
	Above(A) bool
	OverAbove(A) bool
	Contains(A) bool
	Overlaps(A) bool
	Same(A) bool
}

func places[A placed[A]](r *registry, prefix, args string, of func(string) A) {
	for name, f := range map[string]func(a, b A) bool{
		"left": A.Left, "overleft": A.OverLeft, "right": A.Right, "overright": A.OverRight, "below": A.Below,
		"overbelow": A.OverBelow, "above": A.Above, "overabove": A.OverAbove, "contain": A.Contains, "overlap": A.Overlaps,
		"same": A.Same, "contained": func(a, b A) bool { return b.Contains(a) },
	} {
		r.fn(test2(of, of, f), prefix+"_"+name+args)
	}
}

func boxFunctions(r *registry) {
	places(r, "box", "(box,box)", asBox)
	byNumber(r, "box", "(box,box)", asBox, geometry.Box.Area, "eq", "lt", "le", "gt", "ge")
	r.fn(test2(asBox, asBox, geometry.Box.AboveOrTouching), "box_above_eq(box,box)")
	r.fn(test2(asBox, asBox, geometry.Box.BelowOrTouching), "box_below_eq(box,box)")
	r.fn(test2(asBox, asPoint, geometry.Box.ContainsPoint), "box_contain_pt(box,point)")
	r.fn(shape2(asPoint, asPoint, geometry.NewBox), "box(point,point)")
	r.fn(shape2(asBox, asBox, geometry.Box.Bound), "bound_box(box,box)")
	r.fn(maybe(asBox, asBox, geometry.Box.Intersection), "box_intersect(box,box)")
	r.fn(measure2(asBox, asBox, geometry.Box.Distance), "box_distance(box,box)")
	r.fn(measure(asBox, geometry.Box.Area), "area(box)")
	r.fn(measure(asBox, geometry.Box.Width), "width(box)")
	r.fn(measure(asBox, geometry.Box.Height), "height(box)")
	r.fn(shape(asBox, geometry.Box.Center), "center(box)", "box_center(box)")
	r.fn(shape(asBox, geometry.Box.Diagonal), "diagonal(box)")
	for name, change := range pointChanges {
		r.fn(changedBy(asBox, func(b geometry.Box, p geometry.Point) (geometry.Box, error) {
			high, err := change(b.High, p)
			if err != nil {
				return b, err
			}
			low, err := change(b.Low, p)
			if name == "add" || name == "sub" {
				return geometry.Box{High: high, Low: low}, err
			}
			return geometry.NewBox(high, low), err
		}), "box_"+name+"(box,point)")
	}
}

func pathFunctions(r *registry) {
	count := func(p geometry.Path) float64 { return float64(len(p.Points)) }
	for name, holds := range map[string]func(a, b float64) bool{
		"eq": func(a, b float64) bool { return a == b }, "lt": func(a, b float64) bool { return a < b },
		"le": func(a, b float64) bool { return a <= b }, "gt": func(a, b float64) bool { return a > b },
		"ge": func(a, b float64) bool { return a >= b },
	} {
		r.fn(test2(asPath, asPath, func(p, q geometry.Path) bool { return holds(count(p), count(q)) }), "path_n_"+name+"(path,path)")
	}
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewInt(int64(len(asPath(a[0].Str()).Points))), nil
	}, "npoints(path)", "path_npoints(path)")
	r.fn(test(asPath, func(p geometry.Path) bool { return p.Closed }), "isclosed(path)")
	r.fn(test(asPath, func(p geometry.Path) bool { return !p.Closed }), "isopen(path)")
	r.fn(shape(asPath, func(p geometry.Path) geometry.Path { return geometry.Path{Closed: true, Points: p.Points} }), "pclose(path)")
	r.fn(shape(asPath, func(p geometry.Path) geometry.Path { return geometry.Path{Points: p.Points} }), "popen(path)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		p := asPath(a[0].Str())
		if !p.Closed {
			return datum.Null, nil
		}
		return finiteResult(p.Area(), a)
	}, "area(path)")
	r.fn(measure(asPath, geometry.Path.Length), "length(path)", "path_length(path)")
	r.fn(test2(asPath, asPath, geometry.Path.Intersects), "path_inter(path,path)")
	r.fn(test2(asPath, asPoint, geometry.Path.Contains), "path_contain_pt(path,point)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		d, ok := asPath(a[0].Str()).Distance(asPath(a[1].Str()))
		if !ok {
			return datum.Null, nil
		}
		return datum.NewFloat(d), nil
	}, "path_distance(path,path)")
	r.fn(maybe(asPath, asPath, func(p, q geometry.Path) (geometry.Path, bool) {
		return geometry.Path{Points: slices.Concat(p.Points, q.Points)}, !p.Closed && !q.Closed
	}), "path_add(path,path)")
	for name, change := range pointChanges {
		r.fn(changedBy(asPath, func(p geometry.Path, q geometry.Point) (geometry.Path, error) {
			return p.Each(func(x geometry.Point) (geometry.Point, error) { return change(x, q) })
		}), "path_"+name+"_pt(path,point)")
	}
}

func polygonFunctions(r *registry) {
	places(r, "poly", "(polygon,polygon)", asPolygon)
	r.fn(test2(asPolygon, asPoint, geometry.Polygon.ContainsPoint), "poly_contain_pt(polygon,point)")
	r.fn(flipped(asPoint, asPolygon, geometry.Polygon.ContainsPoint), "pt_contained_poly(point,polygon)")
	r.fn(measure2(asPolygon, asPolygon, geometry.Polygon.Distance), "poly_distance(polygon,polygon)")
	r.fn(shape(asPolygon, func(p geometry.Polygon) geometry.Point { return p.Circle().Center }), "poly_center(polygon)")
	r.fn(shape(asPolygon, geometry.Polygon.Bound), "spg_poly_quad_compress(polygon)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewInt(int64(len(asPolygon(a[0].Str())))), nil
	}, "npoints(polygon)", "poly_npoints(polygon)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.CirclePolygon(asCircle(a[1].Str()), a[0].Int())
	}, "polygon(int4,circle)")
}

func circleFunctions(r *registry) {
	places(r, "circle", "(circle,circle)", asCircle)
	byNumber(r, "circle", "(circle,circle)", asCircle, geometry.Circle.Area, "eq", "ne", "lt", "le", "gt", "ge")
	r.fn(test2(asCircle, asPoint, geometry.Circle.ContainsPoint), "circle_contain_pt(circle,point)")
	r.fn(flipped(asPoint, asCircle, geometry.Circle.ContainsPoint), "pt_contained_circle(point,circle)")
	r.fn(measure2(asCircle, asCircle, geometry.Circle.Distance), "circle_distance(circle,circle)")
	r.fn(measure(asCircle, geometry.Circle.Area), "area(circle)")
	r.fn(measure(asCircle, func(c geometry.Circle) float64 { return 2 * c.Radius }), "diameter(circle)")
	r.fn(measure(asCircle, func(c geometry.Circle) float64 { return c.Radius }), "radius(circle)")
	r.fn(shape(asCircle, func(c geometry.Circle) geometry.Point { return c.Center }), "center(circle)", "circle_center(circle)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewShape(geometry.Circle{Center: asPoint(a[0].Str()), Radius: a[1].Float()}), nil
	}, "circle(point,float8)")
	for _, name := range []string{"add", "sub"} {
		r.fn(changedBy(asCircle, func(c geometry.Circle, p geometry.Point) (geometry.Circle, error) {
			center, err := pointChanges[name](c.Center, p)
			return geometry.Circle{Center: center, Radius: c.Radius}, err
		}), "circle_"+name+"_pt(circle,point)")
	}
	r.fn(changedBy(asCircle, geometry.Circle.Scale), "circle_mul_pt(circle,point)")
	r.fn(changedBy(asCircle, geometry.Circle.Unscale), "circle_div_pt(circle,point)")
}

func geometryCasts(r *registry) {
	for _, c := range [][2]*datum.Type{
		{datum.Point, datum.Box}, {datum.Lseg, datum.Point}, {datum.Path, datum.Polygon}, {datum.Box, datum.Point},
		{datum.Box, datum.Lseg}, {datum.Box, datum.Polygon}, {datum.Box, datum.Circle}, {datum.Polygon, datum.Point},
		{datum.Polygon, datum.Path}, {datum.Polygon, datum.Box}, {datum.Polygon, datum.Circle}, {datum.Circle, datum.Point},
		{datum.Circle, datum.Box}, {datum.Circle, datum.Polygon},
	} {
		r.simpleCast(c[1].Name, c[0], c[1])
	}
}
