package builtin

import (
	"context"
	"iter"
	"time"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
)

// Env is what a function may look at beside its arguments: one a statement.
type Env struct {
	Ctx       context.Context
	Session   Session
	Embedder  Embedder
	Sequences Sequences
	Snapshots Snapshots
	Datum     *datum.Env
	// Event is of the event trigger whose function it is; nil outside one.
	Event *Event
	// TriggerDepth is how many triggers' functions are under way.
	TriggerDepth int

	calibrations map[calibratedColumn]*calibration
}

// The shapes of an implementation. Which one a proc has is its row's business: a plain function, one
// that needs its actual argument types (format, pg_typeof, array_agg…), a set-returning one.
type (
	// Func computes one value. It never sees NULL arguments when its Proc is Strict.
	Func func(env *Env, args []datum.Datum) (datum.Datum, error)
	// TypedFunc is a Func that is told its arguments' actual types.
	TypedFunc func(env *Env, types []*datum.Type, args []datum.Datum) (datum.Datum, error)
	// VecFunc is an optional fast path over a whole batch of n rows; it handles NULLs itself.
	VecFunc func(env *Env, args []*datum.Vec, n int) (*datum.Vec, error)
	// SetFunc calls emit for each row of its result; it returns emit's error untouched.
	SetFunc func(env *Env, args []datum.Datum, emit func(row []datum.Datum) error) error
	// RowFunc is a SetFunc that is told the type of its rows, and emits each as one value.
	RowFunc func(env *Env, row *datum.Type, args []datum.Datum, emit func(row []datum.Datum) error) error
)

// AggState is one group's running aggregate. Result may be called more than once, with Adds in
// between: a window's frame grows.
type AggState interface {
	Add(args []datum.Datum) error
	Result() (datum.Datum, error)
}

// Sequences are the sequence operations of the statement's database.
type Sequences interface {
	NextVal(ctx context.Context, seq catalog.OID) (int64, error)
	CurrVal(seq catalog.OID) (int64, error)
	LastVal() (int64, error)
	SetVal(ctx context.Context, seq catalog.OID, value int64, isCalled bool) error
}

// Embedder turns audio into vectors and facts. Methods may be called concurrently. Errors are
// *sqlstate.Error already: the engine translates those of package embed.
type Embedder interface {
	// EmbedClips returns one unit vector a clip, in order, computing on all cores; a *RowError says which
	// failed. done is called after each clip, from any goroutine; it may be nil.
	EmbedClips(ctx context.Context, clips []Clip, model string, done func()) ([][]float32, error)
	// Windows returns a clip's vector and those of its windows, in order of time.
	Windows(ctx context.Context, clip Clip, model string) (vector []float32, windows []Window, err error)
	// EmbedText gives a text's unit vector in the model's space; a model without such is refused with 0A000.
	EmbedText(ctx context.Context, text, model string) ([]float32, error)
	Duration(ctx context.Context, path string) (float64, error)
	DurationBytes(ctx context.Context, audio []byte) (float64, error)
	// Tag returns ok false for a tag that the file does not have.
	Tag(ctx context.Context, path, name string) (value string, ok bool, err error)
	// Facts are what a file says of itself, by the names of catalog.AudioTags: string, int64, float64 or []string. What it
	// does not say is missing.
	Facts(ctx context.Context, path string) (map[string]any, error)
	// FileState says what a file is now.
	FileState(ctx context.Context, path string) (FileState, error)
	// AudioPath is a path as AudioFiles gives it, whether it is there or not.
	AudioPath(path string) (string, error)
	// AudioFiles finds the audio files below a folder, in an order that only their names decide.
	AudioFiles(ctx context.Context, dir string) iter.Seq2[AudioFile, error]
	// DefaultModel is the name that "" stands for.
	DefaultModel() string
	// Model describes a model, or is an error naming the models there are.
	Model(name string) (catalog.Model, error)
	// Models lists the models for segue_models(): name, dim, rate, licence…
	Models() []ModelRow
}

// FileState is what a file is: audio_file. As long as the file has that ID, its content is SHA256's; ID is "" where it
// was written to a moment ago, so that no ID can say so.
type FileState struct {
	SizeBytes  int64
	Modified   time.Time
	SHA256, ID string
}

// AudioFile is a row of audio_files. Err says why the file, or with Folder all of a folder, cannot be had.
type AudioFile struct {
	Path      string
	SizeBytes int64
	Modified  time.Time
	ID        string
	Err       error
	Folder    bool
}

// Clip is an audio file below the audio root, or the bytes of one (Data is then not nil), and a stretch of it in seconds
// from its beginning: 0 to +Inf is all of it. Data must not change until a call returns.
type Clip struct {
	Path     string
	Data     []byte
	From, To float64
}

// Window is a piece of audio as a model hears it: where it lies, in seconds from the audio's beginning, and its vector.
type Window struct {
	From, To float64
	Vector   []float32
}

// ModelRow is a row of segue_models.
type ModelRow struct {
	Name, Fingerprint, Licence, Description string
	Pooling, Precision                      string
	Dim, SampleRateHz                       int
	WindowSeconds                           float64
	Default, Texts                          bool
}

// RowError is an error about one row of a batch, so that COPY can name its line.
type RowError struct {
	Row int
	Err error
}

func (e *RowError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *RowError) Unwrap() error { return e.Err }

// Session is what functions and operators may ask of the session that runs them.
type Session interface {
	Info() catalog.SessionInfo
	// Setting returns a GUC's value; missing_ok decides between an error and ok false.
	Setting(name string) (value string, ok bool)
	SetSetting(name, value string, local bool) error
	Notice(severity string, err error)
	TxStart() time.Time
	StatementStart() time.Time
	Snapshot() *catalog.Snapshot
	// DatumEnv is for reading and writing values.
	DatumEnv() *datum.Env
	// Live gives the rows of run-time relations, see catalog.VirtualEnv.
	Live(name string) [][]datum.Datum
}

// location is the session's time zone.
func (e *Env) location() *time.Location {
	if e == nil || e.Datum == nil || e.Datum.Location == nil {
		return time.UTC
	}
	return e.Datum.Location
}

// txStart is when the transaction began: now().
func (e *Env) txStart() time.Time {
	if e != nil && e.Session != nil {
		return e.Session.TxStart()
	}
	if e != nil && e.Datum != nil && !e.Datum.Now.IsZero() {
		return e.Datum.Now
	}
	return time.Now()
}

// Server is what a Session can do besides when it is one of a running server's.
type Server interface {
	// CancelSession cancels the statement of the session with that PID, or ends the session; false when
	// there is none.
	CancelSession(pid int32, terminate bool) (found bool, err error)
}

// Measurer is a Session that can say how much room relations take.
type Measurer interface {
	// RelationSize is the bytes on disk of a table's rows, or of an index; ok is false for no such relation.
	RelationSize(oid catalog.OID) (bytes int64, ok bool)
	DatabaseSize() int64
}
