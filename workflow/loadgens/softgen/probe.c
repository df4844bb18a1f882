/* SPDX-License-Identifier: MIT */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* The process: waits for its byte, and ends when its parent does. */
static void child(struct probe *probe, int go, pid_t parent)
{
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() == parent && setsid() > 0 && read(go, &byte, 1) == 1)
		probe_look(probe);
	_exit(0);
}

static struct probe *failed(struct probe *probe)
{
	fprintf(stderr, "softgen: no probe: %s\n", strerror(errno));
	if (probe != NULL)
		munmap(probe, probe->size);
	return NULL;
}

struct probe *probe_make(const struct limits *limits, double keep_ms)
{
	uint64_t keep = (uint64_t)(keep_ms * 1e6 / PROBE_PERIOD_NS);
	size_t size = sizeof(struct probe) + witness_size(keep);
	struct probe *probe = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t parent = getpid();
	int ends[2];

	if (probe == MAP_FAILED)
		return failed(NULL);
	memset(probe, 0, size);
	probe->size = size;
	probe->witness.limits = *limits;
	witness_init(&probe->witness, keep, probe->looks);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return failed(probe);
	probe->go = ends[1];
	pid_t process = fork();

	if (process == 0) {
		close(ends[1]);
		child(probe, ends[0], parent);
	}
	close(ends[0]);
	if (process < 0) {
		close(ends[1]);
		return failed(probe);
	}
	probe->process = process;
	return probe;
}

int probe_begin(struct probe *probe, int dut_cpu, int generator_cpu, double tsc_hz)
{
	probe->witness.cycles_a_ns = tsc_hz / 1e9;
	probe->witness.period = (uint64_t)(PROBE_PERIOD_NS * tsc_hz / 1e9);
	probe->probers[DUT_CPU].cpu = dut_cpu;
	probe->probers[GENERATOR_CPU].cpu = generator_cpu;
	ssize_t written = write(probe->go, "", 1);

	close(probe->go);
	probe->go = -1;
	if (written == 1)
		return 0;
	fprintf(stderr, "softgen: the probe's process is gone\n");
	return -1;
}

void probe_end(struct probe *probe)
{
	if (probe->go >= 0)
		close(probe->go);
	probe->go = -1;
	atomic_store(&probe->ending, true);
	if (probe->process > 0)
		waitpid(probe->process, NULL, 0);
	probe->process = 0;
}

void probe_free(struct probe *probe)
{
	probe_end(probe);
	munmap(probe, probe->size);
}

double probe_median(const uint64_t *histogram)
{
	uint64_t count = 0, below = 0;

	for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		count += histogram[i];
	for (uint32_t i = 0; i < HISTOGRAM_BUCKETS && count > 0; below += histogram[i++])
		if (2 * (below + histogram[i]) >= count) {
			double low = (double)histogram_lower(i), high = (double)histogram_lower(i + 1);

			return low + (high - low) * ((double)count / 2 - (double)below) / (double)histogram[i];
		}
	return 0;
}
