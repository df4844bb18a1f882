/* SPDX-License-Identifier: MIT */
/* The same for its clock. */
#include "own_time.h"

/* The time of its own that has passed between the first and the last of some stamps. */
uint64_t driver_own_time(uint64_t long_cycles, const uint64_t *stamps, uint32_t count)
{
	struct own_time own = {.long_cycles = long_cycles};
	uint64_t begun = own_time(&own, stamps[0]), now = begun;

	for (uint32_t i = 1; i < count; i++)
		now = own_time(&own, stamps[i]);
	return now - begun;
}
