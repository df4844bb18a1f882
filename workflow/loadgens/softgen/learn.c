/* SPDX-License-Identifier: MIT */
#include "learn.h"

#include "waiting.h"

#define LEARN_PASSES_MIN 3    /* a connection tracker's third packet takes the path of all later ones */
#define LEARN_IDLE_MAX 15     /* passes with no new flow: what is missing does not come; with SETTLE_MS, 0.3 s */
#define HANG_MS 1000          /* far longer than SETTLE_MS */

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

void learn_run(struct load *load)
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
