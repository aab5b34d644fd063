package jsonpath

import (
	"slices"

	"github.com/cockroachdb/apd/v3"
)

// Path is a whole jsonpath value.
type Path struct {
	Strict bool
	Root   *Item
}

// Kind is what an Item does.
type Kind byte

// The kinds of items.
const (
	Root     Kind = iota // $
	Current              // @
	Last                 // last, within a subscript
	Null                 // the literals
	Bool                 // Flag
	String               // Text
	Number               // Number
	Variable             // $name: Text
	Key                  // .name: Text
	AnyKey               // .*
	AnyArray             // [*]
	Index                // [Subscripts]
	Any                  // .**{First to Last}
	Filter               // ?(Left)
	Method               // .Text(), datetime's template in Left or nil
	Unary                // Text Left: + or -
	Binary               // Left Text Right: + - * / %
	Compare              // Left Text Right: == != < <= > >=
	And                  // Left && Right
	Or                   // Left || Right
	Not                  // !(Left)
	Unknown              // (Left) is unknown
	Exists               // exists (Left)
	Starts               // Left starts with Right
	Like                 // Left like_regex Text flag Flags
)

// Item is one step or operator of a path.
type Item struct {
	Kind        Kind
	Next        *Item
	Left, Right *Item
	Text        string
	Flags       string
	Flag        bool
	Number      *apd.Decimal
	Subscripts  []Subscript
	// First and Last are the levels of Any; LastLevel stands for "last".
	First, Last uint32
}

// LastLevel is the deepest level: the word "last" in .**{last}.
const LastLevel uint32 = 1<<32 - 1

// Subscript is an element's number or, with To, a range.
type Subscript struct{ From, To *Item }

// IsPredicate says whether the item is a condition, which may stand where a filter's does.
func (i *Item) IsPredicate() bool { return i.Kind >= Compare && i.Next == nil }

// add puts another step at the end of the chain.
func (i *Item) add(step *Item) {
	for i.Next != nil {
		i = i.Next
	}
	i.Next = step
}

// priority is how closely an item binds, which decides about parentheses.
func (i *Item) priority() int {
	switch i.Kind {
	case Or:
		return 0
	case And:
		return 1
	case Compare, Starts:
		return 2
	case Binary:
		if i.Text == "+" || i.Text == "-" {
			return 3
		}
		return 4
	case Unary:
		return 5
	}
	return 6
}

// methods are the item methods that take no argument.
var methods = []string{"abs", "size", "type", "floor", "double", "ceiling", "keyvalue"}

func isMethod(name string) bool { return slices.Contains(methods, name) }
