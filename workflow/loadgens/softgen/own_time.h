/* SPDX-License-Identifier: MIT */
/* A clock that stands still while this process is kept from its CPU for long: where variants are compared in turns, others
 * live meanwhile, and no limit of time counts that. */
#ifndef SOFTGEN_OWN_TIME_H
#define SOFTGEN_OWN_TIME_H

#include <stdint.h>

struct own_time {
	uint64_t long_cycles; /* what lasts so long is others' time; 0: never */
	uint64_t looked;      /* TSC: when it was last asked */
	uint64_t away;        /* what was others' so far */
};

/* The time [cycles] at TSC `now`: only differences tell anything, and only while it is asked all the time. */
static inline uint64_t own_time(struct own_time *own, uint64_t now)
{
	uint64_t passed = now - own->looked;

	if (own->long_cycles > 0 && passed >= own->long_cycles)
		own->away += passed;
	own->looked = now;
	return now - own->away;
}

#endif
