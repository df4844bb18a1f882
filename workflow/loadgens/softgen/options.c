/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <arpa/inet.h>
#include <errno.h>
#include <float.h>
#include <getopt.h>
#include <math.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flows.h"

static const char usage[] =
	"softgen [EAL options] -- --out FILE [options]\n"
	"Sends load into DPDK port 0, counts and times what comes back on port 1; or into TAP devices.\n"
	"  --out FILE           result, JSON (with --exchange: the frames that came back)\n"
	"  --taps INSIDE,OUTSIDE  devices that are there already, in place of DPDK's two ports\n"
	"  --netns FILE         network namespace in which they are                    [this one]\n"
	"  --rate-pps R         offered rate [packets/s]\n"
	"  --frame-size B       Ethernet frame with FCS, 64 to 1518; a mix: B:COUNT,B:COUNT,... [64]\n"
	"  --protocol P         udp, or tcp: a handshake a flow, then data             [udp]\n"
	"  --flows N            distinct 5-tuples                                      [1]\n"
	"  --flows-a-destination N  so many of them go to one host                     [64512]\n"
	"  --order O            round_robin or random (RFC 4814)                       [round_robin]\n"
	"  --seed S             of the order and of the source ports                   [1]\n"
	"  --run-id I           in every payload: other frames are foreign             [1]\n"
	"  --learn-pps R        rate at which the flows are learned, before warm-up    [200000]\n"
	"  --warmup-ms T        load that is not counted                               [100]\n"
	"  --window-ms T        clean time to collect                                  [300]\n"
	"  --max-windows N      stop after N windows of time                           [10]\n"
	"  --drain-ms T         how long a packet is waited for                        [100]\n"
	"  --ready-ms T         how long the first frame may take to come through      [5000]\n"
	"  --stall-ms T         how long the DUT is probed when the last packets were lost [100]\n"
	"  --limit-s T          end after this time, whatever is waited for; 0: never  [0]\n"
	"  --gate 0|1           judge on undisturbed slices                            [0]\n"
	"  --slice-us T --gap-us T --silence-us T --guard-before N --guard-after N     [1000 50 200 1 2]\n"
	"  --long-us T --guard-long N   after what lasted so long, N slices in place of guard-after; 0: never [0 0]\n"
	"  --step-us T          report what came back by time since then, in steps of T, by state; 0: no [0]\n"
	"  --stop-us T          a longer silence is the DUT's own, and is judged       [50000]\n"
	"  --dut-cpu N          the DUT polls on this CPU of this machine: tell the hidden states apart\n"
	"  --dut-thread 0|1     a thread of it polls there; 0: the kernel itself works    [1]\n"
	"  --busy-dut C --busy-generator C   a probe's work takes longer [cycles]: the core's sibling is busy; 0: not known\n"
	"  --far C              a round trip takes longer [cycles]: the CPUs are far apart; 0: never [0 0 0]\n"
	"  --judged BITS        of which states clean time is collected                [all, 511]\n"
	"  --state-windows N    ... for N windows of time at most, then of any state   [1000]\n"
	"  --snat A[-B]         the DUT gives every frame the source address A, or one of A to B, and each flow a port\n"
	"  --ttl-less N         the DUT takes N from the TTL                           [0]\n"
	"  --new-source-mac 0|1 the DUT gives frames another source MAC address        [0]\n"
	"  --new-id 0|1         the DUT gives packets another IP identification        [0]\n"
	"  --swapped 0|1        the DUT exchanges source and destination               [0]\n"
	"  --check 0|1          compare frames with that: each flow's first, one in 61  [1]\n"
	"  --learned COMMAND    run by the shell when the flows are learned, before warm-up\n"
	"  --then COMMAND       run by the shell at the end, before the ports close\n"
	"  --exchange FILE      send the frames of FILE once (lines: port, hex) instead of load\n"
	"  --exchange-us T      from one of them to the next                           [1000]\n";

/* What an option is.  What the configuration sets has the range of workflow/schemas/config.schema.yaml. */
struct number {
	const char *name;
	double low, high;
	bool whole;
	double value;
};

enum {
	RATE, FLOWS, A_DESTINATION, SEED, RUN_ID, LEARN, WARMUP, WINDOW, WINDOWS, DRAIN, READY, STALL,
	LIMIT, EVERY, GATE, SLICE, GAP, SILENCE, STOP, BEFORE, AFTER, LONG, GUARD_LONG, STEP, TTL, NEW_MAC, NEW_ID, SWAPPED, CHECK,
	DUT_AT, DUT_THREAD, WORK_DUT, WORK_GENERATOR, TRIP, JUDGED, STATE_WINDOWS, NUMBERS
};

static int number_parse(struct number *number, const char *text)
{
	char *end;

	errno = 0;
	number->value = strtod(text, &end);
	if (errno == 0 && end != text && *end == '\0' && number->value >= number->low
	    && number->value <= number->high
	    && (!number->whole || number->value == floor(number->value)))
		return 0;
	fprintf(stderr, "softgen: --%s: %s; allowed: %s from %g to %g\n", number->name, text,
	        number->whole ? "a whole number" : "a number", number->low, number->high);
	return -1;
}

/* `A` or `A-B`. */
static int options_pool(struct makes *makes, const char *text)
{
	char first[INET_ADDRSTRLEN] = "";
	const char *dash = strchr(text, '-'), *last = dash == NULL ? text : dash + 1;
	size_t length = dash == NULL ? strlen(text) : (size_t)(dash - text);

	if (length < sizeof(first))
		memcpy(first, text, length);
	if (inet_pton(AF_INET, first, &makes->snat) == 1 && inet_pton(AF_INET, last, &makes->snat_last) == 1
	    && makes->snat != 0 && ntohl(makes->snat) <= ntohl(makes->snat_last))
		return 0;
	fprintf(stderr, "softgen: --snat: %s; allowed: an IPv4 address, or the first and the last of a pool\n", text);
	return -1;
}

/* `INSIDE,OUTSIDE`. */
static int options_taps(struct options *options, const char *text)
{
	const char *comma = strchr(text, ',');

	if (comma != NULL && comma != text && comma - text < IFNAMSIZ && comma[1] != '\0'
	    && strlen(comma + 1) < IFNAMSIZ && strchr(comma + 1, ',') == NULL) {
		options->taps = text;
		return 0;
	}
	fprintf(stderr, "softgen: --taps: %s; allowed: the names of two devices, inside,outside\n", text);
	return -1;
}

static int options_sizes(struct options *options, const char *text)
{
	if (sizes_parse(&options->sizes, text) == 0)
		return 0;
	fprintf(stderr, "softgen: --frame-size: %s; allowed: a whole number from %d to %d, or 2 to %d of them with their counts, "
	        "such as 64:7,594:4,1518:1\n", text, FRAME_SIZE_MIN, FRAME_SIZE_MAX, SIZES_MAX);
	return -1;
}

static int options_text(struct options *options, int index, const char *text)
{
	switch (index) {
	case NUMBERS:
		options->out = text;
		return 0;
	case NUMBERS + 1:
		options->exchange = text;
		return 0;
	case NUMBERS + 2:
		options->then = text;
		return 0;
	case NUMBERS + 3:
		options->learned = text;
		return 0;
	case NUMBERS + 4:
		options->random_order = strcmp(text, "random") == 0;
		if (options->random_order || strcmp(text, "round_robin") == 0)
			return 0;
		fprintf(stderr, "softgen: --order: %s; allowed: round_robin, random\n", text);
		return -1;
	case NUMBERS + 5:
		options->protocol = strcmp(text, "tcp") == 0 ? TCP : UDP;
		if (options->protocol == TCP || strcmp(text, "udp") == 0)
			return 0;
		fprintf(stderr, "softgen: --protocol: %s; allowed: udp, tcp\n", text);
		return -1;
	case NUMBERS + 6:
		return options_pool(&options->makes, text);
	case NUMBERS + 7:
		return options_taps(options, text);
	case NUMBERS + 8:
		options->netns = text;
		return 0;
	case NUMBERS + 9:
		return options_sizes(options, text);
	default:
		fputs(usage, stdout);
		return 1;
	}
}

static int options_missing(const struct options *options)
{
	const char *missing = options->out == NULL ? "--out"
	                    : options->exchange == NULL && options->rate_pps == 0 ? "--rate-pps" : NULL;

	if (missing == NULL)
		return 0;
	fprintf(stderr, "softgen: %s is missing (see softgen -- --help)\n", missing);
	return -1;
}

int options_parse(struct options *options, int argc, char **argv)
{
	struct number numbers[NUMBERS] = {
		[RATE] = {"rate-pps", 1, 1e9, false, 0},
		[FLOWS] = {"flows", 1, FLOWS_MAX, true, 1},
		[A_DESTINATION] = {"flows-a-destination", 1024, FLOWS_MAX, true, PORTS},
		[SEED] = {"seed", 0, 4294967295.0, true, 1},
		[RUN_ID] = {"run-id", 0, 4294967295.0, true, 1},
		[LEARN] = {"learn-pps", 1, 1e9, false, 200000},
		[WARMUP] = {"warmup-ms", 0, 600000, false, 100},
		[WINDOW] = {"window-ms", 1, 1e6, false, 300},
		[WINDOWS] = {"max-windows", 1, 1000, true, 10},
		[DRAIN] = {"drain-ms", 1, 10000, false, 100},
		[READY] = {"ready-ms", 1, 60000, false, 5000},
		[STALL] = {"stall-ms", 1, 60000, false, 100},
		[LIMIT] = {"limit-s", 0, 86400, true, 0},
		[EVERY] = {"exchange-us", 1, 1e6, false, 1000},
		[GATE] = {"gate", 0, 1, true, 0},
		[SLICE] = {"slice-us", 100, 100000, true, 1000},
		[GAP] = {"gap-us", 1, 100000, true, 50},
		[SILENCE] = {"silence-us", 1, 1e6, true, 200},
		[STOP] = {"stop-us", 1000, 1e7, true, 50000},
		[BEFORE] = {"guard-before", 0, 100, true, 1},
		[AFTER] = {"guard-after", 0, 100, true, 2},
		[LONG] = {"long-us", 0, 1e6, true, 0},
		[GUARD_LONG] = {"guard-long", 0, 1000, true, 0},
		[STEP] = {"step-us", 0, 100000, true, 0},
		[TTL] = {"ttl-less", 0, 63, true, 0},
		[NEW_MAC] = {"new-source-mac", 0, 1, true, 0},
		[NEW_ID] = {"new-id", 0, 1, true, 0},
		[SWAPPED] = {"swapped", 0, 1, true, 0},
		[CHECK] = {"check", 0, 1, true, 1},
		[DUT_AT] = {"dut-cpu", 0, 65535, true, -1},
		[DUT_THREAD] = {"dut-thread", 0, 1, true, 1},
		[WORK_DUT] = {"busy-dut", 0, 1e6, true, 0},
		[WORK_GENERATOR] = {"busy-generator", 0, 1e6, true, 0},
		[TRIP] = {"far", 0, 1e6, true, 0},
		[JUDGED] = {"judged", 0, ALL_STATES, true, ALL_STATES},
		[STATE_WINDOWS] = {"state-windows", 1, 1000, true, 1000},
	};
	struct option table[NUMBERS + 12] = {{0}};
	int chosen, index = 0, status;

	memset(options, 0, sizeof(*options));
	options->protocol = UDP;
	sizes_parse(&options->sizes, "64");
	for (int i = 0; i < NUMBERS; i++)
		table[i] = (struct option){numbers[i].name, required_argument, NULL, 0};
	table[NUMBERS] = (struct option){"out", required_argument, NULL, 0};
	table[NUMBERS + 1] = (struct option){"exchange", required_argument, NULL, 0};
	table[NUMBERS + 2] = (struct option){"then", required_argument, NULL, 0};
	table[NUMBERS + 3] = (struct option){"learned", required_argument, NULL, 0};
	table[NUMBERS + 4] = (struct option){"order", required_argument, NULL, 0};
	table[NUMBERS + 5] = (struct option){"protocol", required_argument, NULL, 0};
	table[NUMBERS + 6] = (struct option){"snat", required_argument, NULL, 0};
	table[NUMBERS + 7] = (struct option){"taps", required_argument, NULL, 0};
	table[NUMBERS + 8] = (struct option){"netns", required_argument, NULL, 0};
	table[NUMBERS + 9] = (struct option){"frame-size", required_argument, NULL, 0};
	table[NUMBERS + 10] = (struct option){"help", no_argument, NULL, 0};
	optind = 1;
	opterr = 0;
	while ((chosen = getopt_long(argc, argv, "", table, &index)) != -1) {
		if (chosen != 0) {
			fprintf(stderr, "softgen: unknown option or missing value: %s (see softgen -- --help)\n",
			        argv[optind - 1]);
			return -1;
		}
		status = index < NUMBERS ? number_parse(&numbers[index], optarg)
		                         : options_text(options, index, optarg);
		if (status != 0)
			return status;
	}
	if (optind < argc) {
		fprintf(stderr, "softgen: unexpected argument: %s\n", argv[optind]);
		return -1;
	}
	options->rate_pps = numbers[RATE].value;
	options->flows = (uint32_t)numbers[FLOWS].value;
	options->flows_a_destination = (uint32_t)numbers[A_DESTINATION].value;
	options->seed = (uint64_t)numbers[SEED].value;
	options->run_id = (uint32_t)numbers[RUN_ID].value;
	options->learn_pps = numbers[LEARN].value;
	options->warmup_ms = numbers[WARMUP].value;
	options->window_ms = numbers[WINDOW].value;
	options->max_windows = (uint32_t)numbers[WINDOWS].value;
	options->drain_ms = numbers[DRAIN].value;
	options->ready_ms = numbers[READY].value;
	options->stall_ms = numbers[STALL].value;
	options->limit_s = (uint32_t)numbers[LIMIT].value;
	options->exchange_us = numbers[EVERY].value;
	options->gate = numbers[GATE].value != 0;
	options->slice_us = (uint32_t)numbers[SLICE].value;
	options->gap_us = (uint32_t)numbers[GAP].value;
	options->silence_us = (uint32_t)numbers[SILENCE].value;
	options->stop_us = (uint32_t)numbers[STOP].value;
	options->guard_before = (uint32_t)numbers[BEFORE].value;
	options->guard_after = (uint32_t)numbers[AFTER].value;
	options->long_us = (uint32_t)numbers[LONG].value;
	options->guard_long = (uint32_t)numbers[GUARD_LONG].value;
	options->step_us = (uint32_t)numbers[STEP].value;
	options->makes.ttl_less = (uint8_t)numbers[TTL].value;
	options->makes.new_source_mac = numbers[NEW_MAC].value != 0;
	options->makes.new_id = numbers[NEW_ID].value != 0;
	options->makes.swapped = numbers[SWAPPED].value != 0;
	options->check = numbers[CHECK].value != 0;
	options->dut_cpu = (int)numbers[DUT_AT].value;
	options->dut_thread = numbers[DUT_THREAD].value != 0;
	options->limits.busy[DUT_CPU] = (uint32_t)numbers[WORK_DUT].value;
	options->limits.busy[GENERATOR_CPU] = (uint32_t)numbers[WORK_GENERATOR].value;
	options->limits.far = (uint32_t)numbers[TRIP].value;
	options->judged = (uint32_t)numbers[JUDGED].value;
	options->state_windows = (uint32_t)numbers[STATE_WINDOWS].value;
	return options_missing(options);
}
