/* SPDX-License-Identifier: MIT */
/* How large the load's frames are: all alike, or a mix.  A mix is a repeating order of sizes (an IMIX genome, RFC 6985),
 * the same for every run, flow and rate: the number of a frame says its size, so that the receiver knows it too.
 * The sizes of a period are spread evenly over it: before each frame a size's credit grows by its count, and the size with
 * the most credit, the first given of equals, is taken and pays the sum of all counts (smooth weighted round robin).
 * 64:7,594:4,1518:1 is 64 594 64 64 594 64 1518 64 594 64 594 64.
 * Knows nothing of DPDK: the tests load it as a shared library. */
#ifndef SOFTGEN_SIZES_H
#define SOFTGEN_SIZES_H

#include <stdint.h>

#define FRAME_SIZE_MIN 64
#define FRAME_SIZE_MAX 1518
#define SIZES_MAX 8
#define SIZE_COUNT_MAX 100

struct sizes {
	const char *text;  /* as it was asked for */
	uint32_t period;   /* frames until the order begins anew; 1: all are alike */
	uint16_t frame_size[SIZES_MAX * SIZE_COUNT_MAX]; /* of each frame of a period [B], with FCS */
};

/* `B`, or 2 to SIZES_MAX of `B:COUNT`, comma between.  0, or -1: it is neither. */
int sizes_parse(struct sizes *sizes, const char *text);

/* Of the frame of this number [B], with FCS. */
static inline uint16_t sizes_of(const struct sizes *sizes, uint64_t sequence)
{
	return sizes->frame_size[sequence % sizes->period];
}

#endif
