/* SPDX-License-Identifier: MIT */
/* What stands still, and whose fault it is.  A gap: our own loop did.  A silence: packets were outstanding
 * and none came back for longer than `silence_cycles`, gaps not counted, so that each stop has one cause.
 * A stop: the DUT's own, so it is judged: a silence while its CPU was there, as the witness tells (witness.h), or where
 * there is none, one longer than `stop_cycles`, for which no machine accounts.
 * Knows nothing of DPDK: the tests load it as a shared library. */
#ifndef SOFTGEN_WATCH_H
#define SOFTGEN_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "gate.h"
#include "witness.h"

#define SILENCES_MOST 4096 /* that wait for their samples: they come within milliseconds */

struct silence {
	uint64_t since, until; /* 0: there is none */
	uint64_t cycles;       /* without gaps */
	bool stop;             /* known to be one */
};

struct watch {
	struct gate *gate;
	uint64_t gap_cycles, silence_cycles, stop_cycles;
	uint64_t last_loop;           /* TSC of the last turn of the loop */
	uint64_t last_heard;          /* TSC: a packet came back, or the first one became outstanding */
	uint64_t deaf;                /* cycles in gaps of our loop since then */
	struct silence silence;       /* going on */
	const struct witness *witness; /* NULL: there is none */
	struct silence *waiting;      /* over, and until the witness is asked; a ring */
	uint32_t waits_first, waits;  /* the oldest, and how many */
	uint64_t asked;               /* TSC: when it was last asked about the one that goes on */
	uint64_t load_end;            /* TSC; UINT64_MAX while there is load */
	struct marks gaps, silences, stops; /* of the window */
	struct marks faults[FAULTS];  /* silences and stops, by whose fault they were */
};

/* The DUT was heard. */
static inline void watch_heard(struct watch *watch, uint64_t now)
{
	watch->last_heard = now;
	watch->deaf = 0;
}
void watch_gap(struct watch *watch, uint64_t now);
void watch_silence(struct watch *watch, uint64_t now, bool silent);
/* A turn of the loop, stamped `now`: are packets `outstanding`? */
static inline void watch_turn(struct watch *watch, uint64_t now, bool outstanding)
{
	bool silent;

	if (__builtin_expect(now - watch->last_loop > watch->gap_cycles, 0))
		watch_gap(watch, now);
	watch->last_loop = now;
	silent = outstanding && now > watch->last_heard + watch->deaf + watch->silence_cycles;
	if (__builtin_expect(silent || watch->silence.since != 0, 0))
		watch_silence(watch, now, silent);
}
/* Have the witness judge the silences that were over some time before `now`. */
void watch_settle(struct watch *watch, uint64_t now);
/* Load begins. */
void watch_start(struct watch *watch, uint64_t now);
/* What is waited for after the load has ended is over too; the witness has had its time. */
void watch_end(struct watch *watch);

#endif
