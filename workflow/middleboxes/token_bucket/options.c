/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define ROOM_MAX 32768 /* both ways 256 MB of packet buffers: one a page without hugepages */

static const char usage[] =
	"token_bucket [EAL options] -- --capacity-pps R [options]\n"
	"Forwards all frames between DPDK ports 0 and 1, each way with the same limits.\n"
	"  --capacity-pps R     tokens a second: highest rate [packets/s]\n"
	"  --bucket-packets N   tokens that can be saved up                            [32]\n"
	"  --queue-packets N    packets that wait for a token, drop-tail               [1024]\n"
	"  --delay-us T         shortest time from arrival to departure                [0]\n"
	"  --pause-share S      share of the time in which the program stands still    [0]\n"
	"  --pause-low-ms T --pause-high-ms T    a pause's length, uniform between     [4 8]\n"
	"  --pause-asleep 0|1   it sleeps meanwhile, and leaves its CPU                 [0]\n"
	"  --seed S             of the pauses                                          [1]\n"
	"  --counters FILE      where SIGUSR1 writes, a line a port: rx rx_drop tx tx_drop\n";

/* What an option is and where it goes. */
struct number {
	const char *name;
	double low, high;
	bool whole;
	double value;
};

enum { CAPACITY, BUCKET, QUEUE, DELAY, SHARE, LOW, HIGH, ASLEEP, SEED, NUMBERS };

/* Packets in the FIFO at most: those that wait for a token, behind those that wait for the delay. */
static double room(const struct number *numbers)
{
	return numbers[QUEUE].value + ceil(numbers[CAPACITY].value * numbers[DELAY].value / 1e6);
}

static int number_parse(struct number *number, const char *text)
{
	char *end;

	errno = 0;
	number->value = strtod(text, &end);
	if (errno == 0 && end != text && *end == '\0' && number->value >= number->low
	    && number->value <= number->high
	    && (!number->whole || number->value == floor(number->value)))
		return 0;
	fprintf(stderr, "token_bucket: --%s: %s; allowed: %s from %g to %g\n", number->name, text,
	        number->whole ? "a whole number" : "a number", number->low, number->high);
	return -1;
}

/* What two options say together. */
static int numbers_check(const struct number *numbers)
{
	if (numbers[CAPACITY].value == 0)
		fprintf(stderr, "token_bucket: --capacity-pps is missing (see token_bucket -- --help)\n");
	else if (room(numbers) > ROOM_MAX)
		fprintf(stderr, "token_bucket: --queue-packets + capacity * delay: %.0f; allowed: up to %d\n",
		        room(numbers), ROOM_MAX);
	else if (numbers[LOW].value > numbers[HIGH].value)
		fprintf(stderr, "token_bucket: --pause-low-ms: %g; allowed: up to --pause-high-ms, %g\n",
		        numbers[LOW].value, numbers[HIGH].value);
	else
		return 0;
	return -1;
}

/* As options_parse, into `numbers` and `counters`. */
static int arguments_parse(struct number *numbers, const char **counters, int argc, char **argv)
{
	struct option table[NUMBERS + 3] = {{0}};
	int chosen, index = 0;

	for (int i = 0; i < NUMBERS; i++)
		table[i] = (struct option){numbers[i].name, required_argument, NULL, 0};
	table[NUMBERS] = (struct option){"counters", required_argument, NULL, 0};
	table[NUMBERS + 1] = (struct option){"help", no_argument, NULL, 0};
	optind = 1;
	opterr = 0;
	while ((chosen = getopt_long(argc, argv, "", table, &index)) != -1) {
		if (chosen != 0) {
			fprintf(stderr, "token_bucket: unknown option or missing value: %s (see token_bucket -- --help)\n",
			        argv[optind - 1]);
			return -1;
		}
		if (index > NUMBERS) {
			fputs(usage, stdout);
			return 1;
		}
		if (index == NUMBERS)
			*counters = optarg;
		else if (number_parse(&numbers[index], optarg) < 0)
			return -1;
	}
	if (optind < argc) {
		fprintf(stderr, "token_bucket: unexpected argument: %s\n", argv[optind]);
		return -1;
	}
	return numbers_check(numbers);
}

int options_parse(struct options *options, int argc, char **argv)
{
	struct number numbers[NUMBERS] = {
		[CAPACITY] = {"capacity-pps", 1, 1e9, false, 0},
		[BUCKET] = {"bucket-packets", 1, ROOM_MAX, true, 32},
		[QUEUE] = {"queue-packets", BURST, ROOM_MAX, true, 1024},
		[DELAY] = {"delay-us", 0, 1e6, false, 0},
		[SHARE] = {"pause-share", 0, 0.9, false, 0},
		[LOW] = {"pause-low-ms", 0.01, 1000, false, 4},
		[HIGH] = {"pause-high-ms", 0.01, 1000, false, 8},
		[ASLEEP] = {"pause-asleep", 0, 1, true, 0},
		[SEED] = {"seed", 0, 4294967295.0, true, 1},
	};
	const char *counters = NULL;
	int status = arguments_parse(numbers, &counters, argc, argv);

	*options = (struct options){
		.capacity_pps = numbers[CAPACITY].value,
		.bucket = numbers[BUCKET].value,
		.room = (uint32_t)room(numbers),
		.delay = (uint64_t)(numbers[DELAY].value * 1e3),
		.pause_share = numbers[SHARE].value,
		.pause_low = numbers[LOW].value * 1e6,
		.pause_high = numbers[HIGH].value * 1e6,
		.pause_asleep = numbers[ASLEEP].value != 0,
		.seed = (uint64_t)numbers[SEED].value,
		.counters = counters,
	};
	return status;
}
