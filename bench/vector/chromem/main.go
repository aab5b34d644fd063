// Command chromem serves chromem-go to bench/vector: a JSON object a line in, one a line out, as ../worker.go says. It is a
// module of its own, so that the database does not depend on what it is compared with.
package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"github.com/philippgille/chromem-go"
)

type request struct {
	Do      string  `json:"do"`
	First   int     `json:"first"`
	Min     int     `json:"min"`
	Seconds float64 `json:"seconds"`
	K       int     `json:"k"`
	Below   int     `json:"below"`
}

type reply struct {
	Error string    `json:"error,omitempty"`
	Took  float64   `json:"took"`
	CPU   float64   `json:"cpu"`
	Wall  []float64 `json:"wall"`
	IDs   [][]int   `json:"ids"`
}

func main() {
	if err := serve(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "chromem:", err)
		os.Exit(1)
	}
}

// serve BASE QUERIES DIM DIR; the database stays in memory.
func serve(ctx context.Context, args []string) error {
	if len(args) != 4 {
		return fmt.Errorf("wants two files, a dimension and a folder")
	}
	dim, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	queries, err := vectors(args[1], dim)
	if err != nil {
		return err
	}
	items, err := chromem.NewDB().CreateCollection("items", nil, nil)
	if err != nil {
		return err
	}
	in, out := bufio.NewScanner(os.Stdin), json.NewEncoder(os.Stdout)
	for in.Scan() {
		var r request
		if err := json.Unmarshal(in.Bytes(), &r); err != nil {
			return err
		}
		var a reply
		start, cpu := time.Now(), ownCPU()
		if r.Do == "build" {
			err = build(ctx, items, args[0], dim)
		} else {
			a, err = search(ctx, items, queries, r)
		}
		a.Took, a.CPU = time.Since(start).Seconds(), (ownCPU() - cpu).Seconds()
		if err != nil {
			a = reply{Error: err.Error()}
		}
		if err := out.Encode(a); err != nil {
			return err
		}
	}
	return in.Err()
}

func build(ctx context.Context, items *chromem.Collection, base string, dim int) error {
	rows, err := vectors(base, dim)
	if err != nil {
		return err
	}
	docs := make([]chromem.Document, len(rows))
	for i, v := range rows {
		docs[i] = chromem.Document{ID: strconv.Itoa(i), Embedding: v, Metadata: bands(i * 7919 % 1000)}
	}
	return items.AddDocuments(ctx, docs, runtime.NumCPU())
}

// bands stand for attr < n: chromem-go's filters know equality alone.
func bands(attr int) map[string]string {
	m := map[string]string{}
	for _, below := range []int{500, 50, 1} {
		if attr < below {
			m[strconv.Itoa(below)] = "in"
		}
	}
	return m
}

func search(ctx context.Context, items *chromem.Collection, queries [][]float32, r request) (a reply, err error) {
	var where map[string]string
	if r.Below > 0 {
		where = map[string]string{strconv.Itoa(r.Below): "in"}
	}
	for start := time.Now(); len(a.IDs) < r.Min || time.Since(start).Seconds() < r.Seconds; {
		began := time.Now()
		found, err := items.QueryEmbedding(ctx, queries[(r.First+len(a.IDs))%len(queries)], r.K, where, nil)
		if err != nil {
			return a, err
		}
		ids := make([]int, len(found))
		for i, f := range found {
			if ids[i], err = strconv.Atoi(f.ID); err != nil {
				return a, err
			}
		}
		a.Wall = append(a.Wall, time.Since(began).Seconds())
		a.IDs = append(a.IDs, ids)
	}
	return a, nil
}

func vectors(path string, dim int) ([][]float32, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	out := make([][]float32, len(data)/4/dim)
	for i := range out {
		out[i] = make([]float32, dim)
		for k := range out[i] {
			out[i][k] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*(i*dim+k):]))
		}
	}
	return out, nil
}

func ownCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
