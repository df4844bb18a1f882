/* SPDX-License-Identifier: MIT */
/* The address plan and the frames of a flow.  Flow f has source 10.0.0.1 + f, a source port that is a
 * permutation of 1024..65535 by seed, and destination 198.18.0.1 + f / (flows a destination) port 9 (RFC 863):
 * so all 5-tuples differ, and up to 64512 flows a destination can keep their ports behind one SNAT address. */
#ifndef SOFTGEN_FLOWS_H
#define SOFTGEN_FLOWS_H

#include <stddef.h>
#include <stdint.h>

#include "frame.h"

#define FLOWS_MAX 16000000
#define PORTS 64512u /* from 1024 on: 2^10 * 3^2 * 7 */

/* What differs from flow to flow, ready to be copied (network byte order). */
struct flow {
	uint32_t source, destination;
	uint16_t source_port;
	uint16_t ip_checksum;
	uint32_t sum; /* UDP's or TCP's: partial sum of all that is constant within the flow */
};

struct flow_table {
	uint8_t protocol; /* UDP or TCP */
	uint32_t count, a_destination;
	struct flow *flows;
	struct frame template;
};

/* 0, or -1 when memory is short. */
int flows_init(struct flow_table *table, uint8_t protocol, uint32_t count, uint32_t a_destination,
               uint32_t frame_size, uint64_t seed, uint32_t run_id);
void flows_free(struct flow_table *table);

/* The number of a flow's destination. */
static inline uint32_t flow_destination(const struct flow_table *table, uint32_t flow)
{
	return flow / table->a_destination;
}

/* Write one data segment of a flow over a buffer that holds the template. */
static inline void segment_write(struct frame *frame, const struct flow *flow, uint32_t sequence)
{
	uint16_t checksum = sum_checksum((uint64_t)flow->sum + sequence);

	__builtin_memcpy(frame->ip + 10, &flow->ip_checksum, 2);
	__builtin_memcpy(frame->ip + 12, &flow->source, 4);
	__builtin_memcpy(frame->ip + 16, &flow->destination, 4);
	__builtin_memcpy(frame->tcp, &flow->source_port, 2);
	__builtin_memcpy(&frame->segment.sequence, &sequence, 4);
	__builtin_memcpy(frame->tcp + 16, &checksum, 2);
}

/* Write one UDP packet of a flow over a buffer that holds the template. */
static inline void frame_write(struct frame *frame, const struct flow *flow, uint64_t sequence,
                               uint64_t stamp)
{
	uint64_t sum = (uint64_t)flow->sum + (sequence & 0xffffffff) + (sequence >> 32)
	               + (stamp & 0xffffffff) + (stamp >> 32);

	__builtin_memcpy(frame->ip + 10, &flow->ip_checksum, 2);
	__builtin_memcpy(frame->ip + 12, &flow->source, 4);
	__builtin_memcpy(frame->ip + 16, &flow->destination, 4);
	__builtin_memcpy(frame->udp, &flow->source_port, 2);
	__builtin_memcpy(frame->payload.sequence, &sequence, 6);
	__builtin_memcpy(&frame->payload.stamp, &stamp, 8);
	uint16_t checksum = sum_checksum(sum);

	if (checksum == 0)
		checksum = 0xffff; /* RFC 768: zero means none */
	__builtin_memcpy(frame->udp + 6, &checksum, 2);
}

#endif
