/* SPDX-License-Identifier: MIT */
/* What phases of the packet loop that wait for frames have in common. */
#ifndef SOFTGEN_WAITING_H
#define SOFTGEN_WAITING_H

#include "burst.h"

#define SETTLE_MS 20          /* longer than a shared machine stops a core */

/* The time of its own by now; see own_time.h. */
static inline uint64_t own_now(struct load *load)
{
	return own_time(&load->own, rte_rdtsc());
}

/* While flows are learned: what came to the outside, and with TCP to the inside. */
static inline void receive_both(struct load *load)
{
	receive_burst(load);
	if (load->table.protocol == TCP)
		handshake_home(load);
}

/* Wait for what is on its way: the last packet sent, or SETTLE_MS. */
static inline void settle(struct load *load)
{
	uint64_t end = own_now(load) + cycles(load, SETTLE_MS * 1e3);

	while (load->expected < load->sequence && own_now(load) < end)
		receive_both(load);
}

#endif
