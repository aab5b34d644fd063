package textsearch

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"
)

// The default parser is a machine that walks a text a character at a time, remembers places to return to, and reports the
// token it was in when nothing more fits. A line of the table is a state, then its rules in the order they are tried.
// A rule is a test, an action and a target:
//
//	eof alpha … 'c'  the test: a class of characters (parser.go), one character, else
//	>state           take the character and go on there, or stay for want of a state
//	+state           the same, remembering this rule's place: a ^ comes back and tries the rules after it
//	-state           the same, forgetting the place remembered last
//	^                come back to the place remembered last
//	%                come back there too, but keep how far the text was read
//	&state           go on there without taking the character
//	=token/state     a token is found, the next one begins in that state, or in base; ! forgets one place, !! all
//	@hook            what else is to be done first (parser.go)
//
// Types and rules are those of PostgreSQL's default parser (its manual, "Parsers"): the same tokens in the same order.
//
//go:embed states.txt
var stateTable string

// action is what a rule does.
type action byte

// rule is one of the rules of a state.
type rule struct {
	test      string // a class's name, or "" with char
	char      byte
	do        action
	to        int // a state, or stay
	token     TokenType
	clear     int // remembered places to forget: none, one, or all
	forgetAll bool
	hook      string
}

// stay is a rule's target when the state does not change.
const stay = -1

// machine is the table, read.
type machine struct {
	states [][]rule
	base   int
	url    int
}

// parserMachine reads the table once; that it can be read a test rules out doubt about.
var parserMachine = sync.OnceValue(func() *machine {
	m, err := readStates(stateTable)
	if err != nil {
		panic(err)
	}
	return m
})

func readStates(table string) (*machine, error) {
	lines := strings.Split(strings.TrimSpace(table), "\n")
	names := map[string]int{"": stay}
	for i, line := range lines {
		name, _, _ := strings.Cut(line, ":")
		names[name] = i
	}
	m := &machine{states: make([][]rule, len(lines)), base: names["base"], url: names["urlFirst"]}
	for i, line := range lines {
		_, rules, _ := strings.Cut(line, ":")
		for _, text := range strings.Fields(rules) {
			r, err := readRule(text, names)
			if err != nil {
				return nil, fmt.Errorf("state table line %d: rule %q: %w", i+1, text, err)
			}
			m.states[i] = append(m.states[i], r)
		}
	}
	return m, nil
}

func readRule(text string, names map[string]int) (r rule, err error) {
	if text[0] == '\'' {
		r.char, text = text[1], text[3:]
	} else {
		end := strings.IndexAny(text, ">+-^%&=")
		if end <= 0 {
			return r, fmt.Errorf("no action")
		}
		r.test, text = text[:end], text[end:]
		if r.test != "eof" && r.test != "else" && tests[r.test] == nil {
			return r, fmt.Errorf("no test %s", r.test)
		}
	}
	r.do, text = action(text[0]), text[1:]
	text, r.hook, _ = strings.Cut(text, "@")
	if trimmed, ok := strings.CutSuffix(text, "!!"); ok {
		r.forgetAll, text = true, trimmed
	} else if trimmed, ok := strings.CutSuffix(text, "!"); ok {
		r.clear, text = 1, trimmed
	}
	target := text
	if r.do == '=' {
		var name string
		name, target, _ = strings.Cut(text, "/")
		if target == "" {
			target = "base"
		}
		if r.token = tokenNamed(name); r.token == 0 {
			return r, fmt.Errorf("no token %s", name)
		}
	}
	if r.do == '-' {
		r.clear = 1
	}
	to, ok := names[target]
	if !ok {
		return r, fmt.Errorf("no state %s", target)
	}
	r.to = to
	return r, nil
}
