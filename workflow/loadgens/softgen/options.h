/* SPDX-License-Identifier: MIT */
#ifndef SOFTGEN_OPTIONS_H
#define SOFTGEN_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "sizes.h"
#include "witness.h"
#include "verify.h"

struct options {
	const char *out;        /* result file */
	const char *learned;    /* shell command for when the flows are learned; or NULL */
	const char *then;       /* shell command for the end, while a DUT still counts our ports; or NULL */
	const char *exchange;   /* file of frames to send once; NULL: make load */
	double exchange_us;     /* from one of them to the next */
	const char *taps;       /* INSIDE,OUTSIDE: names of TAP devices; NULL: DPDK's ports */
	const char *netns;      /* file of the network namespace that these are in; NULL: ours */
	uint8_t protocol;       /* UDP or TCP (flows.h) */
	struct sizes sizes;     /* of its frames */
	uint32_t flows, flows_a_destination;
	bool random_order;
	uint64_t seed;
	uint32_t run_id;
	double rate_pps;
	double learn_pps;
	double warmup_ms, window_ms, drain_ms, ready_ms, stall_ms;
	uint32_t max_windows;
	uint32_t limit_s;       /* 0: none */
	bool gate;
	uint32_t slice_us, gap_us, silence_us, stop_us, guard_before, guard_after, long_us, guard_long, step_us;
	int dut_cpu;            /* where the DUT polls: hidden states are told apart; -1: they are not */
	bool dut_thread;        /* a thread of it; else the kernel itself works there */
	struct limits limits;   /* between these */
	uint32_t judged;        /* bits: states whose clean time counts for window_ms */
	uint32_t state_windows; /* until that of any state counts */
	bool check;             /* compare what comes back with what `makes` says */
	struct makes makes;
};

/* 0; 1 after --help; -1 after one line on stderr that says what is wrong. */
int options_parse(struct options *options, int argc, char **argv);

#endif
