/* SPDX-License-Identifier: MIT */
/* What the probe's process does. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "pieces.h"
#include "probe.h"
#include "thread_times.h"

#define MEET_EVERY 5       /* periods: a round trip, the core's clock, and a walk through memory */
#define PATIENCE_NS 20000  /* wait for the other thread */
#define TRIPS 12
#define TRIPS_COLD 3       /* the first ones, which fetch the code */
#define STEPS 16           /* of a walk through memory */
#define CHAIN (1u << 20)   /* places of 4 B: 4 MB, more than a second-level cache holds beside the generator's own */
#define TURN_NS 100000     /* a short turn of its own lets a thread in at once beside one that polls (Linux 6.12) */
#define CONTENDED 5        /* periods between looks where another program wants the CPU */
#define CONTENDED_FOR 20   /* looks until it is taken for gone */
#define ASK_EVERY 5        /* looks: the kernel for that thread, which takes some microseconds, unless it did not run */
#define FIND_EVERY 10      /* looks, until the thread that polls is found: it may sleep just now */
#define STARVED 100        /* periods, where the thread that polls got no turn since the last two */

/* sched_setattr(2) */
struct scheduling {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

/* A thread of this process. */
struct looker {
	struct probe *probe;
	enum cpu place;
	struct thread_times times; /* of whoever polls on this CPU */
	bool sees_thread;
	unsigned int looks;        /* without */
	bool idles;                /* it did not run most of the time when the kernel was last asked */
	struct timespec start;
	const uint32_t *chain;     /* the next place of each, all in one circle; NULL: it walks through no memory */
};

static bool await(atomic_uint *variable, unsigned int value, uint64_t limit)
{
	while (atomic_load_explicit(variable, memory_order_acquire) != value)
		if (__rdtsc() > limit)
			return false;
	return true;
}

/* Both threads come here; the DUT's measures the best of some round trips of one cache line.  0: the other did not
 * come, or it is the other that measures. */
static uint32_t round_trip(struct probe *probe, enum cpu me, unsigned int meeting)
{
	uint64_t patience = (uint64_t)(PATIENCE_NS * probe->witness.cycles_a_ns), best = 0;
	unsigned int base = meeting * 2 * TRIPS;

	atomic_store(&probe->here[me], meeting);
	if (!await(&probe->here[!me], meeting, __rdtsc() + patience))
		return 0;
	for (unsigned int i = 0; i < TRIPS; i++) {
		uint64_t begin = __rdtsc();

		if (me == GENERATOR_CPU) {
			if (!await(&probe->line, base + 2 * i + 1, begin + patience))
				return 0;
			atomic_store_explicit(&probe->line, base + 2 * i + 2, memory_order_release);
			continue;
		}
		atomic_store_explicit(&probe->line, base + 2 * i + 1, memory_order_release);
		if (!await(&probe->line, base + 2 * i + 2, begin + patience))
			return 0;
		uint64_t trip = __rdtsc() - begin;

		if (i >= TRIPS_COLD && (best == 0 || trip < best))
			best = trip;
	}
	return (uint32_t)best;
}

/* Cycles of a load whose address the one before gave. */
static uint32_t walk(const uint32_t *chain, uint32_t *place)
{
	uint64_t begin = __rdtsc();

	for (int i = 0; i < STEPS; i++)
		*place = *(const volatile uint32_t *)&chain[*place];
	_mm_lfence(); /* the clock would be read while the loads are under way */
	return (uint32_t)((__rdtsc() - begin) / STEPS);
}

static void find_thread(struct looker *looker)
{
	looker->sees_thread = thread_times_open(&looker->times, looker->probe->probers[looker->place].cpu);
	if (looker->place == DUT_CPU)
		atomic_store(&looker->probe->witness.sees_thread, looker->sees_thread);
}

/* Who polls here: what it has run and waited since. */
static void look_at_thread(struct looker *looker, uint64_t number, const struct look *before, struct look *found)
{
	char state;

	if (looker->place == DUT_CPU && looker->probe->witness.no_thread)
		return;
	if (!looker->sees_thread && looker->looks++ % FIND_EVERY == 0)
		find_thread(looker);
	found->read = before->read;
	found->ran_ns = before->ran_ns;
	found->waited_ns = before->waited_ns;
	if (!looker->sees_thread || (!looker->idles && number % ASK_EVERY != 0)
	    || !thread_times_read(&looker->times, &found->ran_ns, &found->waited_ns))
		return;
	found->read = found->tsc;
	looker->idles = 4 * (double)(found->ran_ns - before->ran_ns) * looker->probe->witness.cycles_a_ns
	                < 3 * (double)(found->read - before->read);
	if (!looker->idles)
		return;
	state = thread_state(&looker->times);
	found->stopped = state == 'T' || state == 't';
	found->asleep = state == 'S' || state == 'D';
	found->starved = state == 'R' && found->ran_ns == before->ran_ns;
}

/* Periods until the next look.  Each look ends the turn of whoever has the CPU, so where another program wants it too
 * they are rare, and turns as long as they would be. */
static unsigned int rest(unsigned int *contended, const struct look *before, const struct look *found)
{
	if (found->starved && before->starved)
		return STARVED;
	if (found->waited_ns - before->waited_ns > PROBE_PERIOD_NS / 2 && before->tsc != 0)
		*contended = CONTENDED_FOR;
	else if (*contended > 0)
		--*contended;
	return *contended > 0 ? CONTENDED : 1;
}

static void count_look(struct prober *prober, const struct look *found)
{
	prober->work[histogram_index(found->work)]++;
	if (found->trip > 0)
		prober->trips[histogram_index(found->trip)]++;
	if (found->memory > 0)
		prober->memory[histogram_index(found->memory)]++;
}

/* Run on that CPU alone, and briefly at a time.  An older kernel refuses the second, and looks come late. */
static void settle_down(int cpu)
{
	struct scheduling turn = {.size = sizeof(turn)};
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
	if (syscall(SYS_sched_getattr, 0, &turn, sizeof(turn), 0) != 0)
		return;
	turn.runtime = TURN_NS;
	syscall(SYS_sched_setattr, 0, &turn, 0);
}

/* Sleep until a period begins; how long after that it is [ns]. */
static int64_t sleep_until(struct timespec start, uint64_t period)
{
	uint64_t ns = (uint64_t)start.tv_nsec + period * PROBE_PERIOD_NS;
	struct timespec due = {start.tv_sec + (time_t)(ns / 1000000000), (long)(ns % 1000000000)}, now;

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL) == EINTR)
		;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - due.tv_sec) * INT64_C(1000000000) + now.tv_nsec - due.tv_nsec;
}

static void *look(void *argument)
{
	struct looker *looker = argument;
	struct probe *probe = looker->probe;
	struct prober *prober = &probe->probers[looker->place];
	struct look before = {0};
	unsigned int contended = 0, periods = 1;
	uint32_t place = 0;

	settle_down(prober->cpu);
	for (uint64_t period = 1; !atomic_load(&probe->ending); period += periods) {
		struct look found = {.period = (uint32_t)(periods * probe->witness.period)};

		prober->late += sleep_until(looker->start, period) > PROBE_PERIOD_NS / 2;
		found.tsc = __rdtsc();
		found.work = pieces_work();
		if (period % MEET_EVERY == 0) {
			prober->clock[histogram_index(pieces_clock())]++;
			found.trip = round_trip(probe, looker->place, (unsigned int)period);
			found.memory = looker->chain != NULL ? walk(looker->chain, &place) : 0;
		}
		look_at_thread(looker, period, &before, &found);
		count_look(prober, &found);
		looks_add(&probe->witness.cpus[looker->place], &found);
		periods = rest(&contended, &before, &found);
		periods += (MEET_EVERY - (period + periods) % MEET_EVERY) % MEET_EVERY * (periods > 1);
		before = found;
	}
	return NULL;
}

/* One circle through all places in random order (Sattolo's shuffle). */
static uint32_t *chain_make(void)
{
	uint32_t *chain = malloc(CHAIN * sizeof(*chain));
	uint64_t random = 1;

	for (uint32_t i = 0; chain != NULL && i < CHAIN; i++)
		chain[i] = i;
	for (uint32_t i = CHAIN - 1; chain != NULL && i > 0; i--) {
		random = random * 6364136223846793005u + 1442695040888963407u;
		uint32_t other = (uint32_t)((random >> 32) * i >> 32), kept = chain[i];

		chain[i] = chain[other];
		chain[other] = kept;
	}
	return chain;
}

void probe_look(struct probe *probe)
{
	uint32_t *chain = chain_make();
	struct looker lookers[CPUS];
	struct timespec start;
	pthread_t other;

	clock_gettime(CLOCK_MONOTONIC, &start);
	for (int place = 0; place < CPUS; place++) {
		struct looker *looker = &lookers[place];

		*looker = (struct looker){.probe = probe, .place = place, .start = start};
	}
	lookers[GENERATOR_CPU].chain = chain;
	if (pthread_create(&other, NULL, look, &lookers[DUT_CPU]) != 0)
		return;
	look(&lookers[GENERATOR_CPU]);
	pthread_join(other, NULL);
}
