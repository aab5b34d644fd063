package builtin

import (
	"math"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/libm"
)

// Trigonometry in degrees gives the exact values that people know: sind(30) is 0.5 and tand(45) is 1. Each
// function is scaled by what the machine computes at such a point, as in Postgres.

func degreeFunctions(r *registry) {
	f8 := datum.Float8
	for name, f := range map[string]func(float64) float64{"sind": sineDegrees, "cosd": cosineDegrees,
		"tand": tangentDegrees, "cotd": cotangentDegrees, "cot": cotangent} {
		r.fn(floatToFloat(ofFinite(f)), key(name, f8))
	}
	r.fn(floatToFloat(inUnit(asinDegrees)), key("asind", f8))
	r.fn(floatToFloat(inUnit(acosDegrees)), key("acosd", f8))
	r.fn(floatToFloat(exact(func(x float64) float64 { return libm.Atan(x) / atanOfOne * 45 })), key("atand", f8))
	r.fn(floatsToFloat(func(y, x float64) (float64, error) { return libm.Atan2(y, x) / atanOfOne * 45, nil }),
		key("atan2d", f8, f8))
	for name, f := range map[string]func(float64) float64{"sinh": libm.Sinh, "cosh": libm.Cosh, "tanh": libm.Tanh,
		"asinh": math.Asinh} {
		r.fn(floatToFloat(exact(f)), key(name, f8))
	}
	r.fn(floatToFloat(func(x float64) (float64, error) {
		if x < 1 {
			return 0, inputOutOfRange()
		}
		return math.Acosh(x), nil
	}), key("acosh", f8))
	r.fn(floatToFloat(func(x float64) (float64, error) {
		if x < -1 || x > 1 {
			return 0, inputOutOfRange()
		}
		return math.Atanh(x), nil
	}), key("atanh", f8))
}

// radiansPerDegree is a variable, so that its products are rounded at run time like all others: the points below
// must be computed as the functions compute them.
var radiansPerDegree = 0.0174532925199432957692

// What the machine makes of the points that must come out exact.
var (
	sinOf30     = libm.Sin(30 * radiansPerDegree)
	versineOf60 = 1 - libm.Cos(60*radiansPerDegree)
	asinOfHalf  = libm.Asin(0.5)
	acosOfHalf  = libm.Acos(0.5)
	atanOfOne   = libm.Atan(1)
	tanOf45     = sineQuadrant(45) / cosineQuadrant(45)
	cotOf45     = cosineQuadrant(45) / sineQuadrant(45)
)

func sineTo30(x float64) float64 { return libm.Sin(x*radiansPerDegree) / sinOf30 / 2 }

func cosineTo60(x float64) float64 { return 1 - (1-libm.Cos(x*radiansPerDegree))/versineOf60/2 }

// sineQuadrant is the sine of 0 to 90 degrees.
func sineQuadrant(x float64) float64 {
	if x <= 30 {
		return sineTo30(x)
	}
	return cosineTo60(90 - x)
}

func cosineQuadrant(x float64) float64 {
	if x <= 60 {
		return cosineTo60(x)
	}
	return sineTo30(90 - x)
}

// quadrant brings an angle to 0…90 degrees, and says in how many of the steps the sign of each function changed.
func quadrant(x float64) (angle float64, negative, pastHalf, pastQuarter bool) {
	x = math.Mod(x, 360)
	if x < 0 {
		x, negative = -x, true
	}
	if x > 180 {
		x, pastHalf = 360-x, true
	}
	if x > 90 {
		x, pastQuarter = 180-x, true
	}
	return x, negative, pastHalf, pastQuarter
}

func signed(v float64, negative bool) float64 {
	if negative {
		return -v
	}
	return v
}

func sineDegrees(x float64) float64 {
	angle, negative, half, _ := quadrant(x)
	return signed(sineQuadrant(angle), negative != half)
}

func cosineDegrees(x float64) float64 {
	angle, _, _, quarter := quadrant(x)
	return signed(cosineQuadrant(angle), quarter)
}

func tangentDegrees(x float64) float64 {
	angle, negative, half, quarter := quadrant(x)
	tan := sineQuadrant(angle) / cosineQuadrant(angle)
	return positiveZero(signed(tan/tanOf45, (negative != half) != quarter))
}

func cotangentDegrees(x float64) float64 {
	angle, negative, half, quarter := quadrant(x)
	cot := cosineQuadrant(angle) / sineQuadrant(angle)
	return positiveZero(signed(cot/cotOf45, (negative != half) != quarter))
}

func positiveZero(v float64) float64 {
	if v == 0 {
		return 0
	}
	return v
}

func cotangent(x float64) float64 { return 1 / libm.Tan(x) }

func asinQuadrant(x float64) float64 {
	if x <= 0.5 {
		return libm.Asin(x) / asinOfHalf * 30
	}
	return 90 - libm.Acos(x)/acosOfHalf*60
}

func acosQuadrant(x float64) float64 {
	if x <= 0.5 {
		return 90 - libm.Asin(x)/asinOfHalf*30
	}
	return libm.Acos(x) / acosOfHalf * 60
}

func asinDegrees(x float64) float64 {
	if x >= 0 {
		return asinQuadrant(x)
	}
	return -asinQuadrant(-x)
}

func acosDegrees(x float64) float64 {
	if x >= 0 {
		return acosQuadrant(x)
	}
	return 90 + asinQuadrant(-x)
}
