/* SPDX-License-Identifier: MIT */
/* The phase in which the DUT learns the flows. */
#ifndef SOFTGEN_LEARN_H
#define SOFTGEN_LEARN_H

#include "load.h"

/* Every flow in turn, until each was sent LEARN_PASSES_MIN times and came back at least once, or no more do.  When
 * the port takes nothing any more it ends too: the record will say so. */
void learn_run(struct load *load);

#endif
