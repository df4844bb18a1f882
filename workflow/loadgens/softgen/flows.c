/* SPDX-License-Identifier: MIT */
#include "flows.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_PORT 1024u

static uint16_t fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)((sum & 0xffff) + (sum >> 16));
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

int flows_init(struct flow_table *table, uint8_t protocol, uint32_t count, uint32_t a_destination,
               uint32_t frame_size, uint64_t seed, uint32_t run_id)
{
	struct frame *frame = &table->template;
	uint32_t factor, offset, constant;

	table->protocol = protocol;
	table->count = count;
	table->a_destination = a_destination;
	table->flows = malloc(count * sizeof(*table->flows));
	if (table->flows == NULL)
		return -1;
	frame_template(frame, protocol, frame_size, run_id);
	/* all behind IPv4, and of the pseudo header protocol and length; addresses and port are the flow's */
	constant = htons(protocol) + htons((uint16_t)(frame_size - FCS_LENGTH - offsetof(struct frame, udp)))
	           + words_sum(frame->udp, sizeof(*frame) - offsetof(struct frame, udp));
	port_permutation(seed, &factor, &offset);
	for (uint32_t f = 0; f < count; f++) {
		struct flow *flow = &table->flows[f];

		flow->source = htonl(0x0a000001u + f);              /* 10.0.0.1 .. */
		flow->destination = htonl(0xc6120001u + flow_destination(table, f)); /* 198.18.0.1 .. */
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
