/* SPDX-License-Identifier: MIT */
/* Ports that DPDK drives: cards, and sockets of vhost-user. */
#include "ports.h"

#include <stdio.h>

#include <rte_ethdev.h>

#define DESCRIPTORS 1024

static int port_start(uint16_t port, struct rte_mempool *pool)
{
	struct rte_eth_conf config = {0};
	uint16_t rx = DESCRIPTORS, tx = DESCRIPTORS;
	int socket = rte_eth_dev_socket_id(port);
	int status = rte_eth_dev_configure(port, 1, 1, &config);

	if (status == 0)
		status = rte_eth_dev_adjust_nb_rx_tx_desc(port, &rx, &tx);
	if (status == 0)
		status = rte_eth_rx_queue_setup(port, 0, rx, (unsigned int)socket, NULL, pool);
	if (status == 0)
		status = rte_eth_tx_queue_setup(port, 0, tx, (unsigned int)socket, NULL);
	if (status == 0)
		status = rte_eth_dev_start(port);
	if (status == 0)
		rte_eth_promiscuous_enable(port); /* not every device has it; what it misses is counted lost */
	return status;
}

static int dpdk_start(const struct options *options, struct rte_mempool *pool)
{
	(void)options; /* EAL has its own */
	if (rte_eth_dev_count_avail() != PORTS_NEEDED) {
		fprintf(stderr, "softgen: %u DPDK ports; needed: %d (--vdev or -a, inside first)\n",
		        rte_eth_dev_count_avail(), PORTS_NEEDED);
		return -1;
	}
	for (uint16_t port = 0; port < PORTS_NEEDED; port++) {
		int status = port_start(port, pool);

		if (status != 0) {
			fprintf(stderr, "softgen: port %u does not start: %s\n", port, rte_strerror(-status));
			return -1;
		}
	}
	return 0;
}

static void dpdk_stop(void)
{
	uint16_t port;

	RTE_ETH_FOREACH_DEV(port) {
		rte_eth_dev_stop(port);
		rte_eth_dev_close(port);
	}
}

static uint16_t dpdk_send(uint16_t port, struct rte_mbuf **packets, uint16_t count)
{
	return rte_eth_tx_burst(port, 0, packets, count);
}

static uint16_t dpdk_receive(uint16_t port, struct rte_mbuf **packets, uint16_t count)
{
	return rte_eth_rx_burst(port, 0, packets, count);
}

const struct port_kind dpdk_ports = {dpdk_start, dpdk_send, dpdk_receive, dpdk_stop, BURST, BURST};
