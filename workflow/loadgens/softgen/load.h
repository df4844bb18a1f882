/* SPDX-License-Identifier: MIT */
/* The packet loop: one core sends, receives and times, in three phases (ready, learn, traffic). */
#ifndef SOFTGEN_LOAD_H
#define SOFTGEN_LOAD_H

#include <stdint.h>

#include "flows.h"
#include "gate.h"
#include "options.h"
#include "own_time.h"
#include "probe.h"
#include "verify.h"
#include "watch.h"

struct rte_mempool;

#define LEARN_PASSES_MAX 50

/* What a frame has no room for, in rings by sequence number. */
struct stamps {
	uint32_t *late; /* how much later than it was due it was sent [cycles] */
	uint64_t *ring; /* TCP: when it was sent; NULL with UDP */
	uint64_t mask;  /* one less than their size: more frames than are waited for */
};

/* TCP: the frames of the handshakes, which have no sequence number of ours. */
struct handshake {
	struct rte_mempool *pool;
	uint64_t syns_sent, syns_received;       /* inside to outside */
	uint64_t answers_sent, answers_received; /* and back */
};

struct load {
	const struct options *options;
	struct flow_table table;
	struct gate gate;
	struct rte_mempool *pool;     /* packets to send; every buffer holds the template */
	struct watch watch;
	struct probe *probe;          /* NULL: none was asked for; not ours */
	struct verify verify;
	double tsc_hz;
	struct own_time own;          /* by which limits of time are kept */
	/* sending */
	uint64_t sequence;            /* of the next packet */
	uint32_t flow;                /* of the next packet */
	bool random_order;            /* false while the flows are learned */
	uint64_t random;
	/* receiving */
	uint64_t expected;            /* one past the highest sequence number that came back */
	uint64_t *seen;               /* a bit for each sequence number */
	uint64_t seen_size;
	struct stamps stamps;
	struct handshake handshake;
	/* learning */
	uint64_t learn_first;         /* sequence number of the first learning packet */
	uint64_t learn_end;           /* one past the last */
	uint8_t *learned;             /* a byte for each flow */
	uint32_t learned_count;
	uint32_t learn_passes;
	uint64_t learn_limit;         /* own time: the time for it is over */
	uint64_t learn_moved, learn_moved_at; /* what had gone in or come out by then, and since when no more did */
	/* results beside the gate's */
	uint64_t foreign;
	uint64_t sent_total, received_total; /* all phases, for comparison with the DUT's counters */
	uint64_t duplicated_total;    /* of those received */
	double ready_ms, traffic_ms;  /* until the first frame came through; from there to the end */
	double silence_ms;            /* from the last packet that came back to the end of the window */
	uint32_t probes, answered;    /* sent after the drain time, and whether one came back */
	uint32_t probes_refused;      /* tries for which the queue had no room */
};

/* Calibrate the TSC against the monotonic clock, from `tsc0`, `ns0` taken at program start. */
void load_clock(struct load *load, uint64_t tsc0, uint64_t ns0);
/* 0, or -1 after one line on stderr. */
int load_init(struct load *load, const struct options *options);
/* 0, or the exit status after one line on stderr. */
int load_run(struct load *load);
void load_free(struct load *load);
uint64_t monotonic_ns(void);
/* A time in TSC cycles. */
static inline uint64_t cycles(const struct load *load, double microseconds)
{
	return (uint64_t)(microseconds * load->tsc_hz / 1e6 + 0.5);
}

#endif
