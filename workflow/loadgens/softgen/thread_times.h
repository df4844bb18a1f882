/* SPDX-License-Identifier: MIT */
/* What the kernel tells about the thread that polls on a CPU: of those that run now, and can be seen, the one that has run most. */
#ifndef SOFTGEN_THREAD_TIMES_H
#define SOFTGEN_THREAD_TIMES_H

#include <stdbool.h>
#include <stdint.h>

struct thread_times {
	int schedstat, stat; /* open files; -1: it was not found, or the kernel does not tell */
};

/* Find the thread on `cpu`, this process's own left out; false when there is none. */
bool thread_times_open(struct thread_times *times, int cpu);
/* What it ran and what it waited for its CPU so far [ns]; false when it is gone. */
bool thread_times_read(const struct thread_times *times, uint64_t *ran_ns, uint64_t *waited_ns);
/* Its state as the kernel's letter: R runs or waits for its turn, T is stopped by a signal, S sleeps; ? when it is gone. */
char thread_state(const struct thread_times *times);

#endif
