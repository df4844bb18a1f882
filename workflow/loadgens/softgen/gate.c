/* SPDX-License-Identifier: MIT */
#include "gate.h"

#include <stdlib.h>
#include <string.h>

const char *const counter_names[COUNTERS] = {
	[OFFERED] = "offered", [SENT] = "sent", [REFUSED] = "refused", [SKIPPED] = "skipped",
	[RECEIVED] = "received", [ARRIVED] = "arrived",
	[DUPLICATED] = "duplicated", [OUT_OF_ORDER] = "out_of_order",
};

static int timing_init(struct timing *timing)
{
	timing->histogram = malloc(HISTOGRAM_BUCKETS * sizeof(*timing->histogram));
	if (timing->histogram == NULL)
		return -1;
	/* written, not calloc'ed: a page fault in the packet loop would be a gap */
	memset(timing->histogram, 0, HISTOGRAM_BUCKETS * sizeof(*timing->histogram));
	timing->min = UINT64_MAX;
	timing->bucket_first = HISTOGRAM_BUCKETS;
	return 0;
}

static int tally_init(struct tally *tally)
{
	return timing_init(&tally->due) < 0 ? -1 : timing_init(&tally->sent);
}

static void tally_free(struct tally *tally)
{
	free(tally->due.histogram);
	free(tally->sent.histogram);
}

static void timing_clear(struct timing *timing)
{
	uint64_t *histogram = timing->histogram;

	for (uint32_t i = timing->bucket_first; i <= timing->bucket_last && i < HISTOGRAM_BUCKETS; i++)
		histogram[i] = 0;
	*timing = (struct timing){.min = UINT64_MAX, .bucket_first = HISTOGRAM_BUCKETS, .histogram = histogram};
}

static void tally_clear(struct tally *tally)
{
	memset(tally->counters, 0, sizeof(tally->counters));
	timing_clear(&tally->due);
	timing_clear(&tally->sent);
}

static void timing_add(struct timing *to, const struct timing *from)
{
	if (to->histogram == NULL || from->bucket_first > from->bucket_last)
		return;
	for (uint32_t i = from->bucket_first; i <= from->bucket_last; i++)
		to->histogram[i] += from->histogram[i];
	to->sum += from->sum;
	if (from->min < to->min)
		to->min = from->min;
	if (from->max > to->max)
		to->max = from->max;
	if (from->bucket_first < to->bucket_first)
		to->bucket_first = from->bucket_first;
	if (from->bucket_last > to->bucket_last)
		to->bucket_last = from->bucket_last;
}

static void tally_add(struct tally *to, const struct tally *from)
{
	for (int i = 0; i < COUNTERS; i++)
		to->counters[i] += from->counters[i];
	timing_add(&to->due, &from->due);
	timing_add(&to->sent, &from->sent);
}

int gate_init(struct gate *gate, const struct gate_config *config)
{
	uint32_t longest = config->stop_slices + config->guard_before;

	memset(gate, 0, sizeof(*gate));
	gate->config = *config;
	gate->slices_per_cycle = 1.0 / (double)config->slice_cycles;
	gate->window_start = UINT64_MAX / 2; /* not started: every stamp lies before it */
	gate->ring_size = config->drain_slices > longest ? config->drain_slices : longest;
	gate->ring_size += config->guard_after + config->guard_long + (uint32_t)(config->state_lag / config->slice_cycles) + 4;
	if (gate->ring_size > config->slices_max)
		gate->ring_size = config->slices_max;
	gate->disturbed = malloc(config->slices_max);
	gate->state = malloc(config->slices_max);
	gate->ring = calloc(gate->ring_size, sizeof(*gate->ring));
	if (gate->disturbed == NULL || gate->state == NULL || gate->ring == NULL)
		return -1;
	memset(gate->disturbed, 0, config->slices_max);
	memset(gate->state, UNKNOWN, config->slices_max);
	for (uint32_t i = 0; i < gate->ring_size; i++)
		if (tally_init(&gate->ring[i]) < 0)
			return -1;
	for (int i = 0; i < STATES && config->state_of != NULL; i++)
		if (timing_init(&gate->by_state[i].tally.due) < 0)
			return -1;
	return tally_init(&gate->raw) < 0 || tally_init(&gate->gated) < 0 ? -1 : 0;
}

void gate_free(struct gate *gate)
{
	for (uint32_t i = 0; gate->ring != NULL && i < gate->ring_size; i++)
		tally_free(&gate->ring[i]);
	for (int i = 0; i < STATES; i++)
		tally_free(&gate->by_state[i].tally);
	free(gate->ring);
	free(gate->disturbed);
	free(gate->state);
	tally_free(&gate->raw);
	tally_free(&gate->gated);
}

void gate_start(struct gate *gate, uint64_t tsc)
{
	gate->window_start = tsc;
}

static bool is_long(const struct gate *gate, uint64_t from, uint64_t to)
{
	return gate->config.long_cycles > 0 && to - from >= gate->config.long_cycles;
}

/* The slices that a mark between two stamps disturbs, guards included: `first` to `last`. */
static void slices_between(const struct gate *gate, uint64_t from, uint64_t to, int64_t *first, int64_t *last)
{
	/* floor, not truncation: a stamp before the window lies in a negative slice */
	int64_t cycles = (int64_t)gate->config.slice_cycles;
	int64_t begin = (int64_t)(from - gate->window_start), end = (int64_t)(to - gate->window_start);
	bool is_longest = is_long(gate, from, to) && to - from > gate->config.drain_slices * gate->config.slice_cycles;

	*first = begin / cycles - (begin % cycles < 0) - gate->config.guard_before;
	*first -= is_longest ? gate->config.guard_long : 0;
	*last = end / cycles - (end % cycles < 0);
	*last += is_long(gate, from, to) ? gate->config.guard_long : gate->config.guard_after;
	if (*first < (int64_t)gate->closed)
		*first = (int64_t)gate->closed;
	if (*last >= (int64_t)gate->config.slices_max)
		*last = (int64_t)gate->config.slices_max - 1;
}

/* Ask for the state of a slice. */
static void slice_ask(struct gate *gate, uint32_t slice)
{
	uint64_t from = gate->window_start + slice * gate->config.slice_cycles;

	if (gate->config.state_of != NULL)
		gate->state[slice] = gate->config.state_of(gate->config.states, from, from + gate->config.slice_cycles);
}

/* A slice whose state was asked for becomes clean (1) or disturbed (-1). */
static void clean_add(struct gate *gate, uint32_t slice, int change)
{
	gate->clean += (gate->config.judged >> gate->state[slice] & 1) ? (uint32_t)change : 0;
	gate->clean_known += gate->state[slice] != UNKNOWN ? (uint32_t)change : 0;
}

/* New causes of a slice, which may have been counted already. */
static void slice_set(struct gate *gate, int64_t slice, uint8_t causes)
{
	if (slice < (int64_t)gate->counted)
		clean_add(gate, (uint32_t)slice, (causes == 0) - (gate->disturbed[slice] == 0));
	gate->disturbed[slice] = causes;
}

void gate_mark(struct gate *gate, enum cause cause, uint64_t from, uint64_t to)
{
	uint8_t causes = (uint8_t)(cause | (cause == GAP && is_long(gate, from, to) ? AWAY : 0));
	int64_t slice, last;

	if (!gate->config.enabled)
		return;
	for (slices_between(gate, from, to, &slice, &last); slice <= last; slice++)
		slice_set(gate, slice, gate->disturbed[slice] | causes);
}

void gate_settle(struct gate *gate, bool silence, uint64_t from, uint64_t to)
{
	int64_t slice, last;

	for (slices_between(gate, from, to, &slice, &last); slice <= last; slice++)
		if (gate->disturbed[slice] & PENDING)
			slice_set(gate, slice, (uint8_t)((gate->disturbed[slice] & ~PENDING) | (silence ? SILENCE : 0)));
}

/* The slice that is closed next is of a step of a turn, where it is clean. */
static void step_add(struct gate *gate, struct by_state *state, const struct tally *tally)
{
	uint8_t causes = gate->disturbed[gate->closed];

	if (gate->config.step_slices == 0 || (gate->since_away == 0 && !(causes & AWAY)))
		return;
	gate->since_away = causes & AWAY ? 1 : gate->since_away + 1;
	if (causes != 0)
		return;
	uint32_t step = (gate->since_away - 2) / gate->config.step_slices;

	if (step >= STEPS)
		return;
	state->turn[step].slices++;
	state->turn[step].arrived += tally->counters[ARRIVED];
}

void gate_close(struct gate *gate, uint32_t slices)
{
	for (; gate->closed < slices; gate->closed++) {
		struct tally *tally = &gate->ring[gate->closed % gate->ring_size];

		if (gate->closed >= gate->counted)
			slice_ask(gate, gate->closed);
		struct by_state *state = &gate->by_state[gate->state[gate->closed]];

		tally_add(&gate->raw, tally);
		step_add(gate, state, tally);
		state->slices++;
		if (!gate->disturbed[gate->closed]) {
			tally_add(&gate->gated, tally);
			gate->gated_slices++;
			tally_add(&state->tally, tally);
			state->clean++;
		}
		tally_clear(tally);
	}
}

static void slice_count(struct gate *gate)
{
	slice_ask(gate, gate->counted);
	if (!gate->disturbed[gate->counted])
		clean_add(gate, gate->counted, 1);
}

bool gate_advance(struct gate *gate, uint64_t tsc, uint64_t silence_cycles, bool silent)
{
	int64_t now = gate_slice(gate, tsc);
	/* a mark reaches back guard_before slices, and silence is known only when it has lasted */
	int64_t settled = now - gate->config.guard_before - 1
	                  - (int64_t)((silence_cycles + gate->config.state_lag) / gate->config.slice_cycles);

	if (settled > (int64_t)gate->config.slices_max)
		settled = gate->config.slices_max;
	for (; (int64_t)gate->counted < settled; gate->counted++)
		slice_count(gate);
	int64_t closing = now - (int64_t)gate->ring_size + 2;

	if (closing > (int64_t)gate->config.slices_max)
		closing = gate->config.slices_max;
	if (closing > (int64_t)gate->closed)
		gate_close(gate, (uint32_t)closing);
	uint32_t clean = now >= (int64_t)gate->config.slices_judged && gate->clean_known > gate->clean
	                 ? gate->clean_known : gate->clean;

	return now >= (int64_t)gate->config.slices_max
	       || (gate->config.enabled && !silent && clean >= gate->config.slices_clean);
}
