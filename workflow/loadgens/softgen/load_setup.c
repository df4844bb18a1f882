/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rte_cycles.h>
#include <rte_mbuf.h>

#include "handshake.h"
#include "load.h"

#define ONE_CORE_PPS 10e6 /* more than one core sends, whatever is asked for */
#define POOL_SIZE 4095 /* 1024 in the ring, the rest within the switch's burst and the caches */

uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void load_clock(struct load *load, uint64_t tsc0, uint64_t ns0)
{
	load->tsc_hz = (double)(rte_rdtsc() - tsc0) * 1e9 / (double)(monotonic_ns() - ns0);
}

static void packet_init(struct rte_mempool *pool, void *template, void *object, unsigned int index)
{
	(void)pool, (void)index;
	struct rte_mbuf *packet = object;
	char *data = (char *)packet->buf_addr + RTE_PKTMBUF_HEADROOM;

	memset(data, 0, packet->buf_len - RTE_PKTMBUF_HEADROOM);
	memcpy(data, template, sizeof(struct frame));
}

/* Of as many frames as are sent while one is waited for.  0, or -1 without memory. */
static int stamps_init(struct load *load, const struct options *options)
{
	struct stamps *stamps = &load->stamps;
	double waited_s = (options->drain_ms + 2 * options->slice_us / 1e3) / 1e3;
	double rate_pps = RTE_MIN(options->rate_pps, ONE_CORE_PPS);
	uint64_t size = rte_align64pow2((uint64_t)(rate_pps * waited_s) + 4096);

	stamps->mask = size - 1;
	stamps->late = malloc(size * sizeof(*stamps->late));
	stamps->ring = options->protocol == TCP ? malloc(size * sizeof(*stamps->ring)) : NULL;
	if (stamps->late == NULL || (options->protocol == TCP && stamps->ring == NULL))
		return -1;
	/* touched here, not in the loop */
	memset(stamps->late, 0, size * sizeof(*stamps->late));
	if (stamps->ring != NULL)
		memset(stamps->ring, 0xff, size * sizeof(*stamps->ring));
	return 0;
}

/* What tells the hidden states, where it was asked for.  0, or -1 without memory. */
static int probing_init(struct load *load, struct gate_config *gate)
{
	if (load->probe == NULL)
		return 0;
	load->watch.waiting = malloc(SILENCES_MOST * sizeof(*load->watch.waiting));
	if (load->watch.waiting == NULL)
		return -1;
	load->watch.witness = &load->probe->witness;
	gate->state_of = witness_state;
	gate->states = &load->probe->witness;
	gate->state_lag = STATE_LAG_PERIODS * cycles(load, PROBE_PERIOD_NS / 1e3);
	gate->judged = load->options->judged;
	return 0;
}

int load_init(struct load *load, const struct options *options)
{
	double longest_s = (options->warmup_ms + options->window_ms * options->max_windows) / 1e3;
	struct gate_config gate = {
		.slice_cycles = cycles(load, options->slice_us),
		.slices_clean = (uint32_t)ceil(options->window_ms * 1e3 / options->slice_us),
		.drain_slices = (uint32_t)ceil(options->drain_ms * 1e3 / options->slice_us),
		.stop_slices = (options->stop_us + options->slice_us - 1) / options->slice_us,
		.guard_before = options->guard_before,
		.guard_after = options->guard_after,
		.long_cycles = cycles(load, options->long_us),
		.guard_long = options->guard_long,
		.step_slices = (options->step_us + options->slice_us - 1) / options->slice_us,
		.enabled = options->gate,
		.judged = ALL_STATES,
	};

	load->options = options;
	load->watch = (struct watch){
		.gate = &load->gate,
		.gap_cycles = cycles(load, options->gap_us),
		.silence_cycles = cycles(load, options->silence_us),
		.stop_cycles = cycles(load, options->stop_us),
	};
	load->own.long_cycles = gate.long_cycles;
	load->random = options->seed * 2 + 1;
	gate.slices_max = gate.slices_clean * (options->gate ? options->max_windows : 1);
	gate.slices_judged = gate.slices_clean * options->state_windows;
	load->seen_size = (uint64_t)(options->rate_pps * longest_s * 1.01) + 100000
	                  + (uint64_t)options->flows * LEARN_PASSES_MAX;
	if (options->protocol == TCP && load->seen_size > UINT32_MAX) {
		fprintf(stderr, "softgen: %.3g packets; allowed with tcp: 2^32 (numbers have 32 bit)\n",
		        (double)load->seen_size);
		return -1;
	}
	load->seen = malloc(load->seen_size / 8 + 8);
	load->learned = calloc(options->flows, 1);
	if (load->seen == NULL || load->learned == NULL || probing_init(load, &gate) < 0 || gate_init(&load->gate, &gate) < 0
	    || flows_init(&load->table, options->protocol, options->flows, options->flows_a_destination,
	                  options->sizes.frame_size[0], options->seed, options->run_id) < 0
	    || (options->check && verify_init(&load->verify, &load->table, &options->makes, &options->sizes,
	                                      options->run_id, load->seen_size) < 0)
	    || stamps_init(load, options) < 0) {
		fprintf(stderr, "softgen: not enough memory for %u flows and %.3g packets\n",
		        options->flows, (double)load->seen_size);
		return -1;
	}
	memset(load->seen, 0, load->seen_size / 8 + 8);
	load->pool = rte_pktmbuf_pool_create("load", POOL_SIZE, 64, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	if (load->pool == NULL) {
		fprintf(stderr, "softgen: no memory for packet buffers (EAL option -m)\n");
		return -1;
	}
	rte_mempool_obj_iter(load->pool, packet_init, &load->table.template);
	return options->protocol == TCP ? handshake_init(load) : 0;
}

void load_free(struct load *load)
{
	gate_free(&load->gate);
	flows_free(&load->table);
	verify_free(&load->verify);
	free(load->seen);
	free(load->learned);
	free(load->stamps.ring);
	free(load->stamps.late);
	free(load->watch.waiting);
}
