/* SPDX-License-Identifier: MIT */
/* Loaded before the pcap variant of mOS (LD_PRELOAD): no port makes it wait for a frame, and none takes another one's place.
 *
 * mOS makes its ports' handles without a timeout (b278274, core/src/pcap_module.c:140 to 152) and takes pcap_next of one port
 * after the other (:41).  libpcap (1.10.3, Debian 12; pcap-linux.c) then polls for ever: set_poll_timeout (:894) makes it -1
 * where there is no timeout, and with TPACKET_V3 a frame is seen when its block is full (:2802).  So the thread waits on the
 * first port, no statistics come and nothing is forwarded. */
#include <dlfcn.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>

#include <pcap/pcap.h>

#define QUEUE 1024 /* frames that wait for mOS in a port, about: as many as in a sandbox's other ports */
#define FRAME 2048 /* B of its ring that each takes.  mOS asks for 16 MB, of which one takes 256 kB where the kernel may merge
                    * frames (GRO), as on TAP (create_ring, :2870): 64 would wait, or 40 ms of them where it may not */

int pcap_activate(pcap_t *port)
{
	int (*activate)(pcap_t *) = (int (*)(pcap_t *))dlsym(RTLD_NEXT, "pcap_activate");
	char fault[PCAP_ERRBUF_SIZE];
	int status;

	pcap_set_promisc(port, 1);        /* frames are to the load's addresses, not to the port's */
	pcap_set_immediate_mode(port, 1); /* no TPACKET_V3 (:2808) */
	pcap_set_snaplen(port, FRAME);
	pcap_set_buffer_size(port, QUEUE * FRAME);
	status = activate(port);
	if (status < 0)
		return status;
	/* PCAP_D_IN: or what it sends out of a port would come in there again */
	if (pcap_setnonblock(port, 1, fault) < 0 || pcap_setdirection(port, PCAP_D_IN) < 0)
		return PCAP_ERROR;
	return status;
}

/* One frame a round of all ports, and none twice from one while another has some: mOS asks every port first (core/src/core.c:897)
 * and then sends (:1004), but has one place for what it sends, whatever the port (pcap_module.c:22).  Of two frames in a round
 * the first would be lost, and the second go out of both ports. */
const u_char *pcap_next(pcap_t *port, struct pcap_pkthdr *header)
{
	static const u_char *(*next)(pcap_t *, struct pcap_pkthdr *);
	static pcap_t *first, *last;
	static bool given;
	const u_char *frame;

	if (next == NULL) {
		next = (const u_char *(*)(pcap_t *, struct pcap_pkthdr *))dlsym(RTLD_NEXT, "pcap_next");
		first = port;
	}
	if (port == first) {
		last = given ? last : NULL;
		given = false;
	}
	if (given || port == last)
		return NULL;
	frame = next(port, header);
	if (frame != NULL) {
		given = true;
		last = port;
	}
	return frame;
}

/* mOS counts CPUs from 0 (core/src/cpu.c:54): who starts it says on which it stays. */
int sched_setaffinity(pid_t thread, size_t size, const cpu_set_t *cpus)
{
	(void)thread;
	(void)size;
	(void)cpus;
	return 0;
}
