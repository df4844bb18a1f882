/* SPDX-License-Identifier: MIT */
/* The address plan and the frames.  Flow f has source 10.0.0.1 + f, a source port that is a
 * permutation of 1024..65535 by seed, and destination 198.18.0.1 + f / 64512 port 9 (RFC 863): so all
 * 5-tuples differ, and behind one SNAT address they can keep their ports. */
#ifndef SOFTGEN_FLOWS_H
#define SOFTGEN_FLOWS_H

#include <stddef.h>
#include <stdint.h>

#define FLOWS_MAX 16000000
#define FLOWS_A_DESTINATION 64512u /* as many as there are ports from 1024 on: 2^10 * 3^2 * 7 */
#define FCS_LENGTH 4
#define DISCARD_PORT 9
#define UDP 17
#define TCP 6

/* What differs from flow to flow, ready to be copied (network byte order). */
struct flow {
	uint32_t source, destination;
	uint16_t source_port;
	uint16_t ip_checksum;
	uint32_t sum; /* UDP's or TCP's: partial sum of all that is constant within the flow */
};

/* Ends every frame's first 60 bytes, behind the UDP header. */
struct payload {
	uint32_t run_id;
	uint16_t sequence[3]; /* 48 bit, native order */
	uint64_t stamp;       /* TSC */
} __attribute__((packed));

/* The same behind a TCP header, which leaves 6 B of a 64 B frame (14 + 20 + 20 + 6 + 4): the stamp stays
 * in the generator, by sequence number (struct stamps).  Number and run have MoonGen's places. */
struct segment {
	uint32_t sequence; /* of the frame, not TCP's; native order */
	uint16_t run;      /* of the run id: run_tag */
} __attribute__((packed));

struct frame {
	uint8_t ethernet[14];
	uint8_t ip[20];
	union {
		struct {
			uint8_t udp[8];
			struct payload payload;
		} __attribute__((packed));
		struct {
			uint8_t tcp[20];
			struct segment segment;
		} __attribute__((packed));
	};
} __attribute__((packed));

struct flow_table {
	uint8_t protocol; /* UDP or TCP */
	uint32_t count;
	struct flow *flows;
	struct frame template;
};

/* 0, or -1 when memory is short. */
int flows_init(struct flow_table *table, uint8_t protocol, uint32_t count, uint32_t frame_size,
               uint64_t seed, uint32_t run_id);
void flows_free(struct flow_table *table);

/* The number of a flow's destination, and how many there are. */
static inline size_t flow_destination(uint32_t flow)
{
	return flow / FLOWS_A_DESTINATION;
}
static inline size_t flows_destinations(const struct flow_table *table)
{
	return flow_destination(table->count - 1) + 1;
}

/* Sum of 16-bit words as they lie in memory; `length` [B] is even. */
uint32_t words_sum(const void *data, size_t length);
/* Network byte order. */
void put16(uint8_t *at, uint16_t value);
void put32(uint8_t *at, uint32_t value);

static inline uint16_t run_tag(uint32_t run_id)
{
	return (uint16_t)(run_id ^ run_id >> 16);
}

/* The checksum of a ones' complement sum (RFC 1071): byte order does not matter as long as it is one. */
static inline uint16_t sum_checksum(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
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

static inline uint64_t frame_sequence(const struct frame *frame)
{
	uint64_t sequence = 0;

	__builtin_memcpy(&sequence, frame->payload.sequence, 6);
	return sequence;
}

#endif
