#include "tests/bench/memory.h"

#include "tests/bench/rows.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PAYLOAD "/payload"

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die("%s: %s", path, strerror(errno));
	close(fd);
}

void memory_prepare(void)
{
	unsigned uid = geteuid(), gid = getegid();
	char text[64];

	if (unshare(CLONE_NEWUSER) < 0)
		die("a user namespace to look from: %s", strerror(errno));
	put("/proc/self/setgroups", "deny");
	snprintf(text, sizeof text, "%u %u 1", uid, uid);
	put("/proc/self/uid_map", text);
	snprintf(text, sizeof text, "%u %u 1", gid, gid);
	put("/proc/self/gid_map", text);
}

/* The number behind `key` in a file of lines "key: number"; the sum, when there are several. -1: no such file. */
static int64_t sum_lines(const char *path, const char *key)
{
	FILE *file = fopen(path, "re");
	char line[256];
	int64_t sum = 0;

	if (file == NULL)
		return -1;
	while (fgets(line, sizeof line, file) != NULL)
		if (strncmp(line, key, strlen(key)) == 0)
			sum += strtoll(line + strcspn(line, ":") + 1, NULL, 10);
	fclose(file);
	return sum;
}

static pid_t parent_of(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/status", pid);
	return (pid_t)sum_lines(path, "PPid:");
}

static bool is_below(pid_t pid, pid_t top)
{
	while (pid > 1 && pid != top)
		pid = parent_of(pid);
	return pid == top;
}

static bool is_payload(pid_t pid)
{
	char path[64], exe[PATH_MAX] = "";
	ssize_t n;

	snprintf(path, sizeof path, "/proc/%d/exe", pid);
	n = readlink(path, exe, sizeof exe - 1);
	if (n < (ssize_t)strlen(PAYLOAD))
		return false;
	return strcmp(exe + n - strlen(PAYLOAD), PAYLOAD) == 0;
}

int64_t memory_private_kib(pid_t top)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	int64_t sum = 0;

	while (proc != NULL && (entry = readdir(proc)) != NULL) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
		char path[64];
		int64_t kib;

		if (pid <= 0 || !is_below(pid, top) || is_payload(pid))
			continue;
		snprintf(path, sizeof path, "/proc/%d/smaps_rollup", pid);
		kib = sum_lines(path, "Private_");
		if (kib < 0)
			die("%s: %s", path, strerror(errno));
		sum += kib;
	}
	if (proc != NULL)
		closedir(proc);
	return sum;
}

int64_t memory_settled_kib(pid_t top)
{
	static const struct timespec pause = {.tv_nsec = 1000000};
	int64_t kib = memory_private_kib(top);

	for (int same = 0, tries = 0; same < 10 && tries < 1000; tries++) {
		int64_t now;

		nanosleep(&pause, NULL);
		now = memory_private_kib(top);
		same = now == kib ? same + 1 : 0;
		kib = now;
	}
	return kib;
}

int64_t memory_kernel_kib(void)
{
	static const char *const keys[] = {"Slab:", "KernelStack:", "PageTables:", "Percpu:", "Shmem:"};
	int64_t sum = 0;

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		sum += sum_lines("/proc/meminfo", keys[i]);
	return sum;
}
