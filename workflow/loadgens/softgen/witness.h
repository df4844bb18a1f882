/* SPDX-License-Identifier: MIT */
/* What a probe on a CPU found, a sample a millisecond, and what follows from it: the hidden state of a slice of
 * time, and whose fault a silence of the DUT was.  One thread writes a CPU's samples, the packet loop reads them.
 * Knows nothing of DPDK or of threads: the tests load it as a shared library. */
#ifndef SOFTGEN_WITNESS_H
#define SOFTGEN_WITNESS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct look {
	uint64_t tsc;
	uint32_t work;       /* cycles of a fixed piece of work that a core takes longer for when its sibling is busy */
	uint32_t trip;       /* cycles of a cache line to the other CPU and back; 0: not measured */
	uint32_t memory;     /* cycles of a load that depends on the one before; 0: not measured */
	uint32_t period;     /* cycles since the one before, had it been in time */
	bool stopped;        /* the thread that polls on the CPU (the DUT's, the generator's) is stopped by a signal */
	bool asleep;         /* it sleeps */
	bool starved;        /* it wants to run, and has had no turn since the look before */
	uint64_t read;       /* TSC: when the kernel was asked for that thread last; what follows is as it was then */
	uint64_t ran_ns;     /* what it has run so far */
	uint64_t waited_ns;  /* what it has waited for its CPU while another thread had it */
};

/* The newest samples of a CPU. */
struct looks {
	struct look *ring;
	uint64_t mask;         /* one less than its size */
	_Atomic uint64_t count; /* written so far */
	uint64_t at;           /* where the last slice that was asked for began: slices are asked for in order */
};

/* So long after a slice its state is known: */
#define DISTANCE_PERIODS 12 /* round trips are rare, and one alone may be wrong: those so near are looked at */
#define STATE_LAG_PERIODS (DISTANCE_PERIODS + 1)

/* And so long after a silence its fault: two looks, where they are rare (prober.c). */
#define FAULT_LAG_PERIODS 11

enum cpu { DUT_CPU, GENERATOR_CPU, CPUS };

/* A state: bits of these, or UNKNOWN. */
enum { GENERATOR_BUSY = 1, DUT_BUSY = 2, FAR = 4, UNKNOWN = 8, STATES = 9 };
#define ALL_STATES ((1u << STATES) - 1)
extern const char *const state_names[STATES];

/* Whose fault a silence was. */
enum fault {
	MACHINE,   /* the DUT's CPU stood still */
	PREEMPTED, /* another program had it */
	BUSY,      /* the CPU ran, and the DUT on it: it was busy with something else */
	ASLEEP,    /* it slept */
	STOPPED,   /* somebody's signal had stopped it */
	UNSEEN,    /* too short for a sample to tell */
	FAULTS
};
extern const char *const fault_names[FAULTS];

struct limits {
	uint32_t busy[CPUS]; /* work [cycles] above: the sibling is busy; 0: not known, so no state is */
	uint32_t far;        /* round trip [cycles] above: the CPUs are far from each other; 0: they never are */
};

struct witness {
	struct looks cpus[CPUS];
	struct limits limits;
	uint64_t period;     /* between two samples [cycles] */
	double cycles_a_ns;
	atomic_bool sees_thread; /* is it known what the DUT's thread does? */
	bool no_thread;          /* the DUT is the kernel: nobody tells whether it, or a program, had the CPU */
};

/* What `witness_init` needs to keep so many looks of each CPU [B]. */
size_t witness_size(uint64_t keep);
void witness_init(struct witness *witness, uint64_t keep, void *memory);
void looks_add(struct looks *looks, const struct look *look);
/* The state of a slice: known when the samples in it and on both sides of it agree, and none of them was late. */
uint8_t witness_state(void *witness, uint64_t from, uint64_t to);
/* Whose fault a silence was that is over: a sample later than `to` tells. */
enum fault witness_fault(const struct witness *witness, uint64_t from, uint64_t to);

#endif
