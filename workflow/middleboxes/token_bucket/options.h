/* SPDX-License-Identifier: MIT */
#ifndef TOKEN_BUCKET_OPTIONS_H
#define TOKEN_BUCKET_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#define BURST 32

/* Limits hold each way; times are nanoseconds. */
struct options {
	double capacity_pps;
	double bucket;         /* tokens that can be saved up */
	uint32_t room;         /* of the FIFO, packets: the queue and what the delay holds at full rate */
	uint64_t delay;
	double pause_share;    /* of the time */
	bool pause_asleep;
	double pause_low, pause_high;
	uint64_t seed;
	const char *counters;  /* file, or NULL */
};

/* 0; 1 after --help; -1 after one line on stderr that says what is wrong. */
int options_parse(struct options *options, int argc, char **argv);

#endif
