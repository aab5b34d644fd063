package jsonpath

import "strconv"

// printer writes a path; quote writes a JSON string.
type printer struct {
	out   []byte
	quote func(dst []byte, s string) []byte
}

// Append writes the path as PostgreSQL does, every key quoted; quote writes a string as JSON.
func (p *Path) Append(dst []byte, quote func(dst []byte, s string) []byte) []byte {
	w := &printer{dst, quote}
	if p.Strict {
		w.text("strict ")
	}
	w.item(p.Root, true)
	return w.out
}

func (w *printer) text(s string) { w.out = append(w.out, s...) }

func (w *printer) string(s string) { w.out = w.quote(w.out, s) }

// item writes an item and what follows it; an operator in brackets where its surroundings need them.
func (w *printer) item(i *Item, brackets bool) {
	switch i.Kind {
	case Compare, Binary:
		w.operator(i, i.Text, brackets)
	case And:
		w.operator(i, "&&", brackets)
	case Or:
		w.operator(i, "||", brackets)
	case Starts:
		w.operator(i, "starts with", brackets)
	case Unary:
		w.bracket("(", brackets)
		w.text(i.Text)
		w.operand(i.Left, i)
		w.bracket(")", brackets)
	case Like:
		w.like(i, brackets)
	case Not, Filter, Unknown, Exists:
		w.wrapped(i)
	default:
		w.step(i)
	}
	if i.Next != nil {
		w.item(i.Next, true)
	}
}

func (w *printer) bracket(s string, brackets bool) {
	if brackets {
		w.text(s)
	}
}

func (w *printer) operand(i, of *Item) { w.item(i, i.priority() <= of.priority()) }

func (w *printer) operator(i *Item, mark string, brackets bool) {
	w.bracket("(", brackets)
	w.operand(i.Left, i)
	w.text(" " + mark + " ")
	w.operand(i.Right, i)
	w.bracket(")", brackets)
}

func (w *printer) like(i *Item, brackets bool) {
	w.bracket("(", brackets)
	w.operand(i.Left, i)
	w.text(" like_regex ")
	w.string(i.Text)
	if i.Flags != "" {
		w.text(" flag \"" + i.Flags + "\"")
	}
	w.bracket(")", brackets)
}

func (w *printer) wrapped(i *Item) {
	open, closing := "!(", ")"
	switch i.Kind {
	case Filter:
		open = "?("
	case Exists:
		open = "exists ("
	case Unknown:
		open, closing = "(", ") is unknown"
	}
	w.text(open)
	w.item(i.Left, false)
	w.text(closing)
}

func (w *printer) step(i *Item) {
	switch i.Kind {
	case Root:
		w.text("$")
	case Current:
		w.text("@")
	case Last:
		w.text("last")
	case Null:
		w.text("null")
	case Bool:
		w.text(strconv.FormatBool(i.Flag))
	case String:
		w.string(i.Text)
	case Number:
		w.number(i)
	case Variable:
		w.text("$")
		w.string(i.Text)
	case Key:
		w.text(".")
		w.string(i.Text)
	case AnyKey:
		w.text(".*")
	case AnyArray:
		w.text("[*]")
	case Index:
		w.subscripts(i)
	case Any:
		w.levels(i)
	case Method:
		w.text("." + i.Text + "(")
		if i.Left != nil {
			w.item(i.Left, false)
		}
		w.text(")")
	}
}

// number is bracketed before a step, whose dot would be its point.
func (w *printer) number(i *Item) {
	if i.Next != nil {
		w.text("(" + i.Number.Text('f') + ")")
		return
	}
	w.text(i.Number.Text('f'))
}

func (w *printer) subscripts(i *Item) {
	w.text("[")
	for n, s := range i.Subscripts {
		if n > 0 {
			w.text(",")
		}
		w.item(s.From, false)
		if s.To != nil {
			w.text(" to ")
			w.item(s.To, false)
		}
	}
	w.text("]")
}

func (w *printer) levels(i *Item) {
	level := func(n uint32) string {
		if n == LastLevel {
			return "last"
		}
		return strconv.Itoa(int(n))
	}
	switch {
	case i.First == 0 && i.Last == LastLevel:
		w.text(".**")
	case i.First == i.Last:
		w.text(".**{" + level(i.First) + "}")
	default:
		w.text(".**{" + level(i.First) + " to " + level(i.Last) + "}")
	}
}
