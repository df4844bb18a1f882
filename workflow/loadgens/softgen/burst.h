/* SPDX-License-Identifier: MIT */
/* One burst out, one burst in: what every phase of the packet loop does. */
#ifndef SOFTGEN_BURST_H
#define SOFTGEN_BURST_H

#include <rte_cycles.h>
#include <rte_mbuf.h>
#include <rte_prefetch.h>

#include "handshake.h"
#include "load.h"
#include "ports.h"
#include "tcp.h"

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

/* Give a packet that was written the size of its number. */
static inline void packet_resize(struct load *load, struct rte_mbuf *packet, uint64_t sequence)
{
	const struct sizes *sizes = &load->options->sizes;
	uint16_t size = sizes_of(sizes, sequence);

	frame_resize(rte_pktmbuf_mtod(packet, struct frame *), load->table.protocol, sizes->frame_size[0], size);
	packet->data_len = size - FCS_LENGTH;
	packet->pkt_len = packet->data_len;
}

static inline void packet_write(struct load *load, struct rte_mbuf *packet, uint32_t flow,
                                uint64_t sequence, uint64_t now)
{
	struct frame *frame = rte_pktmbuf_mtod(packet, struct frame *);

	if (load->stamps.ring == NULL) {
		frame_write(frame, &load->table.flows[flow], sequence, now);
		return;
	}
	segment_write(frame, &load->table.flows[flow], (uint32_t)sequence);
	load->stamps.ring[sequence & load->stamps.mask] = now;
}

/* Send `count` packets stamped `now`, the first of which was due `late` cycles ago and the others each an `interval`
 * after that; returns how many the port took.  What it refused is not sent again: its sequence numbers, and in round
 * robin its flows, go to the packets after. */
static inline uint16_t send_burst(struct load *load, uint16_t count, uint64_t now, double late, double interval)
{
	struct rte_mbuf *packets[BURST];
	uint32_t flows[BURST + 1];
	uint16_t length = (uint16_t)(load->options->sizes.frame_size[0] - FCS_LENGTH);
	bool mixed = load->options->sizes.period > 1;

	if (rte_mempool_get_bulk(load->pool, (void **)packets, count) != 0)
		return 0; /* all buffers lie in the full queue */
	flows[0] = load->flow;
	for (uint16_t i = 0; i < count; i++) {
		struct rte_mbuf *packet = packets[i];

		rte_pktmbuf_reset(packet);
		packet->data_len = length;
		packet->pkt_len = length;
		packet_write(load, packet, flows[i], load->sequence + i, now);
		if (mixed)
			packet_resize(load, packet, load->sequence + i);
		load->stamps.late[(load->sequence + i) & load->stamps.mask] = (uint32_t)(late - i * interval);
		if (unlikely(verify_samples(&load->verify, load->sequence + i)))
			verify_sent(&load->verify, load->sequence + i, flows[i], now);
		flows[i + 1] = flow_next(load, flows[i]);
	}
	uint16_t sent = ports.send(TX_PORT, packets, count);

	if (unlikely(sent < count))
		packets_free(packets + sent, (uint16_t)(count - sent));
	if (load->sequence == load->expected && sent > 0)
		watch_heard(&load->watch, now); /* the first packet outstanding: silence is counted from here */
	load->sequence += sent;
	load->sent_total += sent;
	load->flow = flows[sent];
	return sent;
}

static inline void receive_learned(struct load *load, const uint8_t *data, uint64_t sequence, uint64_t stamp)
{
	uint32_t flow = (uint32_t)((sequence - load->learn_first) % load->table.count);

	if (!load->learned[flow] && load->verify.enabled && !verify_samples(&load->verify, sequence))
		verify_frame(&load->verify, data, sequence, stamp, flow);
	load->learned_count += !load->learned[flow];
	load->learned[flow] = 1;
}

/* Number and send stamp of a frame of this run, but for the length of one of a mix; false: it is none. */
static inline bool packet_numbered(const struct load *load, const struct rte_mbuf *packet,
                               uint64_t *sequence, uint64_t *stamp)
{
	const struct frame *frame = rte_pktmbuf_mtod(packet, const struct frame *);
	const struct sizes *sizes = &load->options->sizes;

	if (unlikely((sizes->period == 1 ? packet->pkt_len != (uint32_t)sizes->frame_size[0] - FCS_LENGTH
	                                 : packet->pkt_len < sizeof(*frame))
	             || frame->ethernet[12] != 0x08 || frame->ethernet[13] != 0
	             || frame->ip[0] != 0x45 || frame->ip[9] != load->table.protocol))
		return false;
	if (load->stamps.ring == NULL) {
		*sequence = frame_sequence(frame);
		*stamp = frame->payload.stamp;
		return frame->payload.run_id == load->options->run_id && *sequence < load->sequence
		       && *stamp >= load->verify.begun;
	}
	*sequence = frame->segment.sequence;
	/* 0, which is before any window, when the ring has gone round since */
	*stamp = load->sequence - *sequence <= load->stamps.mask
	       ? load->stamps.ring[*sequence & load->stamps.mask] : 0;
	return frame->segment.run == run_tag(load->options->run_id) && frame->tcp[13] == TCP_ACK
	       && *sequence < load->sequence;
}

/* The same, whole.  Looks at what no DUT changes. */
static inline bool packet_read(const struct load *load, const struct rte_mbuf *packet,
                               uint64_t *sequence, uint64_t *stamp)
{
	const struct sizes *sizes = &load->options->sizes;

	return packet_numbered(load, packet, sequence, stamp)
	       && (sizes->period == 1 || packet->pkt_len == (uint32_t)sizes_of(sizes, *sequence) - FCS_LENGTH);
}

static inline void receive_packet(struct load *load, const struct rte_mbuf *packet, uint64_t now)
{
	const uint8_t *data = rte_pktmbuf_mtod(packet, const uint8_t *);
	uint64_t sequence, stamp;

	if (unlikely(!packet_read(load, packet, &sequence, &stamp) || stamp > now)) {
		load->foreign += !handshake_answer(load, packet)
		                 && !verify_stray(&load->verify, data, packet->data_len, now);
		return;
	}
	if (unlikely(verify_samples(&load->verify, sequence)))
		verify_sample(&load->verify, data, sequence);
	uint64_t *word = &load->seen[sequence / 64], bit = UINT64_C(1) << (sequence % 64);
	bool again = *word & bit;
	struct tally *tally = gate_open(&load->gate, gate_slice(&load->gate, stamp));

	*word |= bit;
	load->received_total++;
	load->duplicated_total += again;
	if (sequence < load->learn_end && sequence >= load->learn_first)
		receive_learned(load, data, sequence, stamp);
	if (tally != NULL) {
		tally->counters[again ? DUPLICATED : RECEIVED]++;
		if (!again) {
			tally->counters[OUT_OF_ORDER] += sequence < load->expected;
			tally_latency(tally, now - stamp, load->stamps.late[sequence & load->stamps.mask]);
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
	uint16_t count = ports.receive(RX_PORT, packets, ports.receive_most);

	if (count == 0)
		return 0;
	uint64_t now = rte_rdtsc(), before = load->received_total - load->duplicated_total;

	for (uint16_t i = 0; i < count; i++)
		rte_prefetch0(rte_pktmbuf_mtod(packets[i], void *));
	for (uint16_t i = 0; i < count; i++)
		receive_packet(load, packets[i], now);
	struct tally *tally = gate_open(&load->gate, gate_slice(&load->gate, now));

	if (tally != NULL)
		tally->counters[ARRIVED] += load->received_total - load->duplicated_total - before;
	packets_free(packets, count);
	watch_heard(&load->watch, now);
	return count;
}

#endif
