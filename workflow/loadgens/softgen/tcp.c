/* SPDX-License-Identifier: MIT */
#include "tcp.h"

#include <string.h>

/* Lengths and checksums of a frame without data. */
static void frame_finish(struct frame *frame)
{
	uint16_t checksum;

	put16(frame->ip + 2, sizeof(frame->ip) + sizeof(frame->tcp));
	memset(frame->ip + 10, 0, 2);
	checksum = sum_checksum(words_sum(frame->ip, sizeof(frame->ip)));
	memcpy(frame->ip + 10, &checksum, 2);
	memset(frame->tcp + 16, 0, 2);
	uint8_t pseudo[4] = {0, TCP, 0, sizeof(frame->tcp)};

	checksum = sum_checksum((uint64_t)words_sum(frame->ip + 12, 8) + words_sum(pseudo, 4)
	                        + words_sum(frame->tcp, sizeof(frame->tcp)));
	memcpy(frame->tcp + 16, &checksum, 2);
}

void tcp_syn(struct frame *frame, const struct flow_table *table, uint32_t flow)
{
	const struct flow *of = &table->flows[flow];

	*frame = table->template;
	memset(frame->tcp, 0, sizeof(frame->tcp) + sizeof(frame->segment));
	memcpy(frame->ip + 12, &of->source, 4);
	memcpy(frame->ip + 16, &of->destination, 4);
	memcpy(frame->tcp, &of->source_port, 2);
	tcp_header(frame, CLIENT_ISN, 0, TCP_SYN);
	frame_finish(frame);
}

void tcp_answer(struct frame *answer, const struct frame *syn)
{
	*answer = *syn;
	memcpy(answer->ethernet, syn->ethernet + 6, 6);
	memcpy(answer->ethernet + 6, syn->ethernet, 6);
	answer->ip[8] = 64; /* TTL */
	memcpy(answer->ip + 12, syn->ip + 16, 4);
	memcpy(answer->ip + 16, syn->ip + 12, 4);
	memset(answer->tcp, 0, sizeof(answer->tcp) + sizeof(answer->segment));
	tcp_header(answer, SERVER_ISN, CLIENT_ISN + 1, TCP_SYN | TCP_ACK);
	memcpy(answer->tcp, syn->tcp + 2, 2);
	memcpy(answer->tcp + 2, syn->tcp, 2);
	frame_finish(answer);
}

bool tcp_is(const struct frame *frame, uint32_t length, uint8_t flags)
{
	static const uint8_t discard[2] = {0, DISCARD_PORT};
	const uint8_t *port = flags & TCP_ACK ? frame->tcp : frame->tcp + 2;

	return length >= TCP_HEADERS && frame->ethernet[12] == 0x08 && frame->ethernet[13] == 0
	       && frame->ip[0] == 0x45 && frame->ip[9] == TCP && frame->tcp[13] == flags
	       && memcmp(port, discard, 2) == 0;
}
