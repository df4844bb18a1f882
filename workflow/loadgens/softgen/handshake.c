/* SPDX-License-Identifier: MIT */
#include "handshake.h"

#include <stdio.h>

#include <rte_mbuf.h>

#include "ports.h"
#include "tcp.h"

#define POOL_SIZE 4095 /* as many SYNs and answers as lie in both rings, the switch's burst and the caches */

int handshake_init(struct load *load)
{
	/* of their own: the load's buffers hold the template of a data segment */
	load->handshake.pool = rte_pktmbuf_pool_create("handshake", POOL_SIZE, 64, 0,
	                                               RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	if (load->handshake.pool != NULL)
		return 0;
	fprintf(stderr, "softgen: no memory for packet buffers (EAL option -m)\n");
	return -1;
}

static struct rte_mbuf *packet_new(struct load *load)
{
	struct rte_mbuf *packet = rte_pktmbuf_alloc(load->handshake.pool);

	if (packet != NULL)
		packet->data_len = packet->pkt_len = HANDSHAKE_LENGTH;
	return packet;
}

static uint16_t packet_send(uint16_t port, struct rte_mbuf *packet)
{
	uint16_t sent = ports.send(port, &packet, 1);

	if (sent == 0)
		rte_pktmbuf_free(packet);
	return sent;
}

uint16_t handshake_begin(struct load *load, uint32_t flow)
{
	struct rte_mbuf *packet = packet_new(load);

	if (packet == NULL)
		return 0;
	tcp_syn(rte_pktmbuf_mtod(packet, struct frame *), &load->table, flow);
	uint16_t sent = packet_send(TX_PORT, packet);

	load->handshake.syns_sent += sent;
	return sent;
}

bool handshake_answer(struct load *load, const struct rte_mbuf *packet)
{
	const struct frame *syn = rte_pktmbuf_mtod(packet, const struct frame *);

	if (load->table.protocol != TCP || !tcp_is(syn, packet->pkt_len, TCP_SYN))
		return false;
	load->handshake.syns_received++;
	struct rte_mbuf *answer = packet_new(load);

	if (answer != NULL) {
		tcp_answer(rte_pktmbuf_mtod(answer, struct frame *), syn);
		load->handshake.answers_sent += packet_send(RX_PORT, answer);
	}
	return true;
}

void handshake_home(struct load *load)
{
	struct rte_mbuf *packets[BURST];
	uint16_t count = ports.receive(TX_PORT, packets, ports.receive_most);

	for (uint16_t i = 0; i < count; i++)
		load->handshake.answers_received +=
			tcp_is(rte_pktmbuf_mtod(packets[i], const struct frame *), packets[i]->pkt_len,
		               TCP_SYN | TCP_ACK);
	packets_free(packets, count);
}
