/* SPDX-License-Identifier: MIT */
#ifndef WATCHED_H
#define WATCHED_H

#include "gate.h"
#include "watch.h"

/* A loop under watch. */
struct watched {
	struct gate gate;
	struct watch watch;
};

#endif
