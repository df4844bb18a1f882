/* SPDX-License-Identifier: MIT */
/* softgen's probe beside another program: the machine's hidden state in each millisecond of the monotonic clock. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "pieces.h"
#include "probe.h"

#define MS 1000000u
#define CALIBRATE_US 100000
#define LAG_MS 5 /* a state is known when the looks around it are there */

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void print_states(struct probe *probe, uint64_t first, uint64_t last, uint64_t tsc0, uint64_t ns0)
{
	double cycles_a_ns = probe->witness.cycles_a_ns;

	for (uint64_t ms = first; ms < last; ms++) {
		uint64_t from = tsc0 + (uint64_t)((double)(ms * MS - ns0) * cycles_a_ns);
		uint64_t to = from + (uint64_t)(MS * cycles_a_ns);

		printf("%" PRIu64 " %s\n", ms, state_names[witness_state(&probe->witness, from, to)]);
	}
}

/* The TSC's frequency [Hz] and the DUT's core's [MHz] on one line, then a line a millisecond. */
int main(int argc, char **argv)
{
	uint64_t tsc0 = __rdtsc(), ns0 = monotonic_ns();
	struct limits limits = {0};

	if (argc != 7) {
		fprintf(stderr, "onlooker DUT_CPU GENERATOR_CPU BUSY_DUT BUSY_GENERATOR FAR MILLISECONDS\n");
		return 1;
	}
	limits.busy[DUT_CPU] = (uint32_t)atoi(argv[3]);
	limits.busy[GENERATOR_CPU] = (uint32_t)atoi(argv[4]);
	limits.far = (uint32_t)atoi(argv[5]);
	uint64_t length = (uint64_t)atoi(argv[6]);
	struct probe *probe = probe_make(&limits, (double)length);

	usleep(CALIBRATE_US);
	double tsc_hz = (double)(__rdtsc() - tsc0) * 1e9 / (double)(monotonic_ns() - ns0);

	if (probe == NULL || probe_begin(probe, atoi(argv[1]), atoi(argv[2]), tsc_hz) < 0)
		return 2;
	uint64_t first = monotonic_ns() / MS + LAG_MS;

	usleep((useconds_t)length * 1000);
	probe_end(probe);
	printf("%.0f %.1f\n", tsc_hz, PIECES_CORE_CYCLES * tsc_hz / 1e6 / probe_median(probe->probers[DUT_CPU].clock));
	print_states(probe, first, first + length - 2 * LAG_MS, tsc0, ns0);
	probe_free(probe);
	return 0;
}
