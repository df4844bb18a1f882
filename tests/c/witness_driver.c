/* SPDX-License-Identifier: MIT */
/* The same for softgen's witness, and for what gate and watch make of it. */
#include <stdlib.h>

#include "watched.h"
#include "witness.h"

#define KEPT 2000 /* looks */

struct witness *driver_witness(uint64_t period, uint32_t busy_dut, uint32_t busy_generator, uint32_t far, int sees)
{
	struct witness *witness = calloc(1, sizeof(*witness));
	void *memory = malloc(witness_size(KEPT));

	if (witness == NULL || memory == NULL)
		abort();
	witness->limits = (struct limits){{[DUT_CPU] = busy_dut, [GENERATOR_CPU] = busy_generator}, far};
	witness->period = period;
	witness->cycles_a_ns = 1;
	witness->sees_thread = sees == 1;
	witness->no_thread = sees == 2;
	witness_init(witness, KEPT, memory);
	return witness;
}

void driver_witness_free(struct witness *witness)
{
	free(witness->cpus[DUT_CPU].ring); /* the memory of both */
	free(witness);
}

void driver_look(struct witness *witness, int cpu, uint64_t tsc, uint32_t work, uint32_t trip, uint32_t period,
                 uint64_t ran_ns, uint64_t waited_ns, char state)
{
	struct look look = {.tsc = tsc, .work = work, .trip = trip, .period = period, .read = tsc, .ran_ns = ran_ns,
	                    .waited_ns = waited_ns, .stopped = state == 'T', .asleep = state == 'S',
	                    .starved = state == 'R'};

	looks_add(&witness->cpus[cpu], &look);
}

const char *driver_state_name(int state)
{
	return state_names[state];
}

const char *driver_fault_name(int fault)
{
	return fault_names[fault];
}

static uint64_t told_slice;

/* States of slices as they were told. */
static uint8_t told(void *states, uint64_t from, uint64_t to)
{
	(void)to;
	return ((const uint8_t *)states)[from / told_slice];
}

/* A gate whose window begins at 0, without guards, and with these states of its slices. */
struct gate *driver_states(uint64_t slice_cycles, uint32_t slices_max, uint32_t slices_clean, uint32_t judged,
                           uint32_t slices_judged, uint8_t *states)
{
	struct gate *gate = malloc(sizeof(*gate));
	struct gate_config config = {
		.slice_cycles = slice_cycles, .slices_max = slices_max, .slices_clean = slices_clean,
		.drain_slices = 20, .enabled = true, .state_of = told, .states = states, .state_lag = 3 * slice_cycles,
		.judged = judged, .slices_judged = slices_judged,
	};

	told_slice = slice_cycles;
	if (gate == NULL || gate_init(gate, &config) < 0)
		abort();
	gate_start(gate, 0);
	return gate;
}

/* Of a state: slices, clean ones, packets received in those, and the sum of their latencies. */
void driver_of_state(const struct gate *gate, int state, uint64_t *found)
{
	const struct by_state *of = &gate->by_state[state];

	found[0] = of->slices;
	found[1] = of->clean;
	found[2] = of->tally.counters[RECEIVED];
	found[3] = of->tally.due.sum;
}

void driver_watch_by(struct watched *watched, struct witness *witness)
{
	watched->watch.witness = witness;
	watched->watch.waiting = malloc(SILENCES_MOST * sizeof(*watched->watch.waiting));
}

void driver_settle(struct watched *watched, uint64_t now)
{
	watch_settle(&watched->watch, now);
}

/* Silences and stops by whose fault they were: count and cycles of each. */
void driver_faults(const struct watched *watched, uint64_t *found)
{
	for (int i = 0; i < FAULTS; i++) {
		found[2 * i] = watched->watch.faults[i].count;
		found[2 * i + 1] = watched->watch.faults[i].cycles;
	}
}
