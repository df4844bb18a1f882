/* SPDX-License-Identifier: MIT */
#ifndef SOFTGEN_REPORT_H
#define SOFTGEN_REPORT_H

#include "load.h"

/* Write the result as JSON, complete or not at all; 0, or -1 after one line on stderr. */
int report_write(const struct load *load, const char *path);

#endif
