package builtin

import (
	"github.com/seguedb/segue/query/datum/jsonpath"
)

func (r *pathRun) datetime(*jsonpath.Item, pathValue, *[]pathValue) (pathStatus, error) {
	return pathFailed, unsupported("jsonpath item method .datetime() is not supported")
}

func (r *pathRun) compareTimes(string, pathValue, pathValue) (pathBool, error) {
	return pathUnknown, nil
}
