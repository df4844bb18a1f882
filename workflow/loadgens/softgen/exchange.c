/* SPDX-License-Identifier: MIT */
#include "exchange.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_mbuf.h>

#include "ports.h"

#define FRAME_MAX 1514
#define ROOM_MS 20 /* how long a full port is waited for: longer than a shared machine stops a core */
#define LINE_MAX_LENGTH (2 * FRAME_MAX + 16)

static unsigned int nibble(char digit)
{
	return (unsigned int)(digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
}

/* The next frame of the file as a packet; NULL at its end; *port is PORTS_NEEDED for a bad line. */
static struct rte_mbuf *frame_read(FILE *file, struct rte_mempool *pool, unsigned int *port)
{
	char line[LINE_MAX_LENGTH], hex[LINE_MAX_LENGTH];

	if (fgets(line, sizeof(line), file) == NULL)
		return NULL;
	struct rte_mbuf *packet = rte_pktmbuf_alloc(pool);

	if (packet == NULL || sscanf(line, "%u %s", port, hex) != 2 || *port >= PORTS_NEEDED) {
		*port = PORTS_NEEDED;
		return packet;
	}
	for (const char *digit = hex; isxdigit(digit[0]) && isxdigit(digit[1]); digit += 2)
		*(uint8_t *)rte_pktmbuf_append(packet, 1) = (uint8_t)(nibble(digit[0]) << 4 | nibble(digit[1]));
	return packet;
}

static unsigned int frames_receive(FILE *out)
{
	struct rte_mbuf *packets[BURST];
	unsigned int received = 0;

	for (uint16_t port = 0; port < PORTS_NEEDED; port++) {
		uint16_t count = ports.receive(port, packets, BURST);

		for (uint16_t i = 0; i < count; i++) {
			const uint8_t *data = rte_pktmbuf_mtod(packets[i], uint8_t *);

			fprintf(out, "%u ", port);
			for (uint16_t b = 0; b < packets[i]->data_len; b++) {
				putc_unlocked("0123456789abcdef"[data[b] >> 4], out);
				putc_unlocked("0123456789abcdef"[data[b] & 15], out);
			}
			putc_unlocked('\n', out);
		}
		packets_free(packets, count);
		received += count;
	}
	return received;
}

/* Receive until nothing came for `cycles`. */
static void frames_drain(FILE *out, uint64_t cycles)
{
	uint64_t quiet = rte_rdtsc();

	while (rte_rdtsc() - quiet < cycles)
		if (frames_receive(out) > 0)
			quiet = rte_rdtsc();
}

static int frames_exchange(const struct options *options, FILE *in, FILE *out,
                           struct rte_mempool *pool, double tsc_hz)
{
	double ms = tsc_hz / 1e3;
	bool open = false;
	struct rte_mbuf *packet;
	unsigned int port = 0;

	while ((packet = frame_read(in, pool, &port)) != NULL) {
		uint64_t limit = rte_rdtsc() + (uint64_t)(options->ready_ms * ms);

		if (port == PORTS_NEEDED) {
			fprintf(stderr, "softgen: %s: a line that is not: port, hex\n", options->exchange);
			return -1;
		}
		do {
			struct rte_mbuf *copy = rte_pktmbuf_copy(packet, pool, 0, UINT32_MAX);

			uint64_t room = rte_rdtsc() + (uint64_t)(ROOM_MS * ms);
			bool sent = false;

			while (copy != NULL && !(sent = ports.send((uint16_t)port, &copy, 1) == 1) && rte_rdtsc() < room)
				open |= frames_receive(out) > 0;
			if (!sent)
				rte_pktmbuf_free(copy);
			uint64_t wait = rte_rdtsc() + (uint64_t)(options->exchange_us * ms / 1e3);

			while (rte_rdtsc() < wait)
				open |= frames_receive(out) > 0;
		} while (!open && rte_rdtsc() < limit);
		rte_pktmbuf_free(packet);
		open = true; /* when nothing comes through, what comes back shows it */
	}
	frames_drain(out, (uint64_t)(options->drain_ms * ms));
	return 0;
}

int exchange_run(const struct options *options, struct rte_mempool *pool, double tsc_hz)
{
	FILE *in = fopen(options->exchange, "r");
	FILE *out = fopen(options->out, "w");
	int status = -1;

	if (in == NULL || out == NULL)
		fprintf(stderr, "softgen: cannot open %s\n", in == NULL ? options->exchange : options->out);
	else
		status = frames_exchange(options, in, out, pool, tsc_hz);
	if (in != NULL)
		fclose(in);
	if (out != NULL && fclose(out) != 0)
		status = -1;
	return status;
}
