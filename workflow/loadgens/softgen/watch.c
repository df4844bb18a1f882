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

static void silence_over(struct watch *watch, bool heard)
{
	uint64_t since = watch->silence.since, until = watch->silence.until, cycles = watch->silence.cycles;
	/* what nothing follows may be the loss of the last frames alone: whether it is more, probes will tell */
	bool stop = watch->silence.stop || (heard && cycles > watch->stop_cycles);

	gate_settle(watch->gate, !stop, since, until);
	marks_add(watch, stop ? &watch->stops : &watch->silences, since, until, cycles);
	memset(&watch->silence, 0, sizeof(watch->silence));
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
	watch->silence.stop = watch->silence.cycles > watch->stop_cycles && watch->load_end == UINT64_MAX;
	if (watch->silence.stop)
		gate_settle(watch->gate, false, watch->silence.since, now);
	else
		gate_mark(watch->gate, PENDING, watch->silence.since, now);
}

void watch_end(struct watch *watch)
{
	if (watch->silence.since != 0)
		silence_over(watch, false);
}
