/* SPDX-License-Identifier: MIT */
#ifndef SOFTGEN_PORTS_H
#define SOFTGEN_PORTS_H

#include <stdint.h>

struct rte_mempool;

#define BURST 32
#define TX_PORT 0 /* inside */
#define RX_PORT 1 /* outside */
#define PORTS_NEEDED 2

/* Start both ports with one queue each way; 0, or -1 after one line on stderr. */
int ports_start(struct rte_mempool *pool);
void ports_stop(void);
/* Free a burst of received or unsent packets. */
struct rte_mbuf;
void packets_free(struct rte_mbuf **packets, uint16_t count);

#endif
