/* SPDX-License-Identifier: MIT */
/* What is wrong with a frame, in words that go into a record: no character in them that JSON escapes. */
#ifndef SOFTGEN_FAULT_WORDS_H
#define SOFTGEN_FAULT_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An IPv4 address in network byte order. */
void address_print(char *text, size_t size, const void *address);
/* The first field, or else the first of `length` bytes, in which they differ; behind a frame as it was made all is 0. */
void difference_print(char *text, size_t size, const uint8_t *seen, const uint8_t *expected, uint32_t length);
/* The first field that is the same in all frames of the load and differs here; false where none does. */
bool kind_print(char *text, size_t size, const uint8_t *seen, const uint8_t *template);

#endif
