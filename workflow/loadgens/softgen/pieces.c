/* SPDX-License-Identifier: MIT */
#include "pieces.h"

#include <x86intrin.h>

#define TRIES 3
#define ROUNDS 6 /* half a microsecond */

/* Some times in a row: a chain of multiplications, of which each waits for the one before but the first for none, and
 * additions that wait for nothing. */
#define CHAINS_APART(additions) \
	_Pragma("GCC unroll 1") /* short enough to stay decoded */ \
	for (int i = 0; i < ROUNDS; i++) \
		__asm__ volatile(".p2align 6\n mov $3,%0\n .rept 40\n imul %0,%0\n .endr\n .rept " #additions "/4\n" \
		                 " add $1,%1\n add $1,%2\n add $1,%3\n add $1,%4\n .endr\n" \
		                 : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e))

/* Needs the core's whole window of instructions in flight: a chain begins before the last one's end where both lie in
 * it.  The window is halved while a sibling runs, whatever that does: one that only waits for memory slows no
 * additions, but halves it too.  Windows have 224 to 512 places (Intel Skylake to Sapphire Rapids, AMD Zen 2 to 5):
 * one of the two distances is more than half of it, and fits in.  See Wong, "Measuring Reorder Buffer Capacity", 2013. */
static uint64_t work(void)
{
	uint64_t a = 3, b = 1, c = 1, d = 1, e = 1;

	CHAINS_APART(168);
	CHAINS_APART(300);
	return a + b + c + d + e;
}

/* The clock when all before is done, and nothing after has begun. */
static uint64_t fenced_tsc(void)
{
	_mm_lfence();
	uint64_t now = __rdtsc();

	_mm_lfence();
	return now;
}

/* As many cycles of the core's own clock as it has additions, each of which waits for the one before. */
static uint64_t chain(void)
{
	uint64_t a = 1;

	for (int i = 0; i < PIECES_CORE_CYCLES / 32; i++)
		__asm__ volatile(".rept 32\n add %0,%0\n .endr\n" : "+r"(a));
	return a;
}

static uint64_t nothing(void)
{
	return 0;
}

/* TSC cycles of a piece of work, of some tries the least. */
static uint32_t least(uint64_t (*piece)(void))
{
	static _Thread_local volatile uint64_t sink;
	uint32_t least = UINT32_MAX;

	for (int i = 0; i < TRIES; i++) {
		uint64_t begin = fenced_tsc();

		sink = sink + piece();
		uint32_t taken = (uint32_t)(fenced_tsc() - begin);

		least = taken < least ? taken : least;
	}
	return least;
}

uint32_t pieces_work(void)
{
	return least(work);
}

uint32_t pieces_clock(void)
{
	return least(chain) - least(nothing);
}
