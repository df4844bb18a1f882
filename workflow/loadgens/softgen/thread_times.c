/* SPDX-License-Identifier: MIT */
#include "thread_times.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_LENGTH 320

/* The kernel's line of a file of a thread; empty when it is gone. */
static void line_read(int file, char *line, size_t size)
{
	ssize_t length = file < 0 ? -1 : pread(file, line, size - 1, 0);

	line[length > 0 ? length : 0] = '\0';
}

/* proc_pid_stat(5): the name in brackets may hold anything, so what follows is counted from the last one: state is
 * field 3, utime 14, stime 15, the CPU that it was on last 39. */
static bool stat_parse(const char *line, char *state, uint64_t *used, int *cpu)
{
	const char *fields = strrchr(line, ')');
	uint64_t utime, stime;

	if (fields == NULL
	    || sscanf(fields + 1, " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64
	              " %*d %*d %*d %*d %*d %*d %*u %*u %*d %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u"
	              " %*d %d", state, &utime, &stime, cpu) != 4)
		return false;
	*used = utime + stime;
	return true;
}

/* Of a process's threads that run on `cpu` now the one that has run most, if it is more than `most`: its folder. */
static void busiest_thread(const char *process, int cpu, uint64_t *most, char *found)
{
	char folder[PATH_LENGTH], path[PATH_LENGTH + 64], line[1024], state;
	const struct dirent *entry;
	uint64_t used;
	int on;

	snprintf(folder, sizeof(folder), "/proc/%.20s/task", process);
	DIR *threads = opendir(folder);

	while (threads != NULL && (entry = readdir(threads)) != NULL) {
		snprintf(path, sizeof(path), "%.40s/%.20s/stat", folder, entry->d_name);
		int file = entry->d_name[0] == '.' ? -1 : open(path, O_RDONLY | O_CLOEXEC);

		line_read(file, line, sizeof(line));
		if (file >= 0)
			close(file);
		if (stat_parse(line, &state, &used, &on) && state == 'R' && on == cpu && used > *most) {
			*most = used;
			snprintf(found, PATH_LENGTH, "%.40s/%.20s", folder, entry->d_name);
		}
	}
	if (threads != NULL)
		closedir(threads);
}

static void thread_times_close(const struct thread_times *times)
{
	if (times->schedstat >= 0)
		close(times->schedstat);
	if (times->stat >= 0)
		close(times->stat);
}

bool thread_times_open(struct thread_times *times, int cpu)
{
	char found[PATH_LENGTH] = "", path[PATH_LENGTH + 16];
	const struct dirent *entry;
	uint64_t most = 0, ran, waited;
	DIR *processes = opendir("/proc");

	*times = (struct thread_times){-1, -1};
	while (processes != NULL && (entry = readdir(processes)) != NULL)
		if (atoi(entry->d_name) > 0 && atoi(entry->d_name) != getpid())
			busiest_thread(entry->d_name, cpu, &most, found);
	if (processes != NULL)
		closedir(processes);
	if (found[0] == '\0')
		return false;
	snprintf(path, sizeof(path), "%s/schedstat", found);
	times->schedstat = open(path, O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "%s/stat", found);
	times->stat = open(path, O_RDONLY | O_CLOEXEC);
	if (thread_times_read(times, &ran, &waited))
		return true;
	thread_times_close(times);
	return false;
}

bool thread_times_read(const struct thread_times *times, uint64_t *ran_ns, uint64_t *waited_ns)
{
	char line[96];

	line_read(times->schedstat, line, sizeof(line));
	return sscanf(line, "%" SCNu64 " %" SCNu64, ran_ns, waited_ns) == 2;
}

char thread_state(const struct thread_times *times)
{
	char line[1024], state;
	uint64_t used;
	int cpu;

	line_read(times->stat, line, sizeof(line));
	return stat_parse(line, &state, &used, &cpu) ? state : '?';
}
