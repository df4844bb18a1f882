/* SPDX-License-Identifier: MIT */
/* The two ports of the load, of one kind: all that a kind is, is its entry in `kinds` (ports.c). */
#ifndef SOFTGEN_PORTS_H
#define SOFTGEN_PORTS_H

#include <stdint.h>

struct rte_mbuf;
struct rte_mempool;
struct options;

#define BURST 32
#define TX_PORT 0 /* inside */
#define RX_PORT 1 /* outside */
#define PORTS_NEEDED 2

struct port_kind {
	/* Open both, received packets are of the pool; 0, or -1 after one line on stderr. */
	int (*start)(const struct options *options, struct rte_mempool *pool);
	/* Send into a port; how many of the first ones it took, which are its own now. */
	uint16_t (*send)(uint16_t port, struct rte_mbuf **packets, uint16_t count);
	/* What came out of a port, up to `count` packets, which are the caller's. */
	uint16_t (*receive)(uint16_t port, struct rte_mbuf **packets, uint16_t count);
	void (*stop)(void);
	/* As many packets at once as do not make the stamp of the first or of the last one wrong; BURST at most. */
	uint16_t send_most, receive_most;
};

extern const struct port_kind dpdk_ports, tap_ports;

/* The kind that was started. */
extern struct port_kind ports;

/* Choose the kind that the options name and start it; as its `start`. */
int ports_start(const struct options *options, struct rte_mempool *pool);
/* Free a burst of received or unsent packets. */
void packets_free(struct rte_mbuf **packets, uint16_t count);

#endif
