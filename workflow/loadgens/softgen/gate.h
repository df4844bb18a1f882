/* SPDX-License-Identifier: MIT */
/* Gating: the window is cut in slices; a packet belongs to that of its send stamp.  A slice is disturbed when the
 * generator's loop saw a gap in it or the DUT was silent with packets outstanding; each mark also disturbs its
 * neighbours.
 * A silence that lasts too long for a stop of the machine is the DUT's own: its marks are taken back.
 * Counters and latencies are folded into `raw` always, and when their slice is clean into `gated` and into those of
 * the machine's hidden state in that slice (witness.h).
 * Knows nothing of DPDK: the tests load it as a shared library. */
#ifndef SOFTGEN_GATE_H
#define SOFTGEN_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "histogram.h"
#include "witness.h"

enum counter {
	OFFERED,      /* due by the schedule: sent + refused + skipped */
	SENT,         /* taken by the port */
	REFUSED,      /* not taken: the queue was full */
	SKIPPED,      /* due while the generator was late: never caught up */
	RECEIVED,     /* came back, each counted once */
	ARRIVED,      /* the same, but in the slice in which they came back: no queue flatters it */
	DUPLICATED,   /* came back again */
	OUT_OF_ORDER, /* came back after a packet that was sent later (RFC 4737) */
	COUNTERS
};
/* As a result has them: middlebench.records.record.COUNTERS. */
extern const char *const counter_names[COUNTERS];

/* Why a slice is disturbed: bits of its byte. */
enum cause {
	GAP = 1,      /* our own loop stood still */
	SILENCE = 2,  /* the DUT was silent */
	PENDING = 4,  /* and still is: for how long is not known yet */
	AWAY = 8,     /* our own loop stood still for so long that others had a turn */
};

struct timing {
	uint64_t sum, min, max;             /* cycles; min is UINT64_MAX when empty */
	uint32_t bucket_first, bucket_last; /* the buckets in use; first > last when empty */
	uint64_t *histogram;                /* HISTOGRAM_BUCKETS counts; NULL: it is not kept */
};

struct tally {
	uint64_t counters[COUNTERS];
	struct timing due;  /* latency from when a packet was due: a generator that is late hides nothing */
	struct timing sent; /* and from when it was sent */
};

#define STEPS 256 /* of a turn, at most; what comes later is left out */

/* What came back in the clean slices of one step, of all turns. */
struct step {
	uint64_t arrived;
	uint32_t slices;
};

struct by_state {
	struct tally tally;   /* of the clean ones; from when packets were due alone */
	uint32_t slices, clean;
	struct step turn[STEPS]; /* by time since others' last turn */
};

struct marks {
	uint64_t count;         /* marks */
	uint64_t cycles;        /* their length in all */
	uint64_t cycles_max;
};

struct gate_config {
	uint64_t slice_cycles;
	uint32_t slices_max;    /* length of the longest window */
	uint32_t slices_clean;  /* end the window when so many slices are clean */
	uint32_t drain_slices;  /* how long a packet is waited for */
	uint32_t stop_slices;   /* how long a mark may be taken back */
	uint32_t guard_before, guard_after;
	uint64_t long_cycles;   /* after a mark at least so long, guard_long in place of guard_after; 0: never */
	uint32_t guard_long;    /* also before one that is longer than drain_slices: nobody waits for what was on its way */
	uint32_t step_slices;   /* length of a step of a turn; 0: nobody asks */
	bool enabled;           /* false: every slice is clean */
	uint8_t (*state_of)(void *states, uint64_t from, uint64_t to); /* NULL: nobody knows */
	void *states;
	uint64_t state_lag;     /* cycles after a slice until its state is known */
	uint32_t judged;        /* bits: the states whose clean slices end the window */
	uint32_t slices_judged; /* after so many slices those of any known state do */
};

struct gate {
	struct gate_config config;
	uint64_t window_start;  /* TSC of the first slice */
	double slices_per_cycle;
	uint8_t *disturbed;     /* causes, a byte a slice, guards included */
	uint8_t *state;         /* of the slices that are counted, a byte each */
	uint32_t ring_size;     /* open slices */
	struct tally *ring;
	uint32_t closed;        /* slices folded so far */
	uint32_t since_away;    /* slices since others' last turn, that one too; 0: there was none */
	uint32_t counted;       /* slices whose cleanliness is settled */
	uint32_t clean;         /* clean ones among them, of a state that is judged */
	uint32_t clean_known;   /* of any state but UNKNOWN */
	uint64_t late;          /* came back after their slice was closed */
	struct tally raw, gated;
	uint32_t gated_slices;
	struct by_state by_state[STATES];
};

/* 0, or -1 when memory is short.  Everything is allocated and touched here, nothing in the loop. */
int gate_init(struct gate *gate, const struct gate_config *config);
void gate_free(struct gate *gate);
/* The window starts: slice 0 begins at `tsc`.  Marks made earlier count with their guards. */
void gate_start(struct gate *gate, uint64_t tsc);
/* Slice of a send stamp; negative before the window. */
static inline int64_t gate_slice(const struct gate *gate, uint64_t tsc)
{
	int64_t cycles = (int64_t)(tsc - gate->window_start);

	return cycles < 0 ? -1 : (int64_t)((double)cycles * gate->slices_per_cycle);
}
/* Mark what lies between two stamps as disturbed. */
void gate_mark(struct gate *gate, enum cause cause, uint64_t from, uint64_t to);
/* What is PENDING between two stamps was a SILENCE, or it was none and is no mark any more. */
void gate_settle(struct gate *gate, bool silence, uint64_t from, uint64_t to);
/* Time is now `tsc`: fold slices that nobody waits for.  True when the window may end: with enough clean
 * slices, and not while the DUT is `silent`, as all of a stop belongs to the window; or at its limit. */
bool gate_advance(struct gate *gate, uint64_t tsc, uint64_t silence_cycles, bool silent);
/* The open slice of that number, or NULL when it is closed, before the window or past its end, or when slices before
 * it are to be closed first. */
static inline struct tally *gate_open(struct gate *gate, int64_t slice)
{
	if (slice < (int64_t)gate->closed || slice >= (int64_t)gate->config.slices_max
	    || slice >= (int64_t)gate->closed + (int64_t)gate->ring_size)
		return NULL;
	return &gate->ring[(uint32_t)slice % gate->ring_size];
}
static inline void timing_count(struct timing *timing, uint64_t cycles)
{
	uint32_t bucket = histogram_index(cycles);

	timing->histogram[bucket]++;
	timing->sum += cycles;
	if (cycles < timing->min)
		timing->min = cycles;
	if (cycles > timing->max)
		timing->max = cycles;
	if (bucket < timing->bucket_first)
		timing->bucket_first = bucket;
	if (bucket > timing->bucket_last)
		timing->bucket_last = bucket;
}
/* Count one latency [cycles since it was sent] in a slice, of a packet that was sent so late. */
static inline void tally_latency(struct tally *tally, uint64_t cycles, uint64_t late)
{
	timing_count(&tally->sent, cycles);
	timing_count(&tally->due, cycles + late);
}
/* Fold the first `slices` slices for good. */
void gate_close(struct gate *gate, uint32_t slices);

#endif
