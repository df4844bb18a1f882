/* SPDX-License-Identifier: MIT */
/* token_bucket: a forwarder of known capacity, delay and pauses between two DPDK ports, so that what
 * measures middleboxes can itself be measured.  One core; a lane each way: a drop-tail FIFO that is
 * emptied at the rate of the tokens.  Times are nanoseconds of CLOCK_MONOTONIC: a load generator that
 * counts cycles is measured by another clock. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_pause.h>

#include "options.h"

#define PORTS 2
#define DESCRIPTORS 1024
#define POOL_CACHE 256
#define POOL_RESERVE (2 * PORTS * DESCRIPTORS + 2 * POOL_CACHE) /* for the ports and the cache */

struct waiting {
	struct rte_mbuf *packet;
	uint64_t due; /* may leave from here on */
};

/* From one port to the other. */
struct lane {
	uint16_t from, to;
	struct waiting *queue;      /* a ring; `head` to `tail`, at most `room` packets, are waiting */
	uint32_t head, tail, mask, room;
	uint64_t delay;
	double tokens, bucket, tokens_per_ns;
	uint64_t refilled;
	uint64_t received, overflowed, sent, refused;
};

struct pauses {
	double low, high;           /* of their length, which is uniform */
	bool asleep;
	double gap;                 /* mean of the times between, which are exponential */
	uint64_t random;
	uint64_t next;
};

static volatile sig_atomic_t asked; /* for the counters */

static inline uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Uniform in [0, 1): splitmix64. */
static double random_share(uint64_t *state)
{
	uint64_t mixed = *state += 0x9e3779b97f4a7c15u;

	mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9u;
	mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebu;
	return (double)((mixed ^ mixed >> 31) >> 11) / 0x1p53;
}

static void pauses_schedule(struct pauses *pauses)
{
	pauses->next = monotonic_ns() + (uint64_t)(-log1p(-random_share(&pauses->random)) * pauses->gap);
}

static void pauses_init(struct pauses *pauses, const struct options *options)
{
	double share = options->pause_share;

	*pauses = (struct pauses){
		.asleep = options->pause_asleep,
		.low = options->pause_low,
		.high = options->pause_high,
		.random = options->seed,
		.next = UINT64_MAX,
	};
	if (share == 0)
		return;
	pauses->gap = (pauses->low + pauses->high) / 2 * (1 - share) / share;
	pauses_schedule(pauses);
}

/* Stand still, busy with nothing or asleep, and choose when to do so again. */
static void pauses_take(struct pauses *pauses)
{
	double length = pauses->low + (pauses->high - pauses->low) * random_share(&pauses->random);
	uint64_t end = monotonic_ns() + (uint64_t)length;

	while (monotonic_ns() < end)
		if (pauses->asleep)
			nanosleep(&(struct timespec){0, (long)(end - monotonic_ns())}, NULL);
		else
			rte_pause();
	pauses_schedule(pauses);
}

static int lane_init(struct lane *lane, uint16_t from, const struct options *options)
{
	uint32_t slots = rte_align32pow2(options->room);

	*lane = (struct lane){
		.from = from,
		.to = from ^ 1,
		.queue = calloc(slots, sizeof(*lane->queue)),
		.mask = slots - 1,
		.room = options->room,
		.delay = options->delay,
		.bucket = options->bucket,
		.tokens_per_ns = options->capacity_pps / 1e9,
		.refilled = monotonic_ns(),
	};
	return lane->queue == NULL ? -1 : 0;
}

/* Always read the port: what finds no room is dropped here, not left in the port's ring. */
static inline uint16_t lane_receive(struct lane *lane)
{
	struct rte_mbuf *packets[BURST];
	uint16_t count = rte_eth_rx_burst(lane->from, 0, packets, BURST);

	if (count == 0)
		return 0;
	uint64_t due = monotonic_ns() + lane->delay;
	uint32_t space = lane->room - (lane->tail - lane->head);
	uint16_t kept = (uint16_t)RTE_MIN((uint32_t)count, space);

	for (uint16_t i = 0; i < kept; i++)
		lane->queue[lane->tail++ & lane->mask] = (struct waiting){packets[i], due};
	if (kept < count)
		rte_pktmbuf_free_bulk(packets + kept, (unsigned int)(count - kept));
	lane->received += count;
	lane->overflowed += (uint64_t)(count - kept);
	return count;
}

static inline void lane_send(struct lane *lane)
{
	struct rte_mbuf *packets[BURST];
	uint64_t now = monotonic_ns();
	uint16_t count = 0;

	lane->tokens += (double)(now - lane->refilled) * lane->tokens_per_ns;
	lane->tokens = RTE_MIN(lane->tokens, lane->bucket);
	lane->refilled = now;
	while (count < BURST && lane->head != lane->tail && lane->tokens >= 1
	       && lane->queue[lane->head & lane->mask].due <= now) {
		packets[count++] = lane->queue[lane->head++ & lane->mask].packet;
		lane->tokens--;
	}
	if (count == 0)
		return;
	uint16_t sent = rte_eth_tx_burst(lane->to, 0, packets, count);

	if (sent < count) /* its ring is full, or nobody is there */
		rte_pktmbuf_free_bulk(packets + sent, (unsigned int)(count - sent));
	lane->sent += sent;
	lane->refused += (uint64_t)(count - sent);
}

static void counters_write(const struct lane *lanes, const char *path)
{
	char temporary[PATH_MAX];
	FILE *file;

	snprintf(temporary, sizeof(temporary), "%s.part", path);
	file = fopen(temporary, "w");
	for (int port = 0; file != NULL && port < PORTS; port++) {
		const struct lane *in = &lanes[port], *out = &lanes[port ^ 1];

		fprintf(file, "%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", in->received,
		        in->overflowed, out->sent, out->refused);
	}
	if (file == NULL || fclose(file) != 0 || rename(temporary, path) != 0)
		fprintf(stderr, "token_bucket: %s: %s\n", path, strerror(errno));
}

static void counters_ask(int number)
{
	(void)number;
	asked = 1;
}

static void run(struct lane *lanes, struct pauses *pauses, const char *counters)
{
	for (;;) {
		bool asking = asked; /* what was sent before the signal shall be counted: read it first */
		uint32_t received = 0;

		for (int i = 0; i < PORTS; i++) {
			received += lane_receive(&lanes[i]);
			lane_send(&lanes[i]);
		}
		if (lanes[PORTS - 1].refilled >= pauses->next)
			pauses_take(pauses);
		if (asking && received == 0) {
			asked = 0;
			counters_write(lanes, counters);
		}
	}
}

static int port_start(uint16_t port, struct rte_mempool *pool)
{
	struct rte_eth_conf config = {0};
	uint16_t rx = DESCRIPTORS, tx = DESCRIPTORS;
	int status = rte_eth_dev_configure(port, 1, 1, &config);

	if (status == 0)
		status = rte_eth_dev_adjust_nb_rx_tx_desc(port, &rx, &tx);
	if (status == 0)
		status = rte_eth_rx_queue_setup(port, 0, rx, (unsigned int)SOCKET_ID_ANY, NULL, pool);
	if (status == 0)
		status = rte_eth_tx_queue_setup(port, 0, tx, (unsigned int)SOCKET_ID_ANY, NULL);
	if (status == 0)
		status = rte_eth_dev_start(port);
	if (status == 0)
		rte_eth_promiscuous_enable(port); /* a virtual port passes everything without it */
	return status;
}

/* 0, or -1 after one line on stderr. */
static int ports_start(uint32_t room)
{
	struct rte_mempool *pool =
		rte_pktmbuf_pool_create("packets", PORTS * room + POOL_RESERVE, POOL_CACHE, 0,
	                                RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);

	if (pool == NULL) {
		fprintf(stderr, "token_bucket: no memory for packet buffers (EAL option -m)\n");
		return -1;
	}
	if (rte_eth_dev_count_avail() != PORTS) {
		fprintf(stderr, "token_bucket: %u DPDK ports; needed: %d (--vdev or -a)\n",
		        rte_eth_dev_count_avail(), PORTS);
		return -1;
	}
	for (uint16_t port = 0; port < PORTS; port++) {
		int status = port_start(port, pool);

		if (status != 0) {
			fprintf(stderr, "token_bucket: port %u does not start: %s\n", port,
			        rte_strerror(-status));
			return -1;
		}
	}
	return 0;
}

/* Runs until it is killed.  Exit status: 1 usage, 2 no ports or memory. */
int main(int argc, char **argv)
{
	struct options options;
	struct lane lanes[PORTS];
	struct pauses pauses;
	int eal_arguments = 0, status;

	/* our own arguments first: a mistake should not wait for the ports */
	while (eal_arguments < argc - 1 && strcmp(argv[eal_arguments], "--") != 0)
		eal_arguments++;
	status = options_parse(&options, argc - eal_arguments, argv + eal_arguments);
	if (status != 0)
		return status > 0 ? 0 : 1;
	if (rte_eal_init(argc, argv) < 0) {
		fprintf(stderr, "token_bucket: DPDK does not start: %s\n", rte_strerror(rte_errno));
		return 2;
	}
	if (options.counters != NULL)
		signal(SIGUSR1, counters_ask);
	if (ports_start(options.room) < 0)
		return 2;
	for (uint16_t port = 0; port < PORTS; port++) {
		if (lane_init(&lanes[port], port, &options) < 0) {
			fprintf(stderr, "token_bucket: no memory for the queues\n");
			return 2;
		}
	}
	pauses_init(&pauses, &options);
	run(lanes, &pauses, options.counters);
	return 0;
}
