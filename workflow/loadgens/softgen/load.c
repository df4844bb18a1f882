/* SPDX-License-Identifier: MIT */
#include "load.h"

#include <stdio.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_prefetch.h>

#include "ports.h"

#define LEARN_PASSES_MIN 3    /* a connection tracker's third packet takes the path of all later ones */
#define LEARN_WAIT_MS 20      /* longer than a shared machine stops a core */

static inline uint32_t flow_next(struct load *load, uint32_t flow)
{
	if (!load->random_order)
		return flow + 1 == load->table.count ? 0 : flow + 1;
	/* xorshift64*, high bits scaled to the range */
	load->random ^= load->random >> 12;
	load->random ^= load->random << 25;
	load->random ^= load->random >> 27;
	return (uint32_t)(((load->random * 0x2545f4914f6cdd1du >> 32) * load->table.count) >> 32);
}

/* Send `count` packets stamped `now`; returns how many the port took.  What it refused is not sent
 * again: its sequence numbers, and in round robin its flows, go to the packets after. */
static inline uint16_t send_burst(struct load *load, uint16_t count, uint64_t now)
{
	struct rte_mbuf *packets[BURST];
	uint32_t flows[BURST + 1];
	uint16_t length = (uint16_t)(load->options->frame_size - FCS_LENGTH);

	if (rte_mempool_get_bulk(load->pool, (void **)packets, count) != 0)
		return 0; /* all buffers lie in the full queue */
	flows[0] = load->flow;
	for (uint16_t i = 0; i < count; i++) {
		struct rte_mbuf *packet = packets[i];

		rte_pktmbuf_reset(packet);
		packet->data_len = length;
		packet->pkt_len = length;
		frame_write(rte_pktmbuf_mtod(packet, struct frame *), &load->table.flows[flows[i]],
		            load->sequence + i, now);
		flows[i + 1] = flow_next(load, flows[i]);
	}
	uint16_t sent = rte_eth_tx_burst(TX_PORT, 0, packets, count);

	if (unlikely(sent < count))
		packets_free(packets + sent, (uint16_t)(count - sent));
	if (load->sequence == load->expected && sent > 0)
		load->last_heard = now; /* the first packet outstanding: silence is counted from here */
	load->sequence += sent;
	load->sent_total += sent;
	load->flow = flows[sent];
	return sent;
}

static inline void receive_learned(struct load *load, uint64_t sequence)
{
	uint32_t flow = (uint32_t)((sequence - load->learn_first) % load->table.count);

	load->learned_count += !load->learned[flow];
	load->learned[flow] = 1;
}

static inline void receive_packet(struct load *load, const struct rte_mbuf *packet, uint64_t now)
{
	const struct frame *frame = rte_pktmbuf_mtod(packet, const struct frame *);
	uint64_t sequence = frame_sequence(frame), stamp = frame->payload.stamp;

	if (unlikely(packet->pkt_len != load->options->frame_size - FCS_LENGTH
	             || frame->payload.run_id != load->options->run_id || frame->ethernet[12] != 0x08
	             || frame->ethernet[13] != 0 || frame->ip[0] != 0x45 || frame->ip[9] != 17
	             || sequence >= load->sequence || stamp > now)) {
		load->foreign++;
		return;
	}
	uint64_t *word = &load->seen[sequence / 64], bit = UINT64_C(1) << (sequence % 64);
	bool again = *word & bit;
	struct tally *tally = gate_open(&load->gate, gate_slice(&load->gate, stamp));

	*word |= bit;
	load->received_total++;
	if (sequence < load->learn_end && sequence >= load->learn_first)
		receive_learned(load, sequence);
	if (tally != NULL) {
		tally->counters[again ? DUPLICATED : RECEIVED]++;
		if (!again) {
			tally->counters[OUT_OF_ORDER] += sequence < load->expected;
			tally_latency(tally, now - stamp);
		}
	} else if (gate_slice(&load->gate, stamp) >= 0) {
		load->gate.late++;
	}
	if (sequence >= load->expected)
		load->expected = sequence + 1;
}

static inline uint16_t receive_burst(struct load *load)
{
	struct rte_mbuf *packets[BURST];
	uint16_t count = rte_eth_rx_burst(RX_PORT, 0, packets, BURST);

	if (count == 0)
		return 0;
	uint64_t now = rte_rdtsc();

	for (uint16_t i = 0; i < count; i++)
		rte_prefetch0(rte_pktmbuf_mtod(packets[i], void *));
	for (uint16_t i = 0; i < count; i++)
		receive_packet(load, packets[i], now);
	packets_free(packets, count);
	load->last_heard = now;
	return count;
}

static void marks_add(struct marks *marks, uint64_t cycles)
{
	marks->count++;
	marks->cycles += cycles;
	if (cycles > marks->cycles_max)
		marks->cycles_max = cycles;
}

/* Note what disturbs: a gap of our own loop, silence of the DUT.  `now` is this turn's stamp. */
static inline void watch(struct load *load, uint64_t now)
{
	uint64_t turn = now - load->last_loop, quiet = now - load->last_heard;

	if (unlikely(turn > load->gap_cycles)) {
		gate_mark(&load->gate, load->last_loop, now);
		if (load->counting)
			marks_add(&load->gaps, turn);
	}
	if (unlikely(load->sequence > load->expected && now > load->last_heard
	             && quiet > load->silence_cycles)) {
		gate_mark(&load->gate, load->last_heard, now);
		load->silent_since = load->last_heard;
	} else if (unlikely(load->silent_since != 0)) {
		if (load->counting)
			marks_add(&load->silences, load->last_loop - load->silent_since);
		load->silent_since = 0;
	}
	load->last_loop = now;
}

/* Flow 0, a packet a millisecond, until one comes through. */
static int run_ready(struct load *load)
{
	uint64_t begin = rte_rdtsc(), next = begin;
	uint64_t end = begin + cycles(load, load->options->ready_ms * 1e3);

	while (load->expected == 0) {
		uint64_t now = rte_rdtsc();

		if (now > end) {
			fprintf(stderr, "softgen: no frame came through in %g ms\n", load->options->ready_ms);
			return -1;
		}
		if (now >= next) {
			load->flow = 0;
			send_burst(load, 1, now);
			next = now + cycles(load, 1000);
		}
		receive_burst(load);
		rte_delay_us_sleep(100); /* the DUT's set-up threads may need this core */
	}
	load->ready_ms = (double)(rte_rdtsc() - begin) * 1e3 / load->tsc_hz;
	return 0;
}

/* Every flow in turn, until each was sent LEARN_PASSES_MIN times and came back at least once. */
static void run_learn(struct load *load)
{
	double interval = load->tsc_hz / load->options->learn_pps;
	uint32_t count = load->table.count;
	double pass_us = count / load->options->learn_pps * 1e6 + LEARN_WAIT_MS * 1e3;
	uint64_t limit = rte_rdtsc() + cycles(load, LEARN_PASSES_MAX * pass_us);

	load->flow = 0;
	load->learn_first = load->sequence;
	load->learn_end = UINT64_MAX;
	while (load->learn_passes < LEARN_PASSES_MIN
	       || (load->learned_count < count && load->learn_passes < LEARN_PASSES_MAX)) {
		uint64_t pass_end = load->learn_first + (uint64_t)(load->learn_passes + 1) * count;
		double next = (double)rte_rdtsc();

		while (load->sequence < pass_end) {
			uint64_t now = rte_rdtsc();

			if (now > limit)
				goto out; /* the port takes nothing: the record will say so */
			if ((double)now >= next && send_burst(load, 1, now) == 1)
				next = (double)now + interval;
			receive_burst(load);
		}
		load->learn_passes++;
		uint64_t wait = rte_rdtsc() + cycles(load, LEARN_WAIT_MS * 1e3);

		while (load->expected < load->sequence && rte_rdtsc() < wait)
			receive_burst(load);
	}
out:
	load->learn_end = load->sequence;
}

/* What is due by `now` [cycles since the start]: send it, or skip it all when it is too late. */
static inline double send_due(struct load *load, uint64_t now, double late, double interval)
{
	struct tally *tally = gate_open(&load->gate, gate_slice(&load->gate, now));
	uint64_t due = (uint64_t)(late / interval) + 1, sent = 0;
	bool skip = late > (double)load->gap_cycles;

	if (!skip) {
		due = RTE_MIN(due, (uint64_t)BURST);
		sent = send_burst(load, (uint16_t)due, now);
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
	uint64_t end = rte_rdtsc() + cycles(load, load->options->drain_ms * 1e3);
	uint64_t now;

	while (load->received_total < load->sent_total && (now = rte_rdtsc()) < end) {
		watch(load, now);
		receive_burst(load);
	}
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
	load->last_loop = start;
	load->last_heard = start;
	for (;;) {
		now = rte_rdtsc();
		watch(load, now);
		if (now >= tick) {
			load->counting = true;
			if (gate_advance(gate, now, load->silence_cycles))
				break;
			tick = gate->window_start
			       + (uint64_t)(gate_slice(gate, now) + 1) * gate->config.slice_cycles;
		}
		double late = (double)(now - start) - next;

		if (late >= 0)
			next += send_due(load, now, late, interval);
		receive_burst(load);
	}
	int64_t slices = RTE_MIN(gate_slice(gate, now), (int64_t)gate->config.slices_max);

	load->counting = false;
	run_drain(load);
	gate_close(gate, (uint32_t)slices);
}

int load_run(struct load *load)
{
	if (run_ready(load) < 0)
		return -1;
	uint64_t begin = rte_rdtsc();

	run_learn(load);
	run_traffic(load);
	load->traffic_ms = (double)(rte_rdtsc() - begin) * 1e3 / load->tsc_hz;
	return 0;
}
