/* SPDX-License-Identifier: MIT */
/* The layout of the load's frames, and what all writers of one need: what is the same in every frame, numbers
 * in network byte order, checksums.  Knows no flow.
 * Knows nothing of DPDK: the tests load it as a shared library. */
#ifndef SOFTGEN_FRAME_H
#define SOFTGEN_FRAME_H

#include <stddef.h>
#include <stdint.h>

#define FCS_LENGTH 4
#define DISCARD_PORT 9
#define UDP 17
#define TCP 6
#define CLIENT_ISN 1
#define SERVER_ISN 1
#define TCP_SYN 0x02
#define TCP_ACK 0x10

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

/* Sum of 16-bit words as they lie in memory; `length` [B] is even. */
uint32_t words_sum(const void *data, size_t length);
/* Network byte order. */
void put16(uint8_t *at, uint16_t value);
void put32(uint8_t *at, uint32_t value);
/* The constant parts of a TCP header towards DISCARD_PORT. */
void tcp_header(struct frame *frame, uint32_t sequence, uint32_t acknowledged, uint8_t flags);
/* The frame of which each flow makes its own: all that is the same in all of them. */
void frame_template(struct frame *frame, uint8_t protocol, uint32_t frame_size, uint32_t run_id);

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

/* Network byte order without a call. */
static inline uint16_t swapped16(uint32_t value)
{
	return (uint16_t)__builtin_bswap16((uint16_t)value);
}

/* Make of a frame that was written with one size [B, with FCS] that of another: its lengths, and both checksums by what
 * these grow (RFC 1624).  Of its payload nothing changes, as all behind `struct frame` is zero. */
static inline void frame_resize(struct frame *frame, uint8_t protocol, uint16_t from, uint16_t to)
{
	uint16_t before = swapped16(from - FCS_LENGTH - offsetof(struct frame, ip));
	uint16_t after = swapped16(to - FCS_LENGTH - offsetof(struct frame, ip)), sum;
	uint16_t behind_before = swapped16(from - FCS_LENGTH - offsetof(struct frame, udp));
	uint16_t behind = swapped16(to - FCS_LENGTH - offsetof(struct frame, udp));
	uint64_t grown = (uint64_t)behind + (uint16_t)~behind_before;
	uint8_t *checksum = protocol == TCP ? frame->tcp + 16 : frame->udp + 6;

	__builtin_memcpy(frame->ip + 2, &after, 2);
	__builtin_memcpy(&sum, frame->ip + 10, 2);
	sum = sum_checksum((uint64_t)(uint16_t)~sum + (uint16_t)~before + after);
	__builtin_memcpy(frame->ip + 10, &sum, 2);
	if (protocol != TCP) {
		__builtin_memcpy(frame->udp + 4, &behind, 2);
		grown *= 2; /* it stands in UDP's header and in the pseudo header */
	}
	__builtin_memcpy(&sum, checksum, 2);
	sum = sum_checksum((uint16_t)~sum + grown);
	if (sum == 0 && protocol != TCP)
		sum = 0xffff; /* RFC 768: zero means none */
	__builtin_memcpy(checksum, &sum, 2);
}

static inline uint64_t frame_sequence(const struct frame *frame)
{
	uint64_t sequence = 0;

	__builtin_memcpy(&sequence, frame->payload.sequence, 6);
	return sequence;
}

#endif
