/* SPDX-License-Identifier: MIT */
/* softgen: UDP or TCP load for middleboxes over any two DPDK ports.  One core; results go to a file. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_mbuf.h>

#include "exchange.h"
#include "load.h"
#include "ports.h"
#include "report.h"

#define RX_POOL_SIZE 8191 /* two rings of 1024, bursts, and what the device keeps */

static int run(const struct options *options, struct probe *probe, uint64_t tsc0, uint64_t ns0)
{
	struct load load = {.probe = probe};
	struct rte_mempool *pool =
		rte_pktmbuf_pool_create("ports", RX_POOL_SIZE, 64, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	int status;

	if (pool == NULL) {
		fprintf(stderr, "softgen: no memory for packet buffers (EAL option -m)\n");
		return 2;
	}
	if (ports_start(options, pool) < 0)
		return 2;
	load_clock(&load, tsc0, ns0);
	if (options->exchange != NULL)
		return exchange_run(options, pool, load.tsc_hz) < 0 ? 3 : 0;
	status = load_init(&load, options) < 0 ? 2 : load_run(&load);
	if (status == 0 && report_write(&load, options->out) < 0)
		status = 4;
	if (status == 0 && options->then != NULL && system(options->then) != 0) {
		fprintf(stderr, "softgen: --then fails: %s\n", options->then);
		status = 5;
	}
	load_free(&load);
	return status;
}

static char too_late[64];

static void end_too_late(int signal)
{
	(void)signal;
	if (write(STDERR_FILENO, too_late, strlen(too_late)) < 0)
		_exit(7);
	_exit(6);
}

/* Whatever is waited for, be it inside DPDK, the process ends. */
static void limit_time(uint32_t seconds)
{
	snprintf(too_late, sizeof(too_late), "softgen: not done within %" PRIu32 " s\n", seconds);
	signal(SIGALRM, end_too_late);
	alarm(seconds);
}

#define CLOSE_S 3 /* ports close in milliseconds */

static int status_when_closed;

static void end_unclosed(int signal)
{
	(void)signal;
	_exit(status_when_closed);
}

/* All is done and written: a DUT that hangs, and so answers no port that closes, takes nothing of that away. */
static void limit_closing(int status)
{
	status_when_closed = status;
	signal(SIGALRM, end_unclosed);
	alarm(CLOSE_S);
}

/* Exit status: 0 done, 1 usage, 2 no ports or memory, 3 no traffic, 4 no result file, 5 a command failed,
 * 6 the time is over. */
int main(int argc, char **argv)
{
	uint64_t tsc0 = rte_rdtsc(), ns0 = monotonic_ns();
	struct probe *probe = NULL;
	struct options options;
	int eal_arguments = 0, status;

	/* our own arguments first: a mistake should not wait for the ports */
	while (eal_arguments < argc - 1 && strcmp(argv[eal_arguments], "--") != 0)
		eal_arguments++;
	status = options_parse(&options, argc - eal_arguments, argv + eal_arguments);
	if (status != 0)
		return status > 0 ? 0 : 1;
	if (options.limit_s > 0)
		limit_time(options.limit_s);
	if (options.dut_cpu >= 0) {
		probe = probe_make(&options.limits, options.drain_ms + options.stop_us / 1e3);
		if (probe == NULL)
			return 2;
		probe->witness.no_thread = !options.dut_thread;
	}
	if (rte_eal_init(argc, argv) < 0) {
		fprintf(stderr, "softgen: DPDK does not start: %s\n", rte_strerror(rte_errno));
		return 2;
	}
	status = run(&options, probe, tsc0, ns0);
	if (probe != NULL)
		probe_free(probe);
	limit_closing(status);
	if (ports.stop != NULL)
		ports.stop();
	rte_eal_cleanup();
	return status;
}
