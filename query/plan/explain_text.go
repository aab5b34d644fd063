package plan

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
)

func typeName(n Node) string { return fmt.Sprintf("%T", n) }

// text appends the node's lines. Inputs and subplans are drawn with an arrow, indented below their
// parent's properties, as in Postgres:
//
//	Sort  (cost=…)
//	  Sort Key: title
//	  ->  Seq Scan on tracks  (cost=…)
//	        Filter: (id > 1)
func (p *printed) text(lines []string, indent string, x *Explain) []string {
	if p.relation != "" {
		lines = append(lines, indent+p.relation)
		indent += "  "
	}
	arrow := indent
	if indent != "" {
		arrow = indent + "->  "
		indent += "    "
	}
	lines = append(lines, arrow+p.title+p.numbers(x))
	indent += "  "
	for _, d := range append(append([]Detail{}, p.props...), p.details...) {
		switch d.Name {
		case "Sort Space Type": // on the line of the method: Sort Method: quicksort  Memory: 25kB
			lines[len(lines)-1] += "  " + d.text() + ": "
		case "Sort Space Used":
			lines[len(lines)-1] += d.text() + "kB"
		default:
			lines = append(lines, indent+d.Name+": "+d.text())
		}
	}
	for _, k := range p.kids {
		lines = k.text(lines, indent, x)
	}
	return lines
}

func (d Detail) text() string {
	switch v := d.Value.(type) {
	case []string:
		return strings.Join(v, ", ")
	case float64:
		return fmt.Sprintf("%.3f", v)
	}
	return fmt.Sprint(d.Value)
}

func (p *printed) numbers(x *Explain) string {
	var out string
	if x.Costs {
		c := p.cost
		out = fmt.Sprintf("  (cost=%.2f..%.2f rows=%.0f width=%d)", c.Startup, c.Total, math.Round(c.Rows), c.Width)
	}
	if !x.Analyze {
		return out
	}
	if p.actual == nil || p.actual.Loops == 0 {
		return out + " (never executed)"
	}
	a := p.actual
	loops := float64(a.Loops)
	rows := math.Round(float64(a.Rows) / loops)
	if x.Timing {
		return out + fmt.Sprintf(" (actual time=%.3f..%.3f rows=%.0f loops=%d)", a.StartupMS/loops,
			a.TotalMS/loops, rows, a.Loops)
	}
	return out + fmt.Sprintf(" (actual rows=%.0f loops=%d)", rows, a.Loops)
}

// json is the whole output of FORMAT JSON: an array of one object.
func (p *printed) json(x *Explain, times Times) string {
	top := object{{"Plan", p.object(x)}}
	if x.Summary {
		top = append(top, Detail{"Planning Time", number(times.PlanningMS, 3)})
		if x.Analyze {
			top = append(top, Detail{"Execution Time", number(times.ExecutionMS, 3)})
		}
	}
	var out strings.Builder
	array([]any{top}).write(&out, "")
	return out.String()
}

func (p *printed) object(x *Explain) object {
	out := object{{"Node Type", p.typ}}
	if p.relation != "" {
		out = append(out, Detail{"Subplan Name", p.relation})
	}
	if i := strings.Index(p.title, " on "); i >= 0 {
		name, alias, _ := strings.Cut(p.title[i+4:], " ")
		out = append(out, Detail{"Relation Name", name})
		if alias != "" {
			out = append(out, Detail{"Alias", alias})
		}
	}
	if x.Costs {
		out = append(out, Detail{"Startup Cost", number(p.cost.Startup, 2)}, Detail{"Total Cost",
			number(p.cost.Total, 2)},
			Detail{"Plan Rows", number(p.cost.Rows, 0)}, Detail{"Plan Width", number(float64(p.cost.Width), 0)})
	}
	out = append(out, p.actuals(x)...)
	out = append(append(out, p.props...), p.details...)
	var kids array
	for _, k := range p.kids {
		kids = append(kids, k.object(x))
	}
	if len(kids) > 0 {
		out = append(out, Detail{"Plans", kids})
	}
	return out
}

func (p *printed) actuals(x *Explain) object {
	if !x.Analyze {
		return nil
	}
	a := p.actual
	if a == nil || a.Loops == 0 {
		return object{{"Actual Rows", number(0, 0)}, {"Actual Loops", number(0, 0)}}
	}
	loops := float64(a.Loops)
	var out object
	if x.Timing {
		out = object{{"Actual Startup Time", number(a.StartupMS/loops, 3)}, {"Actual Total Time",
			number(a.TotalMS/loops, 3)}}
	}
	return append(out, Detail{"Actual Rows", number(math.Round(float64(a.Rows)/loops), 0)},
		Detail{"Actual Loops", number(loops, 0)})
}

// object and array keep the order of members, which a map would lose.
type (
	object []Detail
	array  []any
)

func number(f float64, decimals int) json.Number {
	return json.Number(fmt.Sprintf("%.*f", decimals, f))
}

func (o object) write(out *strings.Builder, indent string) {
	out.WriteString("{\n")
	for i, d := range o {
		fmt.Fprintf(out, "%s  %s: ", indent, quoted(d.Name))
		writeJSON(out, d.Value, indent+"  ")
		if i < len(o)-1 {
			out.WriteString(",")
		}
		out.WriteString("\n")
	}
	out.WriteString(indent + "}")
}

func (a array) write(out *strings.Builder, indent string) {
	out.WriteString("[\n")
	for i, v := range a {
		out.WriteString(indent + "  ")
		writeJSON(out, v, indent+"  ")
		if i < len(a)-1 {
			out.WriteString(",")
		}
		out.WriteString("\n")
	}
	out.WriteString(indent + "]")
}

func writeJSON(out *strings.Builder, v any, indent string) {
	switch v := v.(type) {
	case object:
		v.write(out, indent)
	case array:
		v.write(out, indent)
	default:
		out.WriteString(quoted(v))
	}
}

func quoted(v any) string {
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return `""`
	}
	return strings.TrimSuffix(out.String(), "\n")
}
