package plan

import (
	"strconv"
	"strings"

	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// Values of name = value options (parse.DefElem), read as Postgres's defGet functions do.

// optionText is the value as text; ok is false for a bare name.
func optionText(o parse.DefElem) (text string, ok bool) {
	switch v := o.Val.(type) {
	case *parse.Const:
		return v.Val, true
	case *parse.ColumnRef:
		return strings.Join(v.Name, "."), true
	}
	return "", false
}

// optionWord is a word such as csv or match, in lower case; "" for a bare name.
func optionWord(o parse.DefElem) string {
	text, _ := optionText(o)
	return strings.ToLower(text)
}

func optionString(o parse.DefElem) (*string, error) {
	text, ok := optionText(o)
	if !ok {
		return nil, fail(-1, sqlstate.SyntaxError, "%s requires a parameter", o.Name)
	}
	return &text, nil
}

// optionBool: a bare name is true.
func optionBool(o parse.DefElem) (bool, error) {
	if o.Val == nil {
		return true, nil
	}
	switch optionWord(o) {
	case "true", "on", "1":
		return true, nil
	case "false", "off", "0":
		return false, nil
	}
	return false, fail(-1, sqlstate.SyntaxError, "%s requires a Boolean value", o.Name)
}

func optionInt(o parse.DefElem) (int64, error) {
	text, ok := optionText(o)
	if !ok {
		return 0, fail(-1, sqlstate.SyntaxError, "%s requires a numeric value", o.Name)
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fail(-1, sqlstate.SyntaxError, "%s requires a numeric value", o.Name)
	}
	return n, nil
}

// optionColumns is a column list, or * where star allows it.
func optionColumns(o parse.DefElem, star bool) (*columnList, error) {
	if _, isStar := o.Val.(*parse.Star); isStar && star {
		return &columnList{all: true}, nil
	}
	if o.List == nil {
		return nil, fail(o.Pos(), sqlstate.InvalidParameterValue,
			"argument to option %q must be a list of column names", o.Name)
	}
	return &columnList{names: o.List}, nil
}
