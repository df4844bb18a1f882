/* SPDX-License-Identifier: MIT */
#include "fault_words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "frame.h"

/* How a field is said. */
enum form { MAC, ADDRESS, HEX, NUMBER };

struct field {
	const char *name;
	uint8_t offset, length;
	enum form form;
	bool kind; /* the same in all frames of the load: else they are not recognised as such */
};

static const struct field fields[] = {
	{"destination MAC", 0, 6, MAC, false},
	{"source MAC", 6, 6, MAC, false},
	{"EtherType", 12, 2, HEX, true},
	{"IP header length", 14, 1, HEX, true},
	{"IP type of service", 15, 1, HEX, false},
	{"IP total length", 16, 2, NUMBER, false},
	{"IP identification", 18, 2, NUMBER, false},
	{"IP fragment field", 20, 2, HEX, false},
	{"TTL", 22, 1, NUMBER, false},
	{"IP protocol", 23, 1, NUMBER, true},
	{"source address", 26, 4, ADDRESS, false},
	{"destination address", 30, 4, ADDRESS, false},
	{"source port", 34, 2, NUMBER, false},
	{"destination port", 36, 2, NUMBER, false},
};

void address_print(char *text, size_t size, const void *address)
{
	const uint8_t *byte = address;

	snprintf(text, size, "%u.%u.%u.%u", byte[0], byte[1], byte[2], byte[3]);
}

static void field_print(char *text, size_t size, const struct field *field, const uint8_t *at)
{
	unsigned int value = 0;

	for (int i = 0; i < field->length && i < 4; i++)
		value = value << 8 | at[i];
	if (field->form == MAC)
		snprintf(text, size, "%02x:%02x:%02x:%02x:%02x:%02x", at[0], at[1], at[2], at[3], at[4], at[5]);
	else if (field->form == ADDRESS)
		address_print(text, size, at);
	else
		snprintf(text, size, field->form == HEX ? "0x%0*x" : "%*u", field->form == HEX ? 2 * field->length : 0, value);
}

/* The first field in which they differ, in words; false where none does.  `whose`: put after its name. */
static bool field_differs(char *text, size_t size, const char *whose, bool kinds, const uint8_t *seen,
                          const uint8_t *expected)
{
	char found[24], wanted[24];

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		const struct field *field = &fields[i];

		if ((kinds && !field->kind) || memcmp(seen + field->offset, expected + field->offset, field->length) == 0)
			continue;
		field_print(found, sizeof(found), field, seen + field->offset);
		field_print(wanted, sizeof(wanted), field, expected + field->offset);
		snprintf(text, size, "the %s%s came out as %s, expected %s", field->name, whose, found, wanted);
		return true;
	}
	return false;
}

void difference_print(char *text, size_t size, const uint8_t *seen, const uint8_t *expected, uint32_t length)
{
	uint32_t at = 0;

	if (field_differs(text, size, "", false, seen, expected))
		return;
	while (at < length && seen[at] == (at < sizeof(struct frame) ? expected[at] : 0))
		at++;
	snprintf(text, size, "byte %" PRIu32 " of the frame came out as 0x%02x, expected 0x%02x", at, seen[at],
	         at < sizeof(struct frame) ? expected[at] : 0);
}

bool kind_print(char *text, size_t size, const uint8_t *seen, const uint8_t *template)
{
	return field_differs(text, size, " of a frame", true, seen, template);
}
