/* SPDX-License-Identifier: MIT */
/* The address plan and the frames.  Flow f has source 10.0.0.1 + f, a source port that is a
 * permutation of 1024..65535 by seed, and destination 198.18.0.1 + f / 64512 port 9 (RFC 863): so all
 * 5-tuples differ, and behind one SNAT address they can keep their ports. */
#ifndef SOFTGEN_FLOWS_H
#define SOFTGEN_FLOWS_H

#include <stdint.h>

#define FLOWS_MAX 16000000
#define FCS_LENGTH 4

/* What differs from flow to flow, ready to be copied (network byte order). */
struct flow {
	uint32_t source, destination;
	uint16_t source_port;
	uint16_t ip_checksum;
	uint32_t udp_sum; /* partial sum of all that is constant within the flow */
};

/* Ends every frame's first 60 bytes, behind the UDP header. */
struct payload {
	uint32_t run_id;
	uint16_t sequence[3]; /* 48 bit, native order */
	uint64_t stamp;       /* TSC */
} __attribute__((packed));

struct frame {
	uint8_t ethernet[14];
	uint8_t ip[20];
	uint8_t udp[8];
	struct payload payload;
} __attribute__((packed));

struct flow_table {
	uint32_t count;
	struct flow *flows;
	struct frame template;
};

/* 0, or -1 when memory is short. */
int flows_init(struct flow_table *table, uint32_t count, uint32_t frame_size, uint64_t seed, uint32_t run_id);
void flows_free(struct flow_table *table);

/* Write one packet of a flow over a buffer that holds the template. */
static inline void frame_write(struct frame *frame, const struct flow *flow, uint64_t sequence,
                               uint64_t stamp)
{
	uint64_t sum = (uint64_t)flow->udp_sum + (sequence & 0xffffffff) + (sequence >> 32)
	               + (stamp & 0xffffffff) + (stamp >> 32);

	__builtin_memcpy(frame->ip + 10, &flow->ip_checksum, 2);
	__builtin_memcpy(frame->ip + 12, &flow->source, 4);
	__builtin_memcpy(frame->ip + 16, &flow->destination, 4);
	__builtin_memcpy(frame->udp, &flow->source_port, 2);
	__builtin_memcpy(frame->payload.sequence, &sequence, 6);
	__builtin_memcpy(&frame->payload.stamp, &stamp, 8);
	/* ones' complement sum (RFC 1071): byte order does not matter as long as it is one */
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	uint16_t checksum = (uint16_t)~sum;
	if (checksum == 0)
		checksum = 0xffff; /* RFC 768: zero means none */
	__builtin_memcpy(frame->udp + 6, &checksum, 2);
}

static inline uint64_t frame_sequence(const struct frame *frame)
{
	uint64_t sequence = 0;

	__builtin_memcpy(&sequence, frame->payload.sequence, 6);
	return sequence;
}

#endif
