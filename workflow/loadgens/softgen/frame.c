/* SPDX-License-Identifier: MIT */
#include "frame.h"

#include <arpa/inet.h>
#include <string.h>

#define WINDOW 65535

uint32_t words_sum(const void *data, size_t length)
{
	const uint8_t *bytes = data;
	uint32_t sum = 0;
	uint16_t word;

	for (size_t i = 0; i < length; i += 2) {
		memcpy(&word, bytes + i, 2);
		sum += word;
	}
	return sum;
}

void put16(uint8_t *at, uint16_t value)
{
	value = htons(value);
	memcpy(at, &value, 2);
}

void put32(uint8_t *at, uint32_t value)
{
	value = htonl(value);
	memcpy(at, &value, 4);
}

void tcp_header(struct frame *frame, uint32_t sequence, uint32_t acknowledged, uint8_t flags)
{
	put16(frame->tcp + 2, DISCARD_PORT);
	put32(frame->tcp + 4, sequence);
	put32(frame->tcp + 8, acknowledged);
	frame->tcp[12] = (sizeof(frame->tcp) / 4) << 4;
	frame->tcp[13] = flags;
	put16(frame->tcp + 14, WINDOW);
}

void frame_template(struct frame *frame, uint8_t protocol, uint32_t frame_size, uint32_t run_id)
{
	uint16_t ip_length = (uint16_t)(frame_size - FCS_LENGTH - sizeof(frame->ethernet));

	memset(frame, 0, sizeof(*frame));
	/* Ethernet: locally administered addresses, outside <- inside */
	memcpy(frame->ethernet, "\x02\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x01\x08\x00", 14);
	/* IPv4: no options, no fragments, TTL 64; addresses and checksum are the flow's */
	frame->ip[0] = 0x45;
	put16(frame->ip + 2, ip_length);
	put16(frame->ip + 6, 0x4000);
	frame->ip[8] = 64;
	frame->ip[9] = protocol;
	if (protocol == TCP) {
		tcp_header(frame, CLIENT_ISN + 1, SERVER_ISN + 1, TCP_ACK);
		frame->segment.run = run_tag(run_id);
		return;
	}
	/* UDP: source port and checksum are the flow's and the packet's */
	put16(frame->udp + 2, DISCARD_PORT);
	put16(frame->udp + 4, (uint16_t)(ip_length - sizeof(frame->ip)));
	frame->payload.run_id = run_id;
}
