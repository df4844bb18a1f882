/* SPDX-License-Identifier: MIT */
/* Pieces of work whose time tells what a core is like just now. */
#ifndef SOFTGEN_PIECES_H
#define SOFTGEN_PIECES_H

#include <stdint.h>

#define PIECES_CORE_CYCLES 1024

/* Of some tries the least, in TSC cycles: */
/* more when the core's sibling is busy; */
uint32_t pieces_work(void);
/* PIECES_CORE_CYCLES of the core's own clock, whatever its sibling does. */
uint32_t pieces_clock(void);

#endif
