/* SPDX-License-Identifier: MIT */
#include "witness.h"

#include <string.h>

#define TRIPS_MOST 16
#define LATE 3 / 2 /* of a period between two samples: the CPU was not there in between */

const char *const state_names[STATES] = {
	"idle_idle_near", "idle_busy_near", "busy_idle_near", "busy_busy_near",
	"idle_idle_far", "idle_busy_far", "busy_idle_far", "busy_busy_far", "unknown",
};

const char *const fault_names[FAULTS] = {
	[MACHINE] = "machine", [PREEMPTED] = "preempted", [BUSY] = "busy",
	[ASLEEP] = "asleep", [STOPPED] = "stopped", [UNSEEN] = "unseen",
};

/* How many looks a CPU's ring has: as half of them may be written anew at any time, twice `keep`, and a power of two. */
static uint64_t ring_size(uint64_t keep)
{
	uint64_t size = 64;

	while (size < 2 * keep + 64)
		size *= 2;
	return size;
}

size_t witness_size(uint64_t keep)
{
	return CPUS * ring_size(keep) * sizeof(struct look);
}

void witness_init(struct witness *witness, uint64_t keep, void *memory)
{
	uint64_t size = ring_size(keep);

	memset(memory, 0, witness_size(keep)); /* touched here, not in the loop */
	for (int cpu = 0; cpu < CPUS; cpu++) {
		witness->cpus[cpu] = (struct looks){.mask = size - 1};
		witness->cpus[cpu].ring = (struct look *)memory + (uint64_t)cpu * size;
	}
}

void looks_add(struct looks *looks, const struct look *look)
{
	uint64_t count = atomic_load_explicit(&looks->count, memory_order_relaxed);

	looks->ring[count & looks->mask] = *look;
	atomic_store_explicit(&looks->count, count + 1, memory_order_release);
}

static const struct look *look_at(const struct looks *looks, uint64_t number)
{
	return &looks->ring[number & looks->mask];
}

/* The oldest that is still there: with room for what is written meanwhile. */
static uint64_t oldest(const struct looks *looks, uint64_t count)
{
	return count > looks->mask / 2 ? count - looks->mask / 2 : 0;
}

/* Number of the first sample at or after `tsc`; `count` when there is none.  `hint`: not before that one. */
static uint64_t first_after(const struct looks *looks, uint64_t tsc, uint64_t hint, uint64_t count)
{
	uint64_t low = oldest(looks, count);

	if (hint > low && hint < count && look_at(looks, hint)->tsc < tsc)
		low = hint;
	while (low < count && look_at(looks, low)->tsc < tsc)
		low++;
	return low;
}

/* Was the core's sibling busy?  1 or 0 when all samples from that before the slice to that after it agree, else -1. */
static int sibling(struct witness *witness, enum cpu cpu, uint64_t from, uint64_t to)
{
	struct looks *looks = &witness->cpus[cpu];
	uint64_t count = atomic_load_explicit(&looks->count, memory_order_acquire);
	uint64_t number = first_after(looks, from, looks->at, count);
	uint32_t limit = witness->limits.busy[cpu];
	const struct look *before;

	looks->at = number > 0 ? number - 1 : 0;
	if (limit == 0 || number == 0 || number <= oldest(looks, count))
		return -1;
	before = look_at(looks, number - 1);
	for (bool busy = before->work > limit; number < count; number++) {
		const struct look *look = look_at(looks, number);

		if ((look->work > limit) != busy || look->tsc - before->tsc > look->period * LATE)
			return -1;
		if (look->tsc >= to)
			return busy;
		before = look;
	}
	return -1;
}

/* The median of the round trips around a slice; 0 without any. */
static uint32_t distance(const struct witness *witness, uint64_t from, uint64_t to)
{
	const struct looks *looks = &witness->cpus[DUT_CPU];
	uint64_t count = atomic_load_explicit(&looks->count, memory_order_acquire);
	uint64_t around = DISTANCE_PERIODS * witness->period;
	uint64_t hint = looks->at > 2 * DISTANCE_PERIODS ? looks->at - 2 * DISTANCE_PERIODS : 0;
	uint32_t trips[TRIPS_MOST];
	int found = 0;

	for (uint64_t number = first_after(looks, from - around, hint, count); number < count && found < TRIPS_MOST;
	     number++) {
		const struct look *look = look_at(looks, number);
		int place;

		if (look->tsc > to + around)
			break;
		if (look->trip == 0)
			continue;
		for (place = found++; place > 0 && trips[place - 1] > look->trip; place--)
			trips[place] = trips[place - 1];
		trips[place] = look->trip;
	}
	return found > 0 ? trips[found / 2] : 0;
}

uint8_t witness_state(void *of, uint64_t from, uint64_t to)
{
	struct witness *witness = of;
	int dut = sibling(witness, DUT_CPU, from, to), generator = sibling(witness, GENERATOR_CPU, from, to);
	uint32_t trip = 0;

	if (dut < 0 || generator < 0)
		return UNKNOWN;
	if (witness->limits.far > 0 && (trip = distance(witness, from, to)) == 0)
		return UNKNOWN;
	return (uint8_t)(generator * GENERATOR_BUSY + dut * DUT_BUSY + (trip > witness->limits.far) * FAR);
}

/* How many looks of some found the thread so. */
struct seen {
	unsigned int stopped, asleep, starved;
};

static void see(struct seen *seen, const struct look *look)
{
	seen->stopped += look->stopped;
	seen->asleep += look->asleep;
	seen->starved += look->starved;
}

/* What the thread did in between, that was silent for so long [ns].  `later`: what it has waited is counted when it gets
 * its turn, and that may be after the silence, or not yet: then it was seen to want one. */
static enum fault thread_fault(const struct witness *witness, const struct look *before, const struct look *after,
                               const struct look *later, double silent_ns, const struct seen *seen)
{
	double took_ns = (double)(after->read - before->read) / witness->cycles_a_ns;
	double ran_ns = (double)(after->ran_ns - before->ran_ns);

	if ((double)(later->waited_ns - before->waited_ns) > silent_ns / 2)
		return PREEMPTED;
	if (took_ns - ran_ns <= silent_ns / 2)
		return BUSY;
	if (seen->stopped > 0)
		return STOPPED;
	return seen->starved > seen->asleep ? PREEMPTED : ASLEEP;
}

/* The first look from the one before `number` on that asked the kernel not before `tsc`; the last one, when none has. */
static const struct look *read_after(const struct looks *looks, uint64_t *number, uint64_t count, uint64_t tsc,
                                     struct seen *seen)
{
	while (look_at(looks, *number - 1)->read < tsc && *number < count)
		see(seen, look_at(looks, (*number)++));
	return look_at(looks, *number - 1);
}

enum fault witness_fault(const struct witness *witness, uint64_t from, uint64_t to)
{
	const struct looks *looks = &witness->cpus[DUT_CPU];
	uint64_t count = atomic_load_explicit(&looks->count, memory_order_acquire);
	uint64_t number = first_after(looks, from, 0, count), late = 0, longest = witness->period;
	const struct look *first, *last, *told, *later;
	enum fault fault = BUSY;
	struct seen seen = {0};

	if (number <= oldest(looks, count) || number >= count)
		return to - from > 2 * witness->period ? MACHINE : UNSEEN; /* it was never there meanwhile */
	first = last = look_at(looks, number - 1);
	for (; number < count && last->tsc < to; number++) {
		const struct look *look = look_at(looks, number);
		uint64_t apart = look->tsc - last->tsc;

		late += apart > look->period * LATE ? apart - look->period : 0;
		longest = look->period > longest ? look->period : longest;
		see(&seen, look);
		last = look;
	}
	if (last->tsc + longest * LATE < to)
		late += to - last->tsc - longest; /* the next one has not come either */
	if (2 * late > to - from)
		return MACHINE;
	if (witness->sees_thread) {
		told = read_after(looks, &number, count, to, &seen);
		later = read_after(looks, &number, count, told->read + 1, &seen);
		fault = thread_fault(witness, first, told, later, (double)(to - from) / witness->cycles_a_ns, &seen);
	}
	if (witness->no_thread)
		return UNSEEN;
	/* a stop of the machine that lies between two looks looks as if the DUT had run, or slept where the kernel takes
	 * stolen time off what a thread has run */
	return to - from > 2 * longest || fault == PREEMPTED ? fault : UNSEEN;
}
