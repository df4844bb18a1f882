/* SPDX-License-Identifier: MIT */
/* Latency histogram in TSC cycles: linear below 256 cycles, then 128 buckets an octave, so that no
 * bucket is wider than 1/128 (0.8 %) of its lower bound.  Covers 1 cycle to 2^36 cycles (13 s at 5 GHz). */
#ifndef SOFTGEN_HISTOGRAM_H
#define SOFTGEN_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_SUB_BITS 7u
#define HISTOGRAM_SUB (1u << HISTOGRAM_SUB_BITS)
#define HISTOGRAM_OCTAVES 28u /* 2^8 .. 2^36 */
#define HISTOGRAM_BUCKETS (2u * HISTOGRAM_SUB + HISTOGRAM_OCTAVES * HISTOGRAM_SUB)

/* Index of the bucket that holds `cycles`; values past the end go to the last bucket. */
static inline uint32_t histogram_index(uint64_t cycles)
{
	if (cycles < 2 * HISTOGRAM_SUB)
		return (uint32_t)cycles;
	uint32_t shift = 63u - (uint32_t)__builtin_clzll(cycles) - HISTOGRAM_SUB_BITS;
	uint32_t index = (shift << HISTOGRAM_SUB_BITS) + (uint32_t)(cycles >> shift);

	return index < HISTOGRAM_BUCKETS ? index : HISTOGRAM_BUCKETS - 1;
}

/* Lowest value [cycles] of a bucket; that of bucket + 1 is its exclusive upper bound. */
static inline uint64_t histogram_lower(uint32_t bucket)
{
	if (bucket < 2 * HISTOGRAM_SUB)
		return bucket;
	uint32_t shift = (bucket >> HISTOGRAM_SUB_BITS) - 1;

	return (uint64_t)(bucket - (shift << HISTOGRAM_SUB_BITS)) << shift;
}

#endif
