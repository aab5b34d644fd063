package vector

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/seguedb/segue/vector/kernel"
)

// MaxDim is the largest dimension an index takes: pgvector's VECTOR_MAX_DIM.
const MaxDim = 16000

// defaultSealRows is the number of deltas after which SealIfNeeded seals: at 768 dimensions 50 MB of
// tail, less than a second of replay.
const defaultSealRows = 16384

const (
	// defaultSignRows: below it a scan of byte codes takes no longer than what the lists' codes cost at once.
	defaultSignRows = 512
	// defaultListRows: asking a list costs as much as a hundred or two of its codes.
	defaultListRows = 256
)

var (
	// ErrCorrupt says that the stored files are damaged, missing or of another dimension. They are a
	// cache: the owner rebuilds them from its rows.
	ErrCorrupt = errors.New("vector: index files are damaged")
	// ErrClosed says that the index was closed.
	ErrClosed = errors.New("vector: index is closed")
	// ErrDim says that a vector's length is not the index's dimension.
	ErrDim = errors.New("vector: wrong number of dimensions")
)

// Options configures an index.
type Options struct {
	// Dim is the number of dimensions, 1 to MaxDim. One index serves every Metric.
	Dim int
	// SealRows is the number of deltas in the tail from which SealIfNeeded seals; 0 is 16,384.
	SealRows int
	// SignRows is the fewest versions of a segment that gets lists with codes of one bit; 0 is 512.
	SignRows int
	// ListRows is the number of versions of a list, on the average; 0 is 256.
	ListRows int
	// CellRows is the number of versions of a cell, on the average; 0 is 48.
	CellRows int
	// Apart says that the owner keeps the vectors and reads them back at need: sealed segments leave them out, where their
	// dimension is large enough for codes, and a Query, or a measurement, names its Source. Else segments hold them.
	Apart bool
	// Cache, when not nil, keeps vectors that were read from a Source. Indexes may share one.
	Cache *Cache
	// Train, when not nil, finds k centroids of the vectors that follow one another in vecs, and is what large segments ask
	// for their cells (FAISS's k-means, say): of vectors rotated, and so of dim numbers rounded up to a multiple of 64. An
	// error, or nil, leaves it to this package's own.
	Train func(dim int, vecs []float32, k int) ([]float32, error)
	// Logger takes what is worth an operator's eye (an orphan that could not be removed); nil is
	// slog's default.
	Logger *slog.Logger
	// Kernel forces an instruction set, for tests and benchmarks; the zero value is the best one.
	Kernel kernel.Level
}

// withDefaults checks o and fills in what was left out.
func (o Options) withDefaults() (Options, error) {
	if o.Dim < 1 || o.Dim > MaxDim {
		return o, fmt.Errorf("%w: an index of %d dimensions (1 to %d are possible)", ErrDim, o.Dim, MaxDim)
	}
	if o.SealRows <= 0 {
		o.SealRows = defaultSealRows
	}
	if o.SignRows <= 0 {
		o.SignRows = defaultSignRows
	}
	if o.ListRows <= 0 {
		o.ListRows = defaultListRows
	}
	if o.CellRows <= 0 {
		o.CellRows = defaultCellRows
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o, nil
}
