/* SPDX-License-Identifier: MIT */
#include "flows.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "tcp.h"

#define FIRST_PORT 1024u
#define PORTS FLOWS_A_DESTINATION

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

static uint16_t fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)((sum & 0xffff) + (sum >> 16));
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

static void template_init(struct frame *frame, uint8_t protocol, uint32_t frame_size, uint32_t run_id)
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

/* The permutation p -> (factor * p + offset) mod PORTS; any factor coprime to PORTS gives one. */
static void port_permutation(uint64_t seed, uint32_t *factor, uint32_t *offset)
{
	uint64_t mixed = (seed + 1) * 0x9e3779b97f4a7c15u; /* Fibonacci hashing */

	*factor = (uint32_t)(mixed >> 33) % PORTS;
	while (*factor % 2 == 0 || *factor % 3 == 0 || *factor % 7 == 0)
		*factor = (*factor + 1) % PORTS;
	*offset = (uint32_t)(mixed >> 13) % PORTS;
}

int flows_init(struct flow_table *table, uint8_t protocol, uint32_t count, uint32_t frame_size,
               uint64_t seed, uint32_t run_id)
{
	struct frame *frame = &table->template;
	uint32_t factor, offset, constant;

	table->protocol = protocol;
	table->count = count;
	table->flows = malloc(count * sizeof(*table->flows));
	if (table->flows == NULL)
		return -1;
	template_init(frame, protocol, frame_size, run_id);
	/* all behind IPv4, and of the pseudo header protocol and length; addresses and port are the flow's */
	constant = htons(protocol) + htons((uint16_t)(frame_size - FCS_LENGTH - offsetof(struct frame, udp)))
	           + words_sum(frame->udp, sizeof(*frame) - offsetof(struct frame, udp));
	port_permutation(seed, &factor, &offset);
	for (uint32_t f = 0; f < count; f++) {
		struct flow *flow = &table->flows[f];

		flow->source = htonl(0x0a000001u + f);              /* 10.0.0.1 .. */
		flow->destination = htonl(0xc6120001u + f / PORTS); /* 198.18.0.1 .. */
		flow->source_port = htons((uint16_t)(
			FIRST_PORT + ((uint64_t)factor * (f % PORTS) + offset) % PORTS));
		uint32_t addresses = words_sum(&flow->source, 8);
		flow->ip_checksum = (uint16_t)~fold(words_sum(frame->ip, sizeof(frame->ip)) + addresses);
		flow->sum = constant + addresses + flow->source_port;
	}
	return 0;
}

void flows_free(struct flow_table *table)
{
	free(table->flows);
	table->flows = NULL;
}
