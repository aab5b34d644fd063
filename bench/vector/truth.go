package main

import (
	"math"
	"slices"
	"sync"
)

// selectivities of the filters `attr < n`, 50 %, 5 % and 0.1 % of 1,000; 0 stands for no filter.
var selectivities = []int{0, attrs / 2, attrs / 20, 1}

// truth is brute force's answers: for every filter and query the k best rows and their inner products.
type truth struct {
	data *dataset
	k    int
	best map[int][][]scored
}

type scored struct {
	row   int
	score float64
}

// newTruth scans in float32 with a margin, and orders what it keeps in float64.
func newTruth(d *dataset, k int) *truth {
	t := &truth{data: d, k: k, best: map[int][][]scored{}}
	for _, below := range selectivities {
		t.best[below] = make([][]scored, d.queryCount())
	}
	next := make(chan int)
	var running sync.WaitGroup
	for range 2 {
		running.Go(func() {
			for q := range next {
				for below, best := range nearest(d, d.query(q), k) {
					t.best[below][q] = best
				}
			}
		})
	}
	for q := range d.queryCount() {
		next <- q
	}
	close(next)
	running.Wait()
	return t
}

// nearest are the k best rows of a query under every filter.
func nearest(d *dataset, query []float32, k int) map[int][]scored {
	keep := map[int]*top{}
	for _, below := range selectivities {
		keep[below] = &top{k: 2*k + 10}
	}
	for i := range d.len() {
		s, a := float64(dot32(query, d.row(i))), attr(i)
		for below, t := range keep {
			if below == 0 || a < below {
				t.add(scored{i, s})
			}
		}
	}
	out := map[int][]scored{}
	for below, t := range keep {
		for i := range t.all {
			t.all[i].score = dot64(query, d.row(t.all[i].row))
		}
		slices.SortFunc(t.all, byScore)
		out[below] = t.all[:min(k, len(t.all))]
	}
	return out
}

func byScore(a, b scored) int {
	switch {
	case a.score > b.score:
		return -1
	case a.score < b.score:
		return 1
	}
	return a.row - b.row
}

// top keeps the k best of what is added, in no order.
type top struct {
	k     int
	all   []scored
	worst float64
}

func (t *top) add(s scored) {
	if len(t.all) == t.k && s.score <= t.worst {
		return
	}
	t.all = append(t.all, s)
	if len(t.all) > t.k {
		i := 0
		for j := range t.all {
			if t.all[j].score < t.all[i].score {
				i = j
			}
		}
		t.all[i] = t.all[len(t.all)-1]
		t.all = t.all[:t.k]
	}
	t.worst = math.Inf(1)
	for _, s := range t.all {
		t.worst = min(t.worst, s.score)
	}
}

// recall is the share of the true rows that an answer has. A row counts that is as near as the last true one but for
// float32's rounding: peers score in it.
func (t *truth) recall(query, below int, ids []int) float64 {
	const rounding = 2e-6
	query %= t.data.queryCount()
	want := t.best[below][query]
	if len(want) == 0 {
		return 1
	}
	seen := map[int]bool{}
	for _, id := range ids {
		if id < 0 || id >= t.data.len() || below != 0 && attr(id) >= below || seen[id] {
			continue
		}
		seen[id] = dot64(t.data.query(query), t.data.row(id)) >= want[len(want)-1].score-rounding
	}
	found := 0
	for _, ok := range seen {
		if ok {
			found++
		}
	}
	return float64(min(found, len(want))) / float64(len(want))
}

func dot32(a, b []float32) float32 {
	var s0, s1, s2, s3 float32
	b = b[:len(a)]
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += a[i] * b[i]
		s1 += a[i+1] * b[i+1]
		s2 += a[i+2] * b[i+2]
		s3 += a[i+3] * b[i+3]
	}
	for ; i < len(a); i++ {
		s0 += a[i] * b[i]
	}
	return s0 + s1 + s2 + s3
}

func dot64(a, b []float32) float64 {
	sum := 0.0
	for i, x := range a {
		sum += float64(x) * float64(b[i])
	}
	return sum
}
