/* SPDX-License-Identifier: MIT */
#include "sizes.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A whole number from `low` to `high` that ends at `end`; 0: none.  `text` is moved behind the end. */
static uint32_t number_taken(const char **text, uint32_t low, uint32_t high, char end)
{
	char *after;
	unsigned long value = strtoul(*text, &after, 10);

	if (**text < '0' || **text > '9' || *after != end || value < low || value > high)
		return 0;
	*text = after + (end != '\0');
	return (uint32_t)value;
}

static bool given_twice(const uint16_t *sizes, uint32_t count)
{
	for (uint32_t i = 0; i + 1 < count; i++) {
		if (sizes[i] == sizes[count - 1])
			return true;
	}
	return false;
}

int sizes_parse(struct sizes *sizes, const char *text)
{
	uint16_t size[SIZES_MAX];
	uint32_t weight[SIZES_MAX], kinds = 0;
	int64_t credit[SIZES_MAX] = {0};

	sizes->text = text;
	sizes->period = 1;
	if (strchr(text, ':') == NULL) {
		sizes->frame_size[0] = (uint16_t)number_taken(&text, FRAME_SIZE_MIN, FRAME_SIZE_MAX, '\0');
		return sizes->frame_size[0] == 0 ? -1 : 0;
	}
	sizes->period = 0;
	do {
		if (kinds == SIZES_MAX)
			return -1;
		size[kinds] = (uint16_t)number_taken(&text, FRAME_SIZE_MIN, FRAME_SIZE_MAX, ':');
		weight[kinds] = number_taken(&text, 1, SIZE_COUNT_MAX, strchr(text, ',') == NULL ? '\0' : ',');
		if (size[kinds] == 0 || weight[kinds] == 0)
			return -1;
		sizes->period += weight[kinds++];
		if (given_twice(size, kinds))
			return -1;
	} while (*text != '\0');
	for (uint32_t i = 0; i < sizes->period; i++) {
		uint32_t most = 0;

		for (uint32_t k = 0; k < kinds; k++) {
			credit[k] += weight[k];
			most = credit[k] > credit[most] ? k : most;
		}
		credit[most] -= sizes->period;
		sizes->frame_size[i] = size[most];
	}
	return kinds < 2 ? -1 : 0;
}
