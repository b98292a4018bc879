#include "sandbox/cgroup.h"

#include "common/cleanup.h"
#include "common/io.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define CGROUP_TEXT_MAX ((size_t)1 << 20)
#define CPU_PERIOD_USEC 100000

/* Whether a limit was asked for and is to be enforced by the cgroup. */
static bool enforced(const struct plan *plan, enum plan_degradable what)
{
	const struct plan_limits *limits = &plan->limits;
	const bool asked[PLAN_DEGRADABLE_COUNT] = {
		[PLAN_DEGRADABLE_MEMORY] = limits->memory != 0,
		[PLAN_DEGRADABLE_SWAP] = limits->swap != PLAN_SWAP_UNSET,
		[PLAN_DEGRADABLE_PIDS] = limits->pids != 0,
		[PLAN_DEGRADABLE_CPU] = limits->cpus_milli != 0,
	};

	return asked[what] && (plan->degraded & (1u << what)) == 0;
}

/* Moves whoever sits in `dir` itself into dir/launcher. New processes may appear while we do: a few rounds settle it.
 */
static int vacate(int dir, struct error *err)
{
	if (mkdirat(dir, "launcher", 0755) < 0 && errno != EEXIST)
		return error_set(err, errno, "cgroup: mkdir launcher");
	for (int round = 0; round < 8; round++) {
		_cleanup_(freep) char *pids = NULL;
		size_t len;

		if (read_file_at(dir, "cgroup.procs", CGROUP_TEXT_MAX, &pids, &len, err) < 0)
			return error_context(err, "cgroup");
		if (len == 0)
			return 0;
		for (char *pid = strtok(pids, "\n"); pid != NULL; pid = strtok(NULL, "\n"))
			if (write_file_at(dir, "launcher/cgroup.procs", pid) < 0 && errno != ESRCH)
				return error_set(err, errno, "cgroup: move process %s out of the way", pid);
	}
	return error_set(err, 0, "cgroup: processes keep appearing in the delegated directory");
}

static int enable(int dir, const struct plan *plan, struct error *err)
{
	const struct {
		bool wanted;
		const char *name;
	} needed[] = {
		{enforced(plan, PLAN_DEGRADABLE_MEMORY) || enforced(plan, PLAN_DEGRADABLE_SWAP), "+memory"},
		{enforced(plan, PLAN_DEGRADABLE_PIDS), "+pids"},
		{enforced(plan, PLAN_DEGRADABLE_CPU), "+cpu"},
	};

	for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
		if (!needed[i].wanted || write_file_at(dir, "cgroup.subtree_control", needed[i].name) == 0)
			continue;
		/* EBUSY: processes sit in the directory itself ("no internal processes"). */
		if (errno == EBUSY && vacate(dir, err) < 0)
			return -1;
		if (write_file_at(dir, "cgroup.subtree_control", needed[i].name) < 0)
			return error_set(err, errno, "cgroup: enable %s", needed[i].name + 1);
	}
	return 0;
}

static int put(const struct cgroup *cgroup, const char *file, const char *value, struct error *err)
{
	if (write_file_at(cgroup->dirfd, file, value) < 0)
		return error_set(err, errno, "cgroup: write %s to %s/%s", value, cgroup->path, file);
	return 0;
}

static int put_number(const struct cgroup *cgroup, const char *file, uint64_t value, struct error *err)
{
	char text[32];

	snprintf(text, sizeof text, "%" PRIu64, value);
	return put(cgroup, file, text, err);
}

static int write_limits(const struct cgroup *cgroup, const struct plan *plan, struct error *err)
{
	const struct plan_limits *limits = &plan->limits;
	char text[64];

	if (enforced(plan, PLAN_DEGRADABLE_MEMORY) && (put_number(cgroup, "memory.max", limits->memory, err) < 0 ||
							      put(cgroup, "memory.oom.group", "1", err) < 0))
		return -1;
	if (enforced(plan, PLAN_DEGRADABLE_SWAP) && put_number(cgroup, "memory.swap.max", limits->swap, err) < 0)
		return err->errnum == ENOENT
			       ? error_hint(err, "this kernel does not account swap: --swap none leaves it out")
			       : -1;
	if (enforced(plan, PLAN_DEGRADABLE_PIDS) && put_number(cgroup, "pids.max", limits->pids, err) < 0)
		return -1;
	if (enforced(plan, PLAN_DEGRADABLE_CPU)) {
		snprintf(text, sizeof text, "%" PRIu64 " %d", limits->cpus_milli * CPU_PERIOD_USEC / 1000,
			CPU_PERIOD_USEC);
		if (put(cgroup, "cpu.max", text, err) < 0)
			return -1;
	}
	return 0;
}

int cgroup_create(struct cgroup *cgroup, const char *parent, const struct plan *plan, struct error *err)
{
	_cleanup_(close_fd) int dir = open(parent, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	struct error ignored;

	*cgroup = (struct cgroup){.dirfd = -1};
	if (dir < 0)
		return error_set(err, errno, "cgroup: open %s", parent);
	if (enable(dir, plan, err) < 0)
		return -1;
	cgroup->path = cgroup_leaf_path(parent, plan->id);
	if (cgroup->path == NULL)
		return error_set(err, ENOMEM, "cgroup");
	if (mkdir(cgroup->path, 0755) < 0) {
		error_set(err, errno, "cgroup: mkdir %s", cgroup->path);
		freep(&cgroup->path);
		return err->errnum == EEXIST
			       ? error_hint(err, "a job with this --id is running, or was killed: remove it")
			       : -1;
	}
	cgroup->dirfd = open(cgroup->path, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	if (cgroup->dirfd < 0)
		error_set(err, errno, "cgroup: open %s", cgroup->path);
	if (cgroup->dirfd < 0 || write_limits(cgroup, plan, err) < 0) {
		cgroup_remove(cgroup, 0, &ignored); /* the first error is the one to tell */
		return -1;
	}
	return 0;
}

int cgroup_kill(struct cgroup *cgroup, uint64_t *processes, struct error *err)
{
	_cleanup_(freep) char *pids = NULL;
	size_t len;

	if (read_file_at(cgroup->dirfd, "cgroup.procs", CGROUP_TEXT_MAX, &pids, &len, err) < 0)
		return -1;
	*processes = 0;
	for (const char *p = pids; (p = strchr(p, '\n')) != NULL; p++)
		(*processes)++;
	if (write_file_at(cgroup->dirfd, "cgroup.kill", "1") < 0)
		return error_set(err, errno, "cgroup: kill %s", cgroup->path);
	return 0;
}

/* The number behind `key` in a flat-keyed file; behind nothing in a single-value file (key ""). 0 when there is none.
 */
static uint64_t read_number(const struct cgroup *cgroup, const char *file, const char *key)
{
	_cleanup_(freep) char *text = NULL;
	struct error ignored; /* the controller is not there: nothing to measure */
	size_t len, key_len = strlen(key);

	if (read_file_at(cgroup->dirfd, file, CGROUP_TEXT_MAX, &text, &len, &ignored) < 0)
		return 0;
	for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		if (key_len == 0)
			return strtoull(line, NULL, 10);
		if (strncmp(line, key, key_len) == 0 && line[key_len] == ' ')
			return strtoull(line + key_len, NULL, 10);
	}
	return 0;
}

void cgroup_measure(const struct cgroup *cgroup, struct outcome *outcome)
{
	uint64_t memory = read_number(cgroup, "memory.peak", "");
	uint64_t usec = read_number(cgroup, "cpu.stat", "usage_usec");

	if (memory != 0) {
		outcome->memory_peak = memory;
		outcome->memory_peak_is_rss = false;
	}
	if (usec != 0)
		outcome->cpu_usec = usec;
	outcome->pids_peak = read_number(cgroup, "pids.peak", "");
	outcome->oom_kills = read_number(cgroup, "memory.events", "oom_kill");
	outcome->pids_refused = read_number(cgroup, "pids.events", "max");
}

/* Waits for "populated 0" in cgroup.events: the file is pollable (POLLPRI) and changes when the last process is gone.
 */
static bool wait_empty(const struct cgroup *cgroup, int64_t limit_ns)
{
	_cleanup_(close_fd) int events = openat(cgroup->dirfd, "cgroup.events", O_RDONLY | O_CLOEXEC);
	struct timespec now, end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += limit_ns / 1000000000;
	end.tv_nsec += limit_ns % 1000000000;
	for (;;) {
		struct pollfd changed = {.fd = events, .events = POLLPRI};
		char text[256] = "";
		int64_t left_ms;

		if (pread(events, text, sizeof text - 1, 0) < 0)
			return false;
		if (strstr(text, "populated 0") != NULL)
			return true;
		clock_gettime(CLOCK_MONOTONIC, &now);
		left_ms = (end.tv_sec - now.tv_sec) * 1000 + (end.tv_nsec - now.tv_nsec) / 1000000;
		if (left_ms <= 0)
			return false;
		if (poll(&changed, 1, (int)left_ms) < 0 && errno != EINTR)
			return false;
	}
}

/* Nothing inside can make directories below the leaf: no cgroup2 mount is shown there. */
int cgroup_remove(struct cgroup *cgroup, int64_t limit_ns, struct error *err)
{
	int result = 0;

	if (cgroup->path == NULL)
		return 0;
	if (cgroup->dirfd >= 0)
		wait_empty(cgroup, limit_ns);
	if (rmdir(cgroup->path) < 0 && errno != ENOENT)
		result = error_set(err, errno, "cgroup: remove %s", cgroup->path);
	close_fd(&cgroup->dirfd);
	freep(&cgroup->path);
	return result;
}
