/* SPDX-License-Identifier: MIT */
#include "load.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "burst.h"

#define LEARN_PASSES_MIN 3    /* a connection tracker's third packet takes the path of all later ones */
#define LEARN_IDLE_MAX 15     /* passes with no new flow: what is missing does not come; with SETTLE_MS, 0.3 s */
#define SETTLE_MS 20          /* longer than a shared machine stops a core */
#define HANG_MS 1000          /* far longer */
#define STALL_TIMES 10        /* a second by default: other programs leave a thread without a turn for 0.1 s */

/* The time of its own by now; see own_time.h. */
static uint64_t own_now(struct load *load)
{
	return own_time(&load->own, rte_rdtsc());
}

/* While flows are learned: what came to the outside, and with TCP to the inside. */
static void receive_both(struct load *load)
{
	receive_burst(load);
	if (load->table.protocol == TCP)
		handshake_home(load);
}

/* Wait for what is on its way: the last packet sent, or SETTLE_MS. */
static void settle(struct load *load)
{
	uint64_t end = own_now(load) + cycles(load, SETTLE_MS * 1e3);

	while (load->expected < load->sequence && own_now(load) < end)
		receive_both(load);
}

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

/* Is the time for learning over, or did nothing go in or come out for so long that the DUT hangs? */
static bool learning_over(struct load *load, double interval, uint64_t tsc)
{
	const struct handshake *hands = &load->handshake;
	uint64_t now = own_time(&load->own, tsc);
	uint64_t moved = load->sequence + load->received_total + hands->syns_sent + hands->answers_received;

	if (moved != load->learn_moved) {
		load->learn_moved = moved;
		load->learn_moved_at = now;
	}
	return now > load->learn_limit
	       || (double)(now - load->learn_moved_at) > 10 * interval + (double)cycles(load, HANG_MS * 1e3);
}

/* A SYN for each flow that did not come back yet, then wait for the answers. */
static void learn_handshakes(struct load *load, double interval)
{
	uint64_t answered = load->handshake.answers_received, sent = 0;
	double next = (double)rte_rdtsc();
	uint64_t now = rte_rdtsc();

	for (uint32_t flow = 0; flow < load->table.count && !learning_over(load, interval, now); now = rte_rdtsc()) {
		receive_both(load);
		if (load->learned[flow]) {
			flow++;
		} else if ((double)now >= next && handshake_begin(load, flow) == 1) {
			next = (double)now + interval;
			sent++;
			flow++;
		}
	}
	uint64_t end = own_now(load) + cycles(load, SETTLE_MS * 1e3);

	while (load->handshake.answers_received < answered + sent && own_now(load) < end)
		receive_both(load);
}

/* A packet of every flow; false when the time is over. */
static bool learn_pass(struct load *load, double interval)
{
	uint64_t pass_end = load->sequence + load->table.count;
	double next = (double)rte_rdtsc();

	while (load->sequence < pass_end) {
		uint64_t now = rte_rdtsc();

		if (learning_over(load, interval, now))
			return false;
		if ((double)now >= next && send_burst(load, 1, now, 0, 0) == 1)
			next = (double)now + interval;
		receive_both(load);
	}
	load->learn_passes++;
	settle(load);
	return true;
}

/* Every flow in turn, until each was sent LEARN_PASSES_MIN times and came back at least once, or no more do.  When
 * the port takes nothing any more it ends too: the record will say so. */
static void run_learn(struct load *load)
{
	double interval = load->tsc_hz / load->options->learn_pps;
	uint32_t count = load->table.count;
	int halves = load->table.protocol == TCP ? 2 : 1; /* handshakes, then data */
	double pass_us = halves * (count / load->options->learn_pps * 1e6 + SETTLE_MS * 1e3);
	uint32_t known = 0, idle = 0;
	bool in_time = true;

	load->learn_moved_at = own_now(load);
	load->learn_limit = load->learn_moved_at + cycles(load, LEARN_PASSES_MAX * pass_us);
	load->flow = 0;
	load->learn_first = load->sequence;
	load->learn_end = UINT64_MAX;
	while (in_time && idle < LEARN_IDLE_MAX
	       && (load->learn_passes < LEARN_PASSES_MIN
	           || (load->learned_count < count && load->learn_passes < LEARN_PASSES_MAX))) {
		if (load->table.protocol == TCP && load->learned_count < count)
			learn_handshakes(load, interval);
		in_time = learn_pass(load, interval);
		idle = load->learned_count > known ? 0 : idle + 1;
		known = load->learned_count;
	}
	load->learn_end = load->sequence;
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

	run_learn(load);
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
