/* SPDX-License-Identifier: MIT */
/* TAP devices of the kernel, which are there already and belong to the DUT: what is written comes in at the DUT's door, where
 * the kernel drops what it has no room for, and what the DUT sends waits in the device's queue until it is read. */
#include "ports.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <rte_mbuf.h>

#include "options.h"

#define DEVICE "/dev/net/tun"
#define SHORTEST 60 /* B without FCS: a card pads what is shorter, a kernel takes that away again */

static struct tap {
	int file;
	struct rte_mempool *pool;
	struct rte_mbuf *spare; /* for the next frame; NULL: to be taken */
} taps[PORTS_NEEDED];

static int failed(const char *name)
{
	fprintf(stderr, "softgen: %s: %s\n", name, strerror(errno));
	return -1;
}

static int tap_open(struct tap *tap, const char *name, size_t length, struct rte_mempool *pool)
{
	struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};

	memcpy(request.ifr_name, name, length);
	tap->pool = pool;
	tap->file = open(DEVICE, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (tap->file < 0)
		return failed(DEVICE);
	return ioctl(tap->file, TUNSETIFF, &request) < 0 ? failed(request.ifr_name) : 0;
}

static int taps_open(const char *names, struct rte_mempool *pool)
{
	const char *comma = strchr(names, ',');

	if (tap_open(&taps[TX_PORT], names, (size_t)(comma - names), pool) < 0)
		return -1;
	return tap_open(&taps[RX_PORT], comma + 1, strlen(comma + 1), pool);
}

/* A device is found in the namespace in which /dev/net/tun is opened. */
static int tap_start(const struct options *options, struct rte_mempool *pool)
{
	int ours, theirs, status;

	if (options->netns == NULL)
		return taps_open(options->taps, pool);
	ours = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	theirs = open(options->netns, O_RDONLY | O_CLOEXEC);
	if (ours < 0 || theirs < 0 || setns(theirs, CLONE_NEWNET) < 0)
		return failed(options->netns);
	status = taps_open(options->taps, pool);
	if (setns(ours, CLONE_NEWNET) < 0)
		return failed("setns");
	close(ours);
	close(theirs);
	return status;
}

static void tap_stop(void)
{
	for (int port = 0; port < PORTS_NEEDED; port++)
		if (taps[port].file > 0)
			close(taps[port].file);
}

static uint16_t tap_send(uint16_t port, struct rte_mbuf **packets, uint16_t count)
{
	uint16_t sent = 0;

	while (sent < count && write(taps[port].file, rte_pktmbuf_mtod(packets[sent], void *), packets[sent]->data_len) > 0)
		sent++;
	rte_pktmbuf_free_bulk(packets, sent);
	return sent;
}

static uint16_t tap_receive(uint16_t port, struct rte_mbuf **packets, uint16_t count)
{
	struct tap *tap = &taps[port];
	uint16_t received = 0;

	while (received < count) {
		struct rte_mbuf *packet = tap->spare != NULL ? tap->spare : rte_pktmbuf_alloc(tap->pool);
		ssize_t length;

		if (packet == NULL)
			break;
		length = read(tap->file, rte_pktmbuf_mtod(packet, void *), rte_pktmbuf_tailroom(packet));
		if (length <= 0) {
			tap->spare = packet;
			break;
		}
		if (length < SHORTEST) {
			memset(rte_pktmbuf_mtod_offset(packet, void *, length), 0, (size_t)(SHORTEST - length));
			length = SHORTEST;
		}
		packet->data_len = packet->pkt_len = (uint16_t)length;
		packets[received++] = packet;
		tap->spare = NULL;
	}
	return received;
}

/* One write or read a frame takes about a microsecond: of more at once the last would be stamped too early, or the first too
 * late. */
const struct port_kind tap_ports = {tap_start, tap_send, tap_receive, tap_stop, 4, 8};
