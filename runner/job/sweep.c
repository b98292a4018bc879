#include "runner/job/sweep.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "runner/common/json_file.h"
#include "runner/common/log.h"
#include "runner/job/job_dir.h"
#include "runner/state/cgroup_leaf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define END_LIMIT_NS (20 * NS_PER_S)

unsigned sweep_slot_of(const char *name)
{
	unsigned long slot = strtoul(name, NULL, 10);

	return slot <= CONFIG_SLOTS_MAX ? (unsigned)slot : 0;
}

void sweep_failed(struct sweeping *sweeping, struct error *err)
{
	error_context(err, "sweep");
	log_error(err);
	sweeping->left = true;
}

void sweep_for_each(struct sweeping *sweeping, const char *directory, sweep_each *each)
{
	_cleanup_(close_fd) int fd =
		openat(sweeping->supervisor->state.dirfd, directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(close_dir) DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;
	struct error err;

	if (dir == NULL) {
		error_set(&err, errno, "%s", directory);
		sweep_failed(sweeping, &err);
		return;
	}
	take_fd(&fd);
	for (;;) {
		errno = 0;
		entry = readdir(dir);
		if (entry == NULL)
			break;
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
			(sweeping->slot == SWEEP_ALL || sweep_slot_of(entry->d_name) == sweeping->slot) &&
			!sweeping->in_use[sweep_slot_of(entry->d_name)])
			each(sweeping, dirfd(dir), entry->d_name);
	}
	if (errno != 0) {
		error_set(&err, errno, "%s", directory);
		sweep_failed(sweeping, &err);
	}
}

void sweep_log_residue(struct sweeping *sweeping, const char *of, const char *name, const json_t *residue)
{
	json_t *one;
	size_t i;

	json_array_foreach ((json_t *)residue, i, one) {
		log_line("sweep: %s %s: residue: %s", of, name, json_string_value(one));
		sweeping->left = true;
	}
}

void sweep_job(struct sweeping *sweeping, int dirfd, const char *name)
{
	_cleanup_(json_drop) json_t *removing = json_array();
	_cleanup_(json_drop) json_t *residue = json_array();
	struct job_dir job;
	struct error err;

	(void)dirfd;
	if (job_dir_recall(&job, &sweeping->supervisor->state, name, END_LIMIT_NS, &err) < 0) {
		/* The note is all that tells of the process and of a work directory elsewhere: it stays. */
		error_hint(&err, "%s is kept until this is resolved", job.path != NULL ? job.path : name);
		sweep_failed(sweeping, &err);
		job_dir_free(&job);
		return;
	}
	cgroup_leaf_remove(name, residue);
	job_dir_end(&job, &sweeping->supervisor->state, JOB_DIR_QUICK_NS, residue, removing);
	if (json_array_size(removing) > 0)
		log_line("sweep: job %s: removal takes long: set aside, being removed in the background", name);
	else
		log_line("sweep: job %s: removed, residue: %s", name,
			json_array_size(residue) == 0 ? "none" : "see below");
	sweep_log_residue(sweeping, "job", name, residue);
	job_dir_free(&job);
}

void sweep_jobs(struct supervisor *supervisor, unsigned slot)
{
	struct sweeping sweeping = {.supervisor = supervisor, .slot = slot};

	sweep_for_each(&sweeping, "jobs", sweep_job);
}
