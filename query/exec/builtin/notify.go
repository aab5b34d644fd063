package builtin

import "github.com/seguedb/segue/query/datum"

// Notifier is a Session that can listen, and make others hear.
type Notifier interface {
	// Notify sends a notification when the transaction commits.
	Notify(channel, payload string) error
	// Channels are those that the session listens to.
	Channels() []string
	// QueueUsage is the part of the room for notifications that is taken.
	QueueUsage() float64
}

// SnapshotExporter is a Session that can lend its snapshot to others.
type SnapshotExporter interface {
	// ExportSnapshot returns the name by which SET TRANSACTION SNAPSHOT takes the snapshot over.
	ExportSnapshot() (string, error)
}

func notifications(r *registry) {
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		n, ok := env.Session.(Notifier)
		if !ok {
			return datum.Null, unsupported("this session has nobody to notify")
		}
		var channel, payload string
		if !a[0].IsNull() {
			channel = a[0].Str()
		}
		if !a[1].IsNull() {
			payload = a[1].Str()
		}
		return datum.NewString(""), n.Notify(channel, payload)
	}, "pg_notify(text,text)")
	r.sets["pg_listening_channels()"] = func(env *Env, _ []datum.Datum, emit func([]datum.Datum) error) error {
		n, ok := env.Session.(Notifier)
		if !ok {
			return nil
		}
		for _, c := range n.Channels() {
			if err := emit([]datum.Datum{datum.NewString(c)}); err != nil {
				return err
			}
		}
		return nil
	}
	r.fn(func(env *Env, _ []datum.Datum) (datum.Datum, error) {
		if n, ok := env.Session.(Notifier); ok {
			return datum.NewFloat(n.QueueUsage()), nil
		}
		return datum.NewFloat(0), nil
	}, "pg_notification_queue_usage()")
	r.fn(func(env *Env, _ []datum.Datum) (datum.Datum, error) {
		x, ok := env.Session.(SnapshotExporter)
		if !ok {
			return datum.Null, unsupported("this session has nobody to share a snapshot with")
		}
		name, err := x.ExportSnapshot()
		return datum.NewString(name), err
	}, "pg_export_snapshot()")
}
