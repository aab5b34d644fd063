package main

import (
	"context"
	"fmt"
	"math"

	"github.com/seguedb/segue/vector/faiss"
)

// faissEngine is Debian's FAISS through our binding.
type faissEngine struct {
	index *faiss.Index
	rows  int
	mode  string
	among map[int][]int64
}

func openFAISS() (engine, error) {
	faiss.SetBLASThreshold(1) // flat scans by OpenBLAS: their fastest way
	return &faissEngine{among: map[int][]int64{}}, nil
}

func (e *faissEngine) build(ctx context.Context, d *dataset, mode string) (err error) {
	lists := max(8, int(4*math.Sqrt(float64(d.len()))))
	factory := map[string]string{"flat": "Flat", "hnsw": "HNSW32,Flat", "ivf": fmt.Sprintf("IVF%d,Flat", lists)}[mode]
	if e.index, err = faiss.NewIndex(d.dim, factory, faiss.InnerProduct); err != nil {
		return err
	}
	e.rows, e.mode = d.len(), mode
	if !e.index.Trained() {
		var sample []float32
		for i := 0; i < d.len(); i += max(1, d.len()/(50*lists)) {
			sample = append(sample, d.row(i)...)
		}
		if err := e.index.Train(ctx, sample); err != nil {
			return err
		}
	}
	return e.index.Add(d.rows)
}

func (e *faissEngine) search(_ context.Context, query []float32, t turn) ([]int, error) {
	if name := map[string]string{"hnsw": "efSearch", "ivf": "nprobe"}[e.mode]; name != "" {
		if err := e.index.SetParameter(name, t.effort); err != nil {
			return nil, err
		}
	}
	var ids []int64
	var err error
	if t.below > 0 {
		_, ids, err = e.index.SearchAmong(query, t.k, e.rowsBelow(t.below))
	} else {
		_, ids, err = e.index.Search(query, t.k)
	}
	out := make([]int, 0, len(ids))
	for _, id := range ids {
		if id >= 0 {
			out = append(out, int(id))
		}
	}
	return out, err
}

func (e *faissEngine) rowsBelow(below int) []int64 {
	if e.among[below] == nil {
		for i := range e.rows {
			if attr(i) < below {
				e.among[below] = append(e.among[below], int64(i))
			}
		}
	}
	return e.among[below]
}

func (e *faissEngine) close() error {
	if e.index != nil {
		e.index.Close()
	}
	return nil
}
