#include "runner/sweep.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "runner/cgroup_leaf.h"
#include "runner/job_dir.h"
#include "runner/json_file.h"
#include "runner/log.h"
#include "runner/record.h"
#include "runner/registration.h"
#include "sandbox/idmap_remove.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define END_LIMIT_NS (20 * NS_PER_S)
#define REMOVE_LIMIT_NS (120 * NS_PER_S)
/* A start does not wait for GitHub to notice that a killed runner is idle. */
#define DEREGISTER_BOUND_NS (20 * NS_PER_S)

struct sweeping {
	struct supervisor *supervisor;
	unsigned slot;
	bool left;
	bool in_use[CONFIG_SLOTS_MAX + 1]; /* slots with a process that did not end: nothing of theirs is removed */
};

typedef void sweep_each(struct sweeping *sweeping, int dirfd, const char *name);

/* The slot in "<slot>…", 0 when there is none. */
static unsigned slot_of(const char *name)
{
	unsigned long slot = strtoul(name, NULL, 10);

	return slot <= CONFIG_SLOTS_MAX ? (unsigned)slot : 0;
}

static void failed(struct sweeping *sweeping, struct error *err)
{
	error_context(err, "sweep");
	log_error(err);
	sweeping->left = true;
}

static void for_each(struct sweeping *sweeping, const char *directory, sweep_each *each)
{
	_cleanup_(close_fd) int fd =
		openat(sweeping->supervisor->state.dirfd, directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(close_dir) DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;
	struct error err;

	if (dir == NULL) {
		error_set(&err, errno, "%s", directory);
		failed(sweeping, &err);
		return;
	}
	take_fd(&fd);
	for (;;) {
		errno = 0;
		entry = readdir(dir);
		if (entry == NULL)
			break;
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
			(sweeping->slot == SWEEP_ALL || slot_of(entry->d_name) == sweeping->slot) &&
			!sweeping->in_use[slot_of(entry->d_name)])
			each(sweeping, dirfd(dir), entry->d_name);
	}
	if (errno != 0) {
		error_set(&err, errno, "%s", directory);
		failed(sweeping, &err);
	}
}

static void log_residue(struct sweeping *sweeping, const char *of, const char *name, const json_t *residue)
{
	json_t *one;
	size_t i;

	json_array_foreach ((json_t *)residue, i, one) {
		log_line("sweep: %s %s: residue: %s", of, name, json_string_value(one));
		sweeping->left = true;
	}
}

static void sweep_job(struct sweeping *sweeping, int dirfd, const char *name)
{
	_cleanup_(json_drop) json_t *removing = json_array();
	_cleanup_(json_drop) json_t *residue = json_array();
	struct job_dir job;
	struct error err;

	(void)dirfd;
	if (job_dir_recall(&job, &sweeping->supervisor->state, name, END_LIMIT_NS, &err) < 0) {
		/* The note is all that tells of the process and of a work directory elsewhere: it stays. */
		error_hint(&err, "%s stays until that is settled", job.path != NULL ? job.path : name);
		failed(sweeping, &err);
		job_dir_free(&job);
		return;
	}
	cgroup_leaf_remove(name, residue);
	job_dir_end(&job, &sweeping->supervisor->state, JOB_DIR_QUICK_NS, residue, removing);
	if (json_array_size(removing) > 0)
		log_line("sweep: job %s: takes long to remove: set aside, and being removed from there", name);
	else
		log_line("sweep: job %s: removed, residue: %s", name,
			json_array_size(residue) == 0 ? "none" : "see below");
	log_residue(sweeping, "job", name, residue);
	job_dir_free(&job);
}

/* Waits for the slot's last process: what it owns must not be swept under its feet. */
static void sweep_slot(struct sweeping *sweeping, int dirfd, const char *name)
{
	const struct state *state = &sweeping->supervisor->state;
	_cleanup_(json_drop) json_t *residue = json_array();
	_cleanup_(close_fd) int fd = -1;
	struct error err;

	(void)dirfd;
	if (slot_of(name) == 0)
		return;
	fd = slot_lock(state, slot_of(name), END_LIMIT_NS, &err);
	if (fd < 0) {
		failed(sweeping, &err);
		sweeping->in_use[slot_of(name)] = true;
		return;
	}
	slot_paths_sweep(state, slot_of(name), residue);
	log_residue(sweeping, "slot", name, residue);
}

static void sweep_registration(struct sweeping *sweeping, int dirfd, const char *name)
{
	struct supervisor *supervisor = sweeping->supervisor;
	_cleanup_(slot_paths_free) struct slot_paths paths = {0};
	struct record record;
	struct error err;
	size_t len = strlen(name);

	/* A half written one has a complete one beside it, or was never of use. */
	if (len < 5 || strcmp(name + len - 5, ".json") != 0) {
		if (unlinkat(dirfd, name, 0) < 0 && errno != ENOENT) {
			error_set(&err, errno, "registrations/%s", name);
			failed(sweeping, &err);
		}
		return;
	}
	if (record_read(&supervisor->state, name, &record, &err) < 0 ||
		slot_paths_make(&paths, &supervisor->state, record.slot, &err) < 0) {
		failed(sweeping, &err);
		return;
	}
	switch (registration_end(supervisor, &paths, &record, false, DEREGISTER_BOUND_NS, &err)) {
	case REGISTRATION_GONE:
		log_line("sweep: runner %s: %s", record.name, record.id != 0 ? "deregistered" : "was not registered");
		break;
	case REGISTRATION_UNKNOWN:
		log_line("sweep: runner %s (id %lld): was left registered, and a JIT configuration cannot deregister "
			 "it: "
			 "remove it by hand",
			record.name, (long long)record.id);
		break;
	case REGISTRATION_LEFT:
		if (record.id != 0)
			error_context(&err, "runner %s: still registered", record.name);
		else
			error_context(&err, "runner %s: may be registered", record.name);
		failed(sweeping, &err);
		break;
	}
}

static void sweep_directory(struct sweeping *sweeping, int dirfd, const char *name)
{
	struct error err;

	if (strchr(name, '.') == NULL &&
		remove_tree_of_job(dirfd, name, clock_monotonic_ns() + REMOVE_LIMIT_NS, &err) < 0)
		failed(sweeping, &err);
}

static void sweep_worker_copy(struct sweeping *sweeping, int dirfd, const char *name)
{
	struct error err;

	if (strncmp(name, "worker-", 7) == 0 &&
		remove_tree_of_job(dirfd, name, clock_monotonic_ns() + REMOVE_LIMIT_NS, &err) < 0)
		failed(sweeping, &err);
}

int sweep(struct supervisor *supervisor, unsigned slot)
{
	struct sweeping sweeping = {.supervisor = supervisor, .slot = slot};

	/* In this order: config.sh needs the slot's root to deregister, and nobody may write where we remove. */
	for_each(&sweeping, "slots", sweep_slot);
	for_each(&sweeping, "jobs", sweep_job);
	for_each(&sweeping, "registrations", sweep_registration);
	for_each(&sweeping, "slots", sweep_directory);
	if (slot == SWEEP_ALL)
		for_each(&sweeping, ".", sweep_worker_copy);
	return sweeping.left ? -1 : 0;
}

void sweep_jobs(struct supervisor *supervisor, unsigned slot)
{
	struct sweeping sweeping = {.supervisor = supervisor, .slot = slot};

	for_each(&sweeping, "jobs", sweep_job);
}
