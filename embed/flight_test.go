package embed

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

func TestFlightsShareOneComputation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := flights[string, int]{base: context.Background()}
		var runs, joined atomic.Int64
		release := make(chan struct{})
		var group sync.WaitGroup
		for range 10 {
			group.Go(func() {
				v, shared, err := f.do(t.Context(), "k", func(context.Context) (int, error) {
					<-release
					return int(runs.Add(1)), nil
				})
				if v != 1 || err != nil {
					t.Errorf("%d %v", v, err)
				}
				if shared {
					joined.Add(1)
				}
			})
		}
		synctest.Wait()
		close(release)
		group.Wait()
		if joined.Load() != 9 {
			t.Errorf("%d joined", joined.Load())
		}
		// A finished call is not a cache.
		if v, shared, _ := f.do(t.Context(), "k", func(context.Context) (int, error) { return 7, nil }); v != 7 || shared {
			t.Errorf("%d %v", v, shared)
		}
		f.close()
	})
}

func TestFlightsOutliveTheirFirstCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := flights[string, int]{base: context.Background()}
		release := make(chan struct{})
		compute := func(ctx context.Context) (int, error) {
			select {
			case <-release:
				return 1, nil
			case <-ctx.Done():
				return 0, ctx.Err()
			}
		}
		first, cancel := context.WithCancel(t.Context())
		var group sync.WaitGroup
		group.Go(func() {
			if _, _, err := f.do(first, "k", compute); !errors.Is(err, context.Canceled) {
				t.Errorf("the first: %v", err)
			}
		})
		synctest.Wait()
		group.Go(func() {
			if v, shared, err := f.do(t.Context(), "k", compute); v != 1 || !shared || err != nil {
				t.Errorf("the second: %d %v %v", v, shared, err)
			}
		})
		synctest.Wait()
		cancel()
		synctest.Wait()
		close(release)
		group.Wait()
		f.close()
	})
}

// When the last one gives up the computation is cancelled, and the next request starts
// anew even while the old one is still ending.
func TestFlightsEndWhenNoOneWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := flights[string, int]{base: context.Background()}
		ctx, cancel := context.WithCancel(t.Context())
		ending := make(chan struct{})
		var group sync.WaitGroup
		group.Go(func() {
			_, _, err := f.do(ctx, "k", func(ctx context.Context) (int, error) {
				<-ctx.Done()
				<-ending
				return 0, ctx.Err()
			})
			if !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
		synctest.Wait()
		cancel()
		group.Wait()
		anew := func(context.Context) (int, error) { return 2, nil }
		if v, shared, err := f.do(t.Context(), "k", anew); v != 2 || shared || err != nil {
			t.Errorf("%d %v %v", v, shared, err)
		}
		close(ending)
		f.close()
		if len(f.calls) != 0 {
			t.Errorf("%d calls are left", len(f.calls))
		}
	})
}

func TestFlightsClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		base, stop := context.WithCancelCause(context.Background())
		f := flights[string, int]{base: base}
		var group sync.WaitGroup
		group.Go(func() {
			_, _, err := f.do(t.Context(), "k", func(ctx context.Context) (int, error) {
				<-ctx.Done()
				return 0, ctx.Err()
			})
			if !errors.Is(err, ErrClosed) {
				t.Errorf("cut short: %v", err)
			}
		})
		synctest.Wait()
		stop(ErrClosed)
		f.close()
		group.Wait()
		if _, _, err := f.do(t.Context(), "k", nil); !errors.Is(err, ErrClosed) {
			t.Errorf("afterwards: %v", err)
		}
	})
}
