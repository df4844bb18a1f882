/* SPDX-License-Identifier: MIT */
/* Is what comes back what the DUT has to make of the load?  Of every flow the first frame, and one frame in
 * CHECK_EVERY, are compared byte by byte; checksums are computed anew.
 * Knows nothing of DPDK: the tests load it as a shared library. */
#ifndef SOFTGEN_VERIFY_H
#define SOFTGEN_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flows.h"
#include "sizes.h"

/* A prime, so that round robin over any usual number of flows comes to all of them.  A comparison takes
 * some 70 cycles (64 B) to 300 (1518 B), where a frame takes 250 and more at the highest rate: one in 61 costs
 * about 0.5 %, and 0.3 s at 100 Mbit/s of 64 B still have 960 of them. */
#define CHECK_EVERY 61u

/* What a DUT makes of the frames; all else comes out as it was sent. */
struct makes {
	uint32_t snat;        /* source address of every frame, network byte order; 0: unchanged */
	uint32_t snat_last;   /* the last one of a pool that begins with it: each flow has one of them */
	uint8_t ttl_less;
	bool new_source_mac;
	bool new_id;                  /* of IPv4: its packets are its own */
	bool swapped;                 /* source and destination, of MAC addresses, addresses and ports */
};

/* Of a frame that will be compared, when it was sent. */
struct sample {
	uint64_t stamp;
	uint32_t flow;
};

/* The source of a translated flow as it came out; port 0: none did yet. */
struct outside {
	uint32_t address;             /* network byte order */
	uint16_t port;                /* host byte order */
};

struct verify {
	bool enabled;
	struct makes makes;
	const struct flow_table *table;
	const struct sizes *sizes;    /* of the frames, by their numbers */
	uint32_t run_id;
	uint64_t begun;               /* TSC: no frame of this run was stamped earlier */
	struct sample *samples;       /* of the sequence numbers 0, CHECK_EVERY, ... */
	uint64_t samples_size;
	/* translated */
	struct outside *outside;      /* of each flow */
	uint32_t *owners;             /* flow + 1, hashed by its source outside and its destination; 0: nobody's */
	uint32_t owners_mask;
	/* results */
	uint64_t checked, wrong;
	char first_wrong[192];        /* in words; no character that JSON escapes */
};

/* 0, or -1 when memory is short.  All is allocated and touched here; numbers below `sequences` are sent. */
int verify_init(struct verify *verify, const struct flow_table *table, const struct makes *makes,
                const struct sizes *sizes, uint32_t run_id, uint64_t sequences);
void verify_free(struct verify *verify);
/* Will the frame of this number be compared? */
static inline bool verify_samples(const struct verify *verify, uint64_t sequence)
{
	return sequence % CHECK_EVERY == 0 && verify->enabled;
}
/* Such a frame is sent. */
static inline void verify_sent(struct verify *verify, uint64_t sequence, uint32_t flow, uint64_t stamp)
{
	verify->samples[sequence / CHECK_EVERY] = (struct sample){stamp, flow};
}
/* Such a frame came back: its length is that of its number. */
void verify_sample(struct verify *verify, const uint8_t *data, uint64_t sequence);
/* A flow's frame that is no sample came back; `stamp` as it came. */
void verify_frame(struct verify *verify, const uint8_t *data, uint64_t sequence, uint64_t stamp, uint32_t flow);
/* What came back is no frame of the run by length, kind or number: was it one?  Then it is wrong. */
bool verify_stray(struct verify *verify, const uint8_t *data, uint32_t length, uint64_t now);

#endif
