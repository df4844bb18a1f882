/* SPDX-License-Identifier: MIT */
#ifndef SOFTGEN_EXCHANGE_H
#define SOFTGEN_EXCHANGE_H

#include "options.h"

struct rte_mempool;

/* Send the frames of a file (a line each: port, hex without FCS) and write those that come back, in
 * the same form.  The first frame is repeated until one comes through, so that the others find the
 * path open.  0, or -1 after one line on stderr. */
int exchange_run(const struct options *options, struct rte_mempool *pool, double tsc_hz);

#endif
