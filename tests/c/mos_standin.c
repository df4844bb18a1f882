/* SPDX-License-Identifier: MIT */
/* How mOS (b278274) takes frames from its two ports and sends them, and with STANDIN_LIBRARY the libpcap below it, as far as
 * pcap_polled has to do with them. */
#define _GNU_SOURCE
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pcap/pcap.h>

#define PORTS 2

#ifdef STANDIN_LIBRARY
struct pcap {
	const char *frames; /* a letter each: what is still to come in */
	bool nonblock;
	u_char frame;
};

pcap_t *pcap_create(const char *frames, char *fault)
{
	pcap_t *port = calloc(1, sizeof(*port));

	(void)fault;
	port->frames = frames;
	return port;
}

#define SETTING(name)                                                                                                           \
	int pcap_set_##name(pcap_t *port, int value)                                                                            \
	{                                                                                                                       \
		(void)port;                                                                                                     \
		printf(#name " %d\n", value);                                                                                   \
		return 0;                                                                                                       \
	}
SETTING(promisc)
SETTING(immediate_mode)
SETTING(snaplen)
SETTING(buffer_size)

int pcap_activate(pcap_t *port)
{
	(void)port;
	return 0;
}

int pcap_setnonblock(pcap_t *port, int nonblock, char *fault)
{
	(void)fault;
	port->nonblock = nonblock;
	return 0;
}

int pcap_setdirection(pcap_t *port, pcap_direction_t direction)
{
	(void)port;
	printf("direction %d\n", direction == PCAP_D_IN);
	return 0;
}

/* Without a timeout it polls for ever: pcap-linux.c of 1.10.3, set_poll_timeout (:917). */
const u_char *pcap_next(pcap_t *port, struct pcap_pkthdr *header)
{
	if (*port->frames == '\0' && !port->nonblock) {
		puts("waits for ever");
		exit(2);
	}
	if (*port->frames == '\0')
		return NULL;
	header->caplen = header->len = 1;
	port->frame = (u_char)*port->frames++;
	return &port->frame;
}
#else
/* mos_standin ROUNDS INSIDE OUTSIDE: so many rounds of core.c:894 to :1006, with these frames; prints what goes out. */
int main(int argc, char **argv)
{
	char fault[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr header;
	pcap_t *ports[PORTS];
	bool pending[PORTS] = {false}; /* pcap_module.c:23, count */
	u_char place = 0;              /* :22, wdata: one for all ports */
	cpu_set_t cpus;

	if (argc != 2 + PORTS)
		return 1;
	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus); /* cpu.c:52 */
	sched_setaffinity(0, sizeof(cpus), &cpus);
	sched_getaffinity(0, sizeof(cpus), &cpus);
	printf("stays %d\n", CPU_ISSET(0, &cpus) == 0);
	for (int port = 0; port < PORTS; port++) {
		ports[port] = pcap_create(argv[2 + port], fault);
		pcap_set_buffer_size(ports[port], 16 << 20);
		pcap_activate(ports[port]);
	}
	for (int round = 0; round < atoi(argv[1]); round++) {
		for (int port = 0; port < PORTS; port++) {
			const u_char *frame = pcap_next(ports[port], &header);

			if (frame == NULL)
				continue;
			place = *frame;
			pending[PORTS - 1 - port] = true;
		}
		for (int port = 0; port < PORTS; port++) {
			if (pending[port])
				printf("out %d %c\n", port, place);
			pending[port] = false;
		}
	}
	return 0;
}
#endif
