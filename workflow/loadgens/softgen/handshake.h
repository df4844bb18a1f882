/* SPDX-License-Identifier: MIT */
/* Both ends of the TCP handshakes, while the flows are learned. */
#ifndef SOFTGEN_HANDSHAKE_H
#define SOFTGEN_HANDSHAKE_H

#include <stdint.h>

#include "load.h"

struct rte_mbuf;

/* 0, or -1 after one line on stderr. */
int handshake_init(struct load *load);
/* Send a flow's SYN from the inside; how many the port took. */
uint16_t handshake_begin(struct load *load, uint32_t flow);
/* Answer from the outside, if it is a SYN that came through; false: it is not. */
bool handshake_answer(struct load *load, const struct rte_mbuf *packet);
/* Take what came to the inside: the answers. */
void handshake_home(struct load *load);

#endif
