/* SPDX-License-Identifier: MIT */
#include "watch.h"

#include <string.h>

/* Count of `cycles` between two stamps what lies in the window. */
static void marks_add(const struct watch *watch, struct marks *marks, uint64_t from, uint64_t to,
                      uint64_t cycles)
{
	uint64_t start = watch->gate->window_start;

	from = from < start ? start : from;
	to = to > watch->load_end ? watch->load_end : to;
	if (to <= from)
		return;
	cycles = cycles > to - from ? to - from : cycles;
	marks->count++;
	marks->cycles += cycles;
	if (cycles > marks->cycles_max)
		marks->cycles_max = cycles;
}

void watch_start(struct watch *watch, uint64_t now)
{
	watch->last_loop = now;
	watch->load_end = UINT64_MAX;
	memset(&watch->silence, 0, sizeof(watch->silence));
	watch_heard(watch, now);
}

void watch_gap(struct watch *watch, uint64_t now)
{
	uint64_t unheard = watch->last_heard > watch->last_loop ? watch->last_heard : watch->last_loop;

	gate_mark(watch->gate, GAP, watch->last_loop, now);
	marks_add(watch, &watch->gaps, watch->last_loop, now, now - watch->last_loop);
	watch->deaf += now - unheard;
}

/* Its own fault: its CPU was there for it. */
static bool is_own(enum fault fault)
{
	return fault == BUSY || fault == ASLEEP || fault == STOPPED;
}

static void silence_judged(struct watch *watch, const struct silence *silence, enum fault fault, bool stop)
{
	gate_settle(watch->gate, !stop, silence->since, silence->until);
	marks_add(watch, stop ? &watch->stops : &watch->silences, silence->since, silence->until, silence->cycles);
	marks_add(watch, &watch->faults[fault], silence->since, silence->until, silence->cycles);
}

static void silence_witnessed(struct watch *watch, const struct silence *silence)
{
	enum fault fault = witness_fault(watch->witness, silence->since, silence->until);

	silence_judged(watch, silence, silence->stop && !is_own(fault) ? UNSEEN : fault, silence->stop || is_own(fault));
}

static void silence_over(struct watch *watch, bool heard)
{
	struct silence over = watch->silence;

	memset(&watch->silence, 0, sizeof(watch->silence));
	/* what nothing follows may be the loss of the last frames alone: whether it is more, probes will tell */
	if (watch->witness == NULL || !heard || watch->waits == SILENCES_MOST) {
		silence_judged(watch, &over, UNSEEN, over.stop || (heard && over.cycles > watch->stop_cycles));
		return;
	}
	watch->waiting[(watch->waits_first + watch->waits++) % SILENCES_MOST] = over;
}

void watch_settle(struct watch *watch, uint64_t now)
{
	while (watch->waits > 0) {
		const struct silence *oldest = &watch->waiting[watch->waits_first];

		if (now < oldest->until + FAULT_LAG_PERIODS * watch->witness->period)
			return;
		silence_witnessed(watch, oldest);
		watch->waits_first = (watch->waits_first + 1) % SILENCES_MOST;
		watch->waits--;
	}
}

/* A silence that goes on has become too long for a machine's: is it the DUT's own? */
static bool is_stop(struct watch *watch, uint64_t now)
{
	if (watch->silence.cycles <= watch->stop_cycles || watch->load_end != UINT64_MAX)
		return false;
	if (watch->witness == NULL)
		return true;
	if (now < watch->asked + watch->witness->period)
		return false;
	watch->asked = now;
	enum fault fault = witness_fault(watch->witness, watch->silence.since, now - 2 * watch->witness->period);

	return is_own(fault) || (fault == UNSEEN && watch->witness->no_thread); /* its CPU was there */
}

void watch_silence(struct watch *watch, uint64_t now, bool silent)
{
	if (watch->silence.since != 0 && (!silent || watch->silence.since != watch->last_heard))
		silence_over(watch, true);
	if (!silent)
		return;
	watch->silence.since = watch->last_heard;
	watch->silence.until = now;
	watch->silence.cycles = now - watch->last_heard - watch->deaf;
	if (watch->silence.stop)
		return;
	watch->silence.stop = is_stop(watch, now);
	if (watch->silence.stop)
		gate_settle(watch->gate, false, watch->silence.since, now);
	else
		gate_mark(watch->gate, PENDING, watch->silence.since, now);
}

void watch_end(struct watch *watch)
{
	if (watch->silence.since != 0)
		silence_over(watch, false);
	if (watch->witness != NULL)
		watch_settle(watch, UINT64_MAX);
}
