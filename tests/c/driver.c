/* SPDX-License-Identifier: MIT */
/* A flat interface to softgen's gate, watch and options, for tests that load it as a shared library. */
#include <stdlib.h>

#include "gate.h"
#include "options.h"
#include "watched.h"

struct gate *driver_make(uint64_t slice_cycles, uint32_t slices_max, uint32_t slices_clean,
                         uint32_t drain_slices, uint32_t before, uint32_t after, int enabled)
{
	struct gate *gate = malloc(sizeof(*gate));
	struct gate_config config = {
		.slice_cycles = slice_cycles, .slices_max = slices_max, .slices_clean = slices_clean,
		.drain_slices = drain_slices, .guard_before = before, .guard_after = after,
		.enabled = enabled != 0, .judged = ALL_STATES,
	};

	if (gate != NULL && gate_init(gate, &config) < 0)
		abort();
	return gate;
}

/* After marks of so many cycles another guard. */
void driver_long(struct gate *gate, uint64_t cycles, uint32_t guard)
{
	gate->config.long_cycles = cycles;
	gate->config.guard_long = guard;
}

/* Steps of a turn have so many slices. */
void driver_steps(struct gate *gate, uint32_t slices)
{
	gate->config.step_slices = slices;
}

/* A packet came back at this time. */
void driver_arrive(struct gate *gate, uint64_t tsc)
{
	gate_open(gate, gate_slice(gate, tsc))->counters[ARRIVED]++;
}

/* Clean slices of a step, and what came back in them; of the state that nobody knows. */
void driver_step(const struct gate *gate, uint32_t step, uint64_t *found)
{
	found[0] = gate->by_state[UNKNOWN].turn[step].slices;
	found[1] = gate->by_state[UNKNOWN].turn[step].arrived;
}

void driver_free(struct gate *gate)
{
	gate_free(gate);
	free(gate);
}

/* 1 when the slice of the stamp was open and the packet is counted. */
int driver_receive(struct gate *gate, uint64_t stamp, uint64_t latency, uint64_t late)
{
	struct tally *tally = gate_open(gate, gate_slice(gate, stamp));

	if (tally == NULL)
		return 0;
	tally->counters[RECEIVED]++;
	tally_latency(tally, latency, late);
	return 1;
}

int driver_advance(struct gate *gate, uint64_t tsc, uint64_t silence, int silent)
{
	return gate_advance(gate, tsc, silence, silent != 0);
}

uint64_t driver_received(const struct gate *gate, int gated)
{
	return (gated ? &gate->gated : &gate->raw)->counters[RECEIVED];
}

uint64_t driver_bucket_count(const struct gate *gate, int gated, uint32_t bucket)
{
	return (gated ? &gate->gated : &gate->raw)->sent.histogram[bucket];
}

uint64_t driver_latency_sum(const struct gate *gate, int gated)
{
	return (gated ? &gate->gated : &gate->raw)->sent.sum;
}

/* The same from when packets were due. */
uint64_t driver_due_sum(const struct gate *gate, int gated)
{
	return (gated ? &gate->gated : &gate->raw)->due.sum;
}

uint32_t driver_gated_slices(const struct gate *gate)
{
	return gate->gated_slices;
}

uint32_t driver_clean(const struct gate *gate)
{
	return gate->clean;
}

uint32_t driver_counters(void)
{
	return COUNTERS;
}

/* What a counter is called. */
const char *driver_counter(uint32_t counter)
{
	return counter_names[counter];
}

uint32_t driver_bucket(uint64_t cycles)
{
	return histogram_index(cycles);
}

uint64_t driver_lower(uint32_t bucket)
{
	return histogram_lower(bucket);
}

/* A watch over a gate without guards whose window begins at `start`. */
struct watched *driver_watch(uint64_t slice_cycles, uint32_t slices, uint64_t start, uint64_t gap, uint64_t silence,
                             uint64_t stop)
{
	struct watched *watched = calloc(1, sizeof(*watched));
	struct gate_config config = {
		.slice_cycles = slice_cycles, .slices_max = slices, .slices_clean = slices, .enabled = true,
		.judged = ALL_STATES,
	};

	if (watched == NULL || gate_init(&watched->gate, &config) < 0)
		abort();
	watched->watch = (struct watch){
		.gate = &watched->gate, .gap_cycles = gap, .silence_cycles = silence, .stop_cycles = stop,
	};
	gate_start(&watched->gate, start);
	watch_start(&watched->watch, start);
	return watched;
}

void driver_watch_free(struct watched *watched)
{
	gate_free(&watched->gate);
	free(watched->watch.waiting);
	free(watched);
}

/* A turn of the loop; in the end of it something may come back. */
void driver_turn(struct watched *watched, uint64_t now, int outstanding, int heard)
{
	watch_turn(&watched->watch, now, outstanding != 0);
	if (heard)
		watch_heard(&watched->watch, now);
}

/* Something came back within a turn. */
void driver_hear(struct watched *watched, uint64_t now)
{
	watch_heard(&watched->watch, now);
}

void driver_load_end(struct watched *watched, uint64_t now)
{
	watched->watch.load_end = now;
}

void driver_watch_end(struct watched *watched)
{
	watch_end(&watched->watch);
}

/* Count, cycles and longest of gaps, silences, stops. */
void driver_marks(const struct watched *watched, uint64_t *out)
{
	const struct marks *marks[] = {&watched->watch.gaps, &watched->watch.silences, &watched->watch.stops};

	for (int i = 0; i < 3; i++) {
		out[3 * i] = marks[i]->count;
		out[3 * i + 1] = marks[i]->cycles;
		out[3 * i + 2] = marks[i]->cycles_max;
	}
}

/* The causes by which a slice is disturbed. */
int driver_causes(const struct watched *watched, uint32_t slice)
{
	return watched->gate.disturbed[slice];
}

/* What the command line with this option says: 0 when its value is taken. */
int driver_option(char *option, char *value)
{
	char *words[] = {"softgen", "--out", "file", "--rate-pps", "1", option, value, NULL};
	struct options options;

	return options_parse(&options, 7, words);
}
