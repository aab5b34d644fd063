package plan

import (
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
	for _, d := range p.props {
		switch {
		case d.In == InStructured:
		case d.In == InText:
			lines = append(lines, indent+d.text())
		default:
			lines = append(lines, indent+d.Name+": "+d.text())
		}
	}
	lines = append(lines, p.usage(indent, x)...)
	for _, k := range p.kids {
		lines = k.text(lines, indent, x)
	}
	return lines
}

// usage is the lines of BUFFERS and WAL, which leave out what is zero. There are no shared buffers.
func (p *printed) usage(indent string, x *Explain) (lines []string) {
	if p.actual == nil {
		return nil
	}
	line := func(head string, names []string, values ...int64) {
		for i, v := range values {
			if v > 0 {
				head += fmt.Sprintf(" %s=%d", names[i], v)
			}
		}
		lines = append(lines, indent+head)
	}
	if a := p.actual; x.Buffers && a.TempRead+a.TempWritten > 0 {
		line("Buffers: temp", []string{"read", "written"}, a.TempRead, a.TempWritten)
	}
	if a := p.actual; x.WAL && a.WALRecords > 0 {
		line("WAL:", []string{"records", "bytes"}, a.WALRecords, a.WALBytes)
	}
	return lines
}

// summary is the lines after the plan.
func summary(x *Explain, run Run) []string {
	var lines []string
	if x.Settings && len(run.Settings) > 0 {
		parts := make([]string, len(run.Settings))
		for i, s := range run.Settings {
			parts[i] = s[0] + " = '" + s[1] + "'"
		}
		lines = append(lines, "Settings: "+strings.Join(parts, ", "))
	}
	if x.Summary {
		lines = append(lines, fmt.Sprintf("Planning Time: %.3f ms", run.PlanningMS))
		if x.Analyze {
			lines = append(lines, fmt.Sprintf("Execution Time: %.3f ms", run.ExecutionMS))
		}
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
