/* SPDX-License-Identifier: MIT */
/* A flat interface to softgen's gate and frames, for tests that load it as a shared library. */
#include <stdlib.h>
#include <string.h>

#include "flows.h"
#include "gate.h"
#include "tcp.h"

struct gate *driver_make(uint64_t slice_cycles, uint32_t slices_max, uint32_t slices_clean,
                         uint32_t drain_slices, uint32_t before, uint32_t after, int enabled)
{
	struct gate *gate = malloc(sizeof(*gate));
	struct gate_config config = {
		.slice_cycles = slice_cycles, .slices_max = slices_max, .slices_clean = slices_clean,
		.drain_slices = drain_slices, .guard_before = before, .guard_after = after,
		.enabled = enabled != 0,
	};

	if (gate != NULL && gate_init(gate, &config) < 0)
		abort();
	return gate;
}

void driver_free(struct gate *gate)
{
	gate_free(gate);
	free(gate);
}

/* 1 when the slice of the stamp was open and the packet is counted. */
int driver_receive(struct gate *gate, uint64_t stamp, uint64_t latency)
{
	struct tally *tally = gate_open(gate, gate_slice(gate, stamp));

	if (tally == NULL)
		return 0;
	tally->counters[RECEIVED]++;
	tally_latency(tally, latency);
	return 1;
}

int driver_advance(struct gate *gate, uint64_t tsc, uint64_t silence)
{
	return gate_advance(gate, tsc, silence);
}

uint64_t driver_received(const struct gate *gate, int gated)
{
	return (gated ? &gate->gated : &gate->raw)->counters[RECEIVED];
}

uint64_t driver_bucket_count(const struct gate *gate, int gated, uint32_t bucket)
{
	return (gated ? &gate->gated : &gate->raw)->histogram[bucket];
}

uint64_t driver_latency_sum(const struct gate *gate, int gated)
{
	return (gated ? &gate->gated : &gate->raw)->latency_sum;
}

uint32_t driver_gated_slices(const struct gate *gate)
{
	return gate->gated_slices;
}

uint32_t driver_clean(const struct gate *gate)
{
	return gate->clean;
}

uint32_t driver_bucket(uint64_t cycles)
{
	return histogram_index(cycles);
}

uint64_t driver_lower(uint32_t bucket)
{
	return histogram_lower(bucket);
}

/* The first 60 bytes of `count` frames, one a flow from `first` on. */
int driver_frames(uint8_t protocol, uint32_t flows, uint32_t frame_size, uint64_t seed, uint32_t run_id, uint32_t first,
                  uint32_t count, uint64_t sequence, uint64_t stamp, uint8_t *out)
{
	struct flow_table table;

	if (flows_init(&table, protocol, flows, frame_size, seed, run_id) < 0)
		return -1;
	for (uint32_t i = 0; i < count; i++) {
		struct frame *frame = (struct frame *)(out + (size_t)i * sizeof(struct frame));

		memcpy(frame, &table.template, sizeof(*frame));
		if (protocol == TCP)
			segment_write(frame, &table.flows[first + i], (uint32_t)sequence + i);
		else
			frame_write(frame, &table.flows[first + i], sequence + i, stamp);
	}
	flows_free(&table);
	return (int)sizeof(struct frame);
}

/* A flow's SYN. */
int driver_handshake(uint32_t flow, uint32_t frame_size, uint64_t seed, struct frame *syn)
{
	struct flow_table table;

	if (flows_init(&table, TCP, flow + 1, frame_size, seed, 7) < 0)
		return -1;
	tcp_syn(syn, &table, flow);
	flows_free(&table);
	return (int)sizeof(*syn);
}

void driver_answer(const struct frame *syn, struct frame *answer)
{
	tcp_answer(answer, syn);
}

int driver_is(const struct frame *frame, uint32_t length, uint8_t flags)
{
	return tcp_is(frame, length, flags);
}
