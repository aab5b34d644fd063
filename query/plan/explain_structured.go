package plan

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
)

// object, array and the details in them are what the structured formats write. They keep the order of members, which a
// map would lose.
type (
	object []Detail
	array  []any
)

func number(f float64, decimals int) json.Number {
	return json.Number(fmt.Sprintf("%.*f", decimals, f))
}

// structured is the whole output of FORMAT JSON, YAML or XML.
func (p *printed) structured(x *Explain, run Run) string {
	top := object{{Name: "Plan", Value: p.object(x, "")}}
	if x.Settings {
		settings := object{}
		for _, s := range run.Settings {
			settings = append(settings, Detail{Name: s[0], Value: s[1]})
		}
		top = append(top, Detail{Name: "Settings", Value: settings})
	}
	if x.Buffers {
		top = append(top, Detail{Name: "Planning", Value: blocks(0, 0)})
	}
	if x.Summary {
		top = append(top, Detail{Name: "Planning Time", Value: number(run.PlanningMS, 3)})
	}
	if x.Analyze {
		top = append(top, Detail{Name: "Triggers", Value: array{}})
		if x.Summary {
			top = append(top, Detail{Name: "Execution Time", Value: number(run.ExecutionMS, 3)})
		}
	}
	var out strings.Builder
	switch x.Format {
	case "yaml":
		writeYAML(&out, top, "  ", true)
	case "xml":
		out.WriteString(xmlHead + "  <Query>\n")
		writeXML(&out, top, "    ")
		out.WriteString("  </Query>\n</explain>")
	default:
		array([]any{top}).write(&out, "")
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// utilityText says that a statement has no plan.
func utilityText(format string) []string {
	switch format {
	case "json":
		return []string{"[\n  \"Utility Statement\"\n]"}
	case "yaml":
		return []string{"- \"Utility Statement\""}
	case "xml":
		return []string{xmlHead + "  <Utility-Statement />\n</explain>"}
	}
	return []string{"Utility statements have no plan structure"}
}

// object is a node; relationship is what it is to its parent, "" for the root.
func (p *printed) object(x *Explain, relationship string) object {
	out := append(object{{Name: "Node Type", Value: p.typ}}, p.method...)
	if relationship != "" {
		out = append(out, Detail{Name: "Parent Relationship", Value: relationship})
	}
	if p.relation != "" {
		out = append(out, Detail{Name: "Subplan Name", Value: p.relation})
	}
	out = append(out, Detail{Name: "Parallel Aware", Value: false}, Detail{Name: "Async Capable", Value: false})
	removed := object{}
	for _, d := range p.target {
		if d.Name == "Subplans Removed" {
			removed = append(removed, d)
			continue
		}
		out = append(out, d)
	}
	if x.Costs {
		out = append(out, Detail{Name: "Startup Cost", Value: number(p.cost.Startup, 2)},
			Detail{Name: "Total Cost", Value: number(p.cost.Total, 2)},
			Detail{Name: "Plan Rows", Value: number(p.cost.Rows, 0)},
			Detail{Name: "Plan Width", Value: number(float64(p.cost.Width), 0)})
	}
	out = append(append(out, p.actuals(x)...), removed...)
	for _, d := range p.props {
		if d.In != InText {
			out = append(out, d)
		}
	}
	if x.Buffers {
		var read, written int64
		if p.actual != nil {
			read, written = p.actual.TempRead, p.actual.TempWritten
		}
		out = append(out, blocks(read, written)...)
	}
	if x.WAL {
		var a Actual
		if p.actual != nil {
			a = *p.actual
		}
		out = append(out, Detail{Name: "WAL Records", Value: number(float64(a.WALRecords), 0)},
			Detail{Name: "WAL FPI", Value: number(0, 0)}, Detail{Name: "WAL Bytes", Value: number(float64(a.WALBytes), 0)})
	}
	if kids := p.plans(x); len(kids) > 0 {
		out = append(out, Detail{Name: "Plans", Value: kids})
	}
	return out
}

func (p *printed) plans(x *Explain) array {
	var kids array
	inputs := 0
	for _, k := range p.kids {
		relationship := "Outer"
		switch {
		case strings.HasPrefix(k.relation, "SubPlan"):
			relationship = "SubPlan"
		case k.relation != "":
			relationship = "InitPlan"
		case k.member:
			relationship = "Member"
		case p.typ == "Subquery Scan":
			relationship = "Subquery"
		case inputs > 0:
			relationship = "Inner"
		}
		if k.relation == "" {
			inputs++
		}
		kids = append(kids, k.object(x, relationship))
	}
	return kids
}

// blocks is BUFFERS: of temporary files. There are no shared buffers, nor local ones.
func blocks(read, written int64) object {
	var out object
	for _, kind := range []string{"Shared", "Local"} {
		for _, what := range []string{"Hit", "Read", "Dirtied", "Written"} {
			out = append(out, Detail{Name: kind + " " + what + " Blocks", Value: number(0, 0)})
		}
	}
	return append(out, Detail{Name: "Temp Read Blocks", Value: number(float64(read), 0)},
		Detail{Name: "Temp Written Blocks", Value: number(float64(written), 0)})
}

func (p *printed) actuals(x *Explain) object {
	if !x.Analyze {
		return nil
	}
	loops, a := 1.0, Actual{}
	if p.actual != nil {
		a, loops = *p.actual, math.Max(float64(p.actual.Loops), 1)
	}
	var out object
	if x.Timing {
		out = object{{Name: "Actual Startup Time", Value: number(a.StartupMS/loops, 3)},
			{Name: "Actual Total Time", Value: number(a.TotalMS/loops, 3)}}
	}
	return append(out, Detail{Name: "Actual Rows", Value: number(math.Round(float64(a.Rows)/loops), 0)},
		Detail{Name: "Actual Loops", Value: number(float64(a.Loops), 0)})
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

// DetailGroup is the value of a Detail that has properties itself, in structured formats.
type DetailGroup = object

func writeJSON(out *strings.Builder, v any, indent string) {
	switch v := v.(type) {
	case object:
		v.write(out, indent)
	case array:
		v.write(out, indent)
	case []string:
		parts := make([]string, len(v))
		for i, s := range v {
			parts[i] = quoted(s)
		}
		out.WriteString("[" + strings.Join(parts, ", ") + "]")
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

// writeYAML writes an object's members; the first of an array's item stands behind its dash.
func writeYAML(out *strings.Builder, o object, indent string, item bool) {
	for i, d := range o {
		if item && i == 0 {
			out.WriteString(indent[:len(indent)-2] + "- ")
		} else {
			out.WriteString(indent)
		}
		out.WriteString(d.Name + ": ")
		switch v := d.Value.(type) {
		case object:
			out.WriteString("\n")
			writeYAML(out, v, indent+"  ", false)
		case array:
			out.WriteString("\n")
			for _, x := range v {
				writeYAML(out, x.(object), indent+"    ", true)
			}
		case []string:
			out.WriteString("\n")
			for _, s := range v {
				out.WriteString(indent + "  - " + quoted(s) + "\n")
			}
		default:
			out.WriteString(quoted(v) + "\n")
		}
	}
}

const xmlHead = "<explain xmlns=\"http://www.postgresql.org/2009/explain\">\n"

func writeXML(out *strings.Builder, o object, indent string) {
	for _, d := range o {
		tag := xmlTag(d.Name)
		open, shut := indent+"<"+tag+">\n", indent+"</"+tag+">\n"
		switch v := d.Value.(type) {
		case object:
			out.WriteString(open)
			writeXML(out, v, indent+"  ")
			out.WriteString(shut)
		case array:
			out.WriteString(open)
			for _, x := range v {
				writeXML(out, object{{Name: "Plan", Value: x}}, indent+"  ")
			}
			out.WriteString(shut)
		case []string:
			out.WriteString(open)
			for _, s := range v {
				out.WriteString(indent + "  <Item>" + xmlText(s) + "</Item>\n")
			}
			out.WriteString(shut)
		default:
			out.WriteString(indent + "<" + tag + ">" + xmlText(fmt.Sprint(v)) + "</" + tag + ">\n")
		}
	}
}

// xmlTag makes an element's name of a property's: what may not stand in one becomes a dash (ExplainXMLTag).
func xmlTag(name string) string {
	return strings.Map(func(r rune) rune {
		if r < 128 && (r == '-' || r == '_' || r == '.' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z') {
			return r
		}
		return '-'
	}, name)
}

func xmlText(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#x0d;").Replace(s)
}
