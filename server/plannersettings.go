package server

import (
	"cmp"
	"slices"
	"strings"
)

// PlannerSettings implements exec.PlannerSettings.
func (s *Session) PlannerSettings() [][2]string {
	var out [][2]string
	for _, d := range allSettings {
		explained := strings.HasPrefix(d.name, "enable_") || slices.Contains(explainedSettings, d.name)
		if explained && s.settings.get(strings.ToLower(d.name)) != d.preset {
			v, _ := s.showSetting(d.name)
			out = append(out, [2]string{d.name, v})
		}
	}
	slices.SortFunc(out, func(a, b [2]string) int { return cmp.Compare(a[0], b[0]) })
	return out
}

// explainedSettings are those that EXPLAIN (SETTINGS) knows, beside enable_…: PostgreSQL's GUC_EXPLAIN.
var explainedSettings = []string{"search_path", "work_mem", "segue.hub_correction", "segue.recall", "join_collapse_limit",
	"from_collapse_limit"}
