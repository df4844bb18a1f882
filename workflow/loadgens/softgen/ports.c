/* SPDX-License-Identifier: MIT */
#include "ports.h"

#include <rte_mbuf.h>

#include "options.h"

struct port_kind ports;

int ports_start(const struct options *options, struct rte_mempool *pool)
{
	ports = options->taps != NULL ? tap_ports : dpdk_ports;
	return ports.start(options, pool);
}

void packets_free(struct rte_mbuf **packets, uint16_t count)
{
	rte_pktmbuf_free_bulk(packets, count);
}
