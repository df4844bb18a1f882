/* SPDX-License-Identifier: MIT */
#include "load.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "burst.h"
#include "learn.h"
#include "waiting.h"

#define STALL_TIMES 10        /* a second by default: other programs leave a thread without a turn for 0.1 s */

/* Flow 0, a packet a millisecond, until one of these comes through or the time is over: how many, and
 * how often there was no room for one. */
static void probe(struct load *load, double longest_ms, uint32_t *sent, uint32_t *refused)
{
	uint64_t first = load->sequence, next = rte_rdtsc(), now;
	uint64_t end = own_time(&load->own, next) + cycles(load, longest_ms * 1e3);

	while (load->expected <= first && own_time(&load->own, now = rte_rdtsc()) < end) {
		if (now >= next) {
			load->flow = 0;
			uint16_t taken = send_burst(load, 1, now, 0, 0);

			*sent += taken;
			*refused += 1u - taken;
			next = now + cycles(load, 1000);
		}
		receive_burst(load);
		rte_delay_us_sleep(100); /* the DUT's set-up threads may need this core */
	}
}

/* The same with the SYN of flow 0: data before it would come from nowhere. */
static void probe_syn(struct load *load, double longest_ms)
{
	uint64_t next = rte_rdtsc(), now;
	uint64_t end = own_time(&load->own, next) + cycles(load, longest_ms * 1e3);

	while (load->handshake.syns_received == 0 && own_time(&load->own, now = rte_rdtsc()) < end) {
		if (now >= next) {
			handshake_begin(load, 0);
			next = now + cycles(load, 1000);
		}
		receive_both(load);
		rte_delay_us_sleep(100);
	}
}

static int run_ready(struct load *load)
{
	uint64_t begin = rte_rdtsc();
	uint32_t sent = 0, refused = 0;

	if (load->table.protocol == TCP)
		probe_syn(load, load->options->ready_ms);
	else
		probe(load, load->options->ready_ms, &sent, &refused);
	if (load->expected + load->handshake.syns_received == 0) {
		fprintf(stderr, "softgen: no frame came through in %g ms%s%s\n", load->options->ready_ms,
		        load->verify.wrong ? " as it should: " : "", load->verify.first_wrong);
		return -1;
	}
	load->ready_ms = (double)(rte_rdtsc() - begin) * 1e3 / load->tsc_hz;
	return 0;
}

/* Did the DUT have no CPU since then: the machine's fault, or another program's? */
static bool had_no_cpu(const struct load *load, uint64_t since)
{
	const struct witness *witness = load->watch.witness;

	if (witness == NULL)
		return false;
	enum fault fault = witness_fault(witness, since, rte_rdtsc() - 2 * witness->period);

	return fault == MACHINE || fault == PREEMPTED;
}

/* Does the DUT still forward, now that the load is over?  Asked when the last packets did not come, and again where it
 * could not answer. */
static void run_stall(struct load *load)
{
	uint64_t first = load->sequence;

	if (load->expected == load->sequence)
		return;
	gate_start(&load->gate, UINT64_MAX / 2); /* what comes now belongs to no slice */
	for (int times = 0; times < STALL_TIMES; times++) {
		uint64_t since = rte_rdtsc();

		probe(load, load->options->stall_ms, &load->probes, &load->probes_refused);
		if (load->expected > first || !had_no_cpu(load, since))
			break;
	}
	settle(load);
	load->answered = load->expected > first;
}

/* What is due by `now` [cycles since the start]: send it, or skip it all when it is too late. */
static inline double send_due(struct load *load, uint64_t now, double late, double interval)
{
	struct tally *tally = gate_open(&load->gate, gate_slice(&load->gate, now));
	uint64_t due = (uint64_t)(late / interval) + 1, sent = 0;
	bool skip = late > (double)load->watch.gap_cycles;

	if (!skip) {
		due = RTE_MIN(due, (uint64_t)ports.send_most);
		sent = send_burst(load, (uint16_t)due, now, late, interval);
	}
	if (tally != NULL) {
		tally->counters[OFFERED] += due;
		tally->counters[SENT] += sent;
		tally->counters[skip ? SKIPPED : REFUSED] += due - sent;
	}
	return (double)due * interval;
}

static void run_drain(struct load *load)
{
	uint64_t end = own_time(&load->own, load->watch.load_end) + cycles(load, load->options->drain_ms * 1e3);
	uint64_t now;

	while (load->received_total < load->sent_total && own_time(&load->own, now = rte_rdtsc()) < end) {
		watch_turn(&load->watch, now, load->sequence > load->expected);
		receive_burst(load);
	}
	/* the witness of the last silence */
	while (load->watch.waits > 0 && own_time(&load->own, now = rte_rdtsc()) < end)
		watch_settle(&load->watch, now);
	watch_end(&load->watch);
}

/* Warm-up, window and drain at the offered rate. */
static void run_traffic(struct load *load)
{
	struct gate *gate = &load->gate;
	double interval = load->tsc_hz / load->options->rate_pps, next = 0;
	uint64_t start = rte_rdtsc();
	uint64_t tick = start + cycles(load, load->options->warmup_ms * 1e3);
	uint64_t now = start;

	gate_start(gate, tick);
	load->random_order = load->options->random_order;
	watch_start(&load->watch, start);
	for (;;) {
		now = rte_rdtsc();
		watch_turn(&load->watch, now, load->sequence > load->expected);
		if (now >= tick) {
			if (gate_advance(gate, now, load->watch.silence_cycles, load->watch.silence.since != 0))
				break;
			watch_settle(&load->watch, now);
			tick = gate->window_start
			       + (uint64_t)(gate_slice(gate, now) + 1) * gate->config.slice_cycles;
		}
		double late = (double)(now - start) - next;

		if (late >= 0)
			next += send_due(load, now, late, interval);
		receive_burst(load);
	}
	int64_t slices = RTE_MIN(gate_slice(gate, now), (int64_t)gate->config.slices_max);

	load->watch.load_end = now;
	load->silence_ms = (double)(now - load->watch.last_heard) * 1e3 / load->tsc_hz;
	run_drain(load);
	gate_close(gate, (uint32_t)slices);
}

int load_run(struct load *load)
{
	load->verify.begun = rte_rdtsc();
	if (run_ready(load) < 0)
		return 3;
	uint64_t begin = rte_rdtsc();

	learn_run(load);
	if (load->options->learned != NULL && system(load->options->learned) != 0) {
		fprintf(stderr, "softgen: --learned fails: %s\n", load->options->learned);
		return 5;
	}
	/* only now: the DUT's thread is told by what it has run */
	if (load->probe != NULL
	    && probe_begin(load->probe, load->options->dut_cpu, sched_getcpu(), load->tsc_hz) < 0)
		return 2;
	run_traffic(load);
	run_stall(load);
	if (load->probe != NULL)
		probe_end(load->probe);
	load->traffic_ms = (double)(rte_rdtsc() - begin) * 1e3 / load->tsc_hz;
	return 0;
}
