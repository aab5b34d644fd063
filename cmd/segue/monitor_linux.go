package main

// Go's monitor thread (runtime.sysmon) sleeps 20 µs at a time while anything runs, which with Linux's usual timer slack of
// 50 µs wakes it eight times while a commit waits for its disk: most of the thread switches of a single client, and 14 % of its
// time (2026-11-30: 2,080 → 2,370 commits a second). It looks after goroutines that ran for 10 ms, for which a third of a
// millisecond is soon enough, and after processors that a blocking call keeps from others: at 2 ms 16 clients that commit
// waited for those, and made 10 % less. A thread inherits its slack from the one that starts it, so it is widened while the
// runtime starts its first thread, which is the monitor, and narrowed while the monitor starts one. The others keep theirs: they
// sleep a few microseconds for each other.
// A process that embeds the database is left alone; this is in the binary only.

/*
#cgo LDFLAGS: -Wl,--wrap=pthread_create

#include <pthread.h>
#include <stdatomic.h>
#include <sys/prctl.h>

int __real_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

static atomic_flag begun = ATOMIC_FLAG_INIT;
static unsigned long usual = 50000;
static const unsigned long wide = 300000;

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *arg) {
	unsigned long own = (unsigned long)prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0), child = usual;
	if (!atomic_flag_test_and_set(&begun)) {
		usual = own;
		child = wide;
	} else if (own != wide) {
		return __real_pthread_create(thread, attr, start, arg);
	}
	prctl(PR_SET_TIMERSLACK, child, 0, 0, 0);
	int err = __real_pthread_create(thread, attr, start, arg);
	prctl(PR_SET_TIMERSLACK, own, 0, 0, 0);
	return err;
}
*/
import "C"
