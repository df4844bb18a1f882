/* SPDX-License-Identifier: MIT */
/* The handshake of a TCP flow.  A connection tracker holds data after an unanswered SYN for invalid
 * (netfilter does), so the outside answers; the flow's first data segment acknowledges that.  All data has
 * one sequence number: to a tracker of windows they are retransmissions, which it accepts again and again.
 * Same numbers as MoonGen's script.
 * Knows nothing of DPDK: the tests load it as a shared library. */
#ifndef SOFTGEN_TCP_H
#define SOFTGEN_TCP_H

#include <stdbool.h>

#include "flows.h"

#define TCP_HEADERS 54      /* B: a kernel cuts the padding off what it forwards */
#define HANDSHAKE_LENGTH 60 /* B without FCS: headers, then padding */

/* Make `frame` the flow's SYN. */
void tcp_syn(struct frame *frame, const struct flow_table *table, uint32_t flow);
/* Make `answer` the outside's answer to a SYN, whatever its source was translated to. */
void tcp_answer(struct frame *answer, const struct frame *syn);
/* Is it a SYN to DISCARD_PORT (`flags` TCP_SYN), or its answer from there (TCP_SYN | TCP_ACK)? */
bool tcp_is(const struct frame *frame, uint32_t length, uint8_t flags);

#endif
