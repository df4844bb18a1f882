/* SPDX-License-Identifier: MIT */
/* A flat interface to softgen's gate, watch, frames and their check, and options, for tests that load it as a
 * shared library. */
#include <stdlib.h>
#include <string.h>

#include "flows.h"
#include "gate.h"
#include "options.h"
#include "tcp.h"
#include "verify.h"
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

/* The sizes of the frames of one period [B, with FCS]; how many there are, or -1. */
int driver_sizes(const char *text, uint16_t *out)
{
	struct sizes sizes;

	if (sizes_parse(&sizes, text) < 0)
		return -1;
	memcpy(out, sizes.frame_size, sizes.period * sizeof(*out));
	return (int)sizes.period;
}

/* The first 60 bytes of `count` frames, one a flow from `first` on; sizes as --frame-size has them. */
int driver_frames(uint8_t protocol, uint32_t flows, uint32_t a_destination, const char *sizes_text, uint64_t seed,
                  uint32_t run_id, uint32_t first, uint32_t count, uint64_t sequence, uint64_t stamp, uint8_t *out)
{
	struct flow_table table;
	struct sizes sizes;

	if (sizes_parse(&sizes, sizes_text) < 0
	    || flows_init(&table, protocol, flows, a_destination, sizes.frame_size[0], seed, run_id) < 0)
		return -1;
	for (uint32_t i = 0; i < count; i++) {
		struct frame *frame = (struct frame *)(out + (size_t)i * sizeof(struct frame));

		memcpy(frame, &table.template, sizeof(*frame));
		if (protocol == TCP)
			segment_write(frame, &table.flows[first + i], (uint32_t)sequence + i);
		else
			frame_write(frame, &table.flows[first + i], sequence + i, stamp);
		if (sizes.period > 1)
			frame_resize(frame, protocol, sizes.frame_size[0], sizes_of(&sizes, sequence + i));
	}
	flows_free(&table);
	return (int)sizeof(struct frame);
}

/* A flow's SYN. */
int driver_handshake(uint32_t flow, uint32_t frame_size, uint64_t seed, struct frame *syn)
{
	struct flow_table table;

	if (flows_init(&table, TCP, flow + 1, PORTS, frame_size, seed, 7) < 0)
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

struct checked {
	struct sizes sizes;
	struct flow_table table;
	struct verify verify;
};

struct checked *driver_check(uint8_t protocol, uint32_t flows, uint32_t a_destination, const char *sizes, uint64_t seed,
                             uint32_t run_id, uint32_t snat, uint32_t snat_last, uint8_t ttl_less, int new_source_mac,
                             int new_id, int swapped)
{
	struct checked *checked = calloc(1, sizeof(*checked));
	struct makes makes = {
		.snat = snat, .snat_last = snat_last, .ttl_less = ttl_less,
		.new_source_mac = new_source_mac != 0, .new_id = new_id != 0, .swapped = swapped != 0,
	};

	if (checked == NULL || sizes_parse(&checked->sizes, sizes) < 0
	    || flows_init(&checked->table, protocol, flows, a_destination, checked->sizes.frame_size[0], seed, run_id) < 0
	    || verify_init(&checked->verify, &checked->table, &makes, &checked->sizes, run_id, 1000) < 0)
		abort();
	return checked;
}

void driver_check_free(struct checked *checked)
{
	verify_free(&checked->verify);
	flows_free(&checked->table);
	free(checked);
}

void driver_check_frame(struct checked *checked, const uint8_t *data, uint64_t sequence, uint64_t stamp, uint32_t flow)
{
	verify_frame(&checked->verify, data, sequence, stamp, flow);
}

/* 1 when the number is a sample's; its frame is compared with what was sent then. */
int driver_check_sample(struct checked *checked, const uint8_t *data, uint64_t sequence, uint64_t stamp, uint32_t flow)
{
	if (!verify_samples(&checked->verify, sequence))
		return 0;
	verify_sent(&checked->verify, sequence, flow, stamp);
	verify_sample(&checked->verify, data, sequence);
	return 1;
}

int driver_check_stray(struct checked *checked, const uint8_t *data, uint32_t length, uint64_t begun, uint64_t now)
{
	checked->verify.begun = begun;
	return verify_stray(&checked->verify, data, length, now);
}

uint64_t driver_compared(const struct checked *checked)
{
	return checked->verify.checked;
}

uint64_t driver_wrong(const struct checked *checked)
{
	return checked->verify.wrong;
}

const char *driver_words(const struct checked *checked)
{
	return checked->verify.first_wrong;
}

/* What the command line with this option says: 0 when its value is taken. */
int driver_option(char *option, char *value)
{
	char *words[] = {"softgen", "--out", "file", "--rate-pps", "1", option, value, NULL};
	struct options options;

	return options_parse(&options, 7, words);
}
