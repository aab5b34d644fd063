package server

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// note says what the rebuild does now.
func (j *rebuild) note(state string, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.shown.state, j.shown.err = state, err
	j.counted()
}

// progress counts rows that were made.
func (j *rebuild) progress(rows int, took time.Duration) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.shown.made += rows
	j.shown.working += took
	j.counted()
}

// counted notes what is left; mu is held.
func (j *rebuild) counted() {
	if j.fill != nil {
		j.shown.missing, j.shown.failed = j.fill.Missing(), len(j.failed)
	}
}

func (j *rebuild) now() rebuildProgress {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.shown
}

// forgetChanged drops the failures of rows that were written or deleted since.
func (j *rebuild) forgetChanged() error {
	for row := range j.failed {
		changed, err := j.fill.Changed(row)
		if err != nil {
			return err
		}
		if changed {
			delete(j.failed, row)
		}
	}
	return nil
}

// failure is the error of the rows that failed, naming the first.
func (j *rebuild) failure(w *rebuildWork) error {
	var first uint64
	for row := range j.failed {
		if first == 0 || row < first {
			first = row
		}
	}
	f := j.failed[first]
	message := messageOf(f.err)
	if f.key != "" {
		message = f.key + ": " + message
	}
	what := "1 row"
	if n := len(j.failed); n > 1 {
		what = fmt.Sprintf("%d rows", n)
	}
	return sqlstate.Wrap(f.err, sqlstate.CodeOf(f.err), "%s of table %q could not be embedded: %s", what, w.table.Name, message).
		WithHint("Mend or delete the rows; then call segue_rebuild again to try the others once more.")
}

// messageOf is an error's message alone.
func messageOf(err error) string {
	var e *sqlstate.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return err.Error()
}

// keyOf shows a row's primary key, "" where there is none.
func (w *rebuildWork) keyOf(rows *datum.Batch, i int) string {
	if len(w.key) == 0 {
		return ""
	}
	var names, values []string
	for _, o := range w.key {
		col := &w.table.Columns[o]
		names = append(names, col.Name)
		values = append(values, datum.Format(col.Type, rows.Cols[o].Get(i), w.session.DatumEnv()))
	}
	return fmt.Sprintf("(%s)=(%s)", strings.Join(names, ", "), strings.Join(values, ", "))
}

// rebuildRows are segue_rebuilds: the generations that are being made, and those that are kept.
func (s *Session) rebuildRows(view *catalog.Table) [][]datum.Datum {
	var out [][]datum.Datum
	snap := s.Snapshot()
	for _, t := range snap.Tables() {
		for i := range t.Generations {
			g := &t.Generations[i]
			row := map[string]datum.Datum{
				"relid": datum.NewInt(int64(t.OID)), "schemaname": datum.NewString(snap.SchemaByOID(t.Schema).Name),
				"tablename": datum.NewString(t.Name), "attname": datum.NewString(t.Columns[t.Ordinal(g.AttNum)].Name),
				"from_model": datum.NewString(t.Columns[t.Ordinal(g.AttNum)].Model), "to_model": datum.NewString(g.Model),
				"state": datum.NewString(rebuildKept), "started": timestamp(time.Unix(g.Since, 0)),
			}
			if g.Kept {
				row["from_model"], row["to_model"] = row["to_model"], row["from_model"]
				row["kept_until"] = timestamp(time.Unix(g.Until, 0))
			} else {
				s.rebuildRow(row, t, g)
			}
			out = append(out, asRow(view, row))
		}
	}
	return out
}

// rebuildRow says how far a rebuild is. What failed it says to who may read the table: errors name files.
func (s *Session) rebuildRow(row map[string]datum.Datum, t *catalog.Table, g *catalog.Generation) {
	total := int(s.TableRows(t))
	row["state"], row["rows_total"] = datum.NewString(rebuildWaiting), datum.NewInt(int64(total))
	job := s.engine.rebuilds.job(rebuildKey{t.OID, g.Place})
	if job == nil {
		return
	}
	now := job.now()
	row["state"], row["rows_failed"] = datum.NewString(now.state), datum.NewInt(int64(now.failed))
	if now.missing >= 0 {
		row["rows_done"] = datum.NewInt(int64(max(total-now.missing-now.failed, 0)))
	}
	if now.made > 0 && now.state == rebuildRunning {
		left := now.working / time.Duration(now.made) * time.Duration(now.missing)
		row["eta"] = timestamp(time.Now().Add(left))
	}
	if now.err != nil && s.Snapshot().Held(s.info.Role, catalog.ObjectTable, t.OID, catalog.PrivSelect) != 0 {
		row["error"] = datum.NewString(messageOf(now.err))
	}
}
