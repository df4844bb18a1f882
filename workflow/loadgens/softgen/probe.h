/* SPDX-License-Identifier: MIT */
/* A process of ours with a thread on the DUT's CPU and one on the generator's, that look every millisecond at what a
 * virtual machine hides: whether each core's sibling is busy, how far the two are from each other, how far memory is.
 * A process with a session, and so a group of the kernel's scheduler, of its own: threads that come and go in the
 * DUT's group left it without a turn for seconds where another program wanted its CPU (Linux 6.18). */
#ifndef SOFTGEN_PROBE_H
#define SOFTGEN_PROBE_H

#include <sys/types.h>

#include "histogram.h"
#include "witness.h"

#define PROBE_PERIOD_NS 1000000

/* What a thread found, in memory that both processes have. */
struct prober {
	int cpu;
	uint64_t late; /* looks that came more than half a period after they were due */
	uint64_t work[HISTOGRAM_BUCKETS], trips[HISTOGRAM_BUCKETS], memory[HISTOGRAM_BUCKETS]; /* [TSC cycles] */
	uint64_t clock[HISTOGRAM_BUCKETS]; /* PIECES_CORE_CYCLES of the core, in TSC cycles */
};

struct probe {
	struct witness witness;
	struct prober probers[CPUS];
	atomic_bool ending;
	_Alignas(128) atomic_uint here[CPUS]; /* the last meeting that each came to */
	_Alignas(128) atomic_uint line;       /* goes to and fro */
	pid_t process;
	int go;                               /* a byte in here, and it begins; -1: it has */
	size_t size;                          /* of all the memory [B] */
	_Alignas(64) char looks[];            /* of the witness */
};

/* Make the process, which waits; before DPDK starts, so that it has none of that.  NULL after one line on stderr. */
struct probe *probe_make(const struct limits *limits, double keep_ms);
/* Begin to look.  0, or -1 after one line on stderr. */
int probe_begin(struct probe *probe, int dut_cpu, int generator_cpu, double tsc_hz);
/* It is over; what was found stays. */
void probe_end(struct probe *probe);
void probe_free(struct probe *probe);
/* What the process does from then on: look until `ending`. */
void probe_look(struct probe *probe);
/* The median of a histogram [cycles], linear within its bucket; 0 when it is empty. */
double probe_median(const uint64_t *histogram);

#endif
