#include "runner/job/job_dir.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/entries.h"
#include "common/io.h"
#include "runner/common/json_file.h"
#include "runner/common/process.h"
#include "runner/common/random_id.h"
#include "runner/common/runner_file.h"
#include "runner/common/stop.h"
#include "runner/common/wipe.h"
#include "runner/job/completed_hook.h"
#include "runner/job/container_hook.h"
#include "runner/job/residue.h"
#include "sandbox/identity/idmap_remove.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REMOVE_LIMIT_NS (120 * NS_PER_S)
/* After so long a stop is heard. Time enough to get into the user namespace of a job with subordinate ids. */
#define REMOVE_STEP_NS NS_PER_S

static int name_all(struct job_dir *dir, const struct supervisor *supervisor, unsigned slot, struct error *err)
{
	const char *workdir = supervisor->config.workdir;
	const bool elsewhere = workdir != NULL && *workdir == '/';
	char random[RANDOM_ID_LEN + 1];

	random_id(random);
	dir->id = format("%u-%s", slot, random);
	dir->path = format("%s/jobs/%s", supervisor->state.dir, dir->id);
	dir->runner = format("%s/.runner", dir->path);
	dir->diag = format("%s/_diag", dir->path);
	dir->report = format("%s/report.json", dir->path);
	dir->work = elsewhere ? format("%s/%s", workdir, dir->id) : format("%s/work", dir->path);
	dir->outer = elsewhere && dir->work != NULL ? strdup(dir->work) : NULL;
	return dir->id != NULL && dir->path != NULL && dir->runner != NULL && dir->diag != NULL &&
			       dir->report != NULL && dir->work != NULL && (dir->outer != NULL || !elsewhere)
		       ? 0
		       : error_set(err, ENOMEM, "job");
}

/* The Worker needs `.runner`, and no other file of the Listener's root. */
static int copy_runner_file(
	const struct job_dir *dir, const struct slot_paths *paths, const char *work_folder, struct error *err)
{
	_cleanup_(close_fd) int rootfd = open(paths->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(freep) char *text = NULL;
	_cleanup_(wipe_freep) char *copy = NULL;
	_cleanup_(close_fd) int fd = -1;
	size_t len;

	if (rootfd < 0)
		return error_set(err, errno, "%s", paths->root);
	if (runner_file_read(rootfd, &text, &len, err) < 0)
		return -1;
	copy = runner_file_with_work_folder(text, len, work_folder, err);
	if (copy == NULL)
		return -1;
	/* The Worker may be another user of the job's; on the host the directory is closed. */
	fd = open(dir->runner, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || fchmod(fd, 0644) < 0 || write_all(fd, copy, strlen(copy)) < 0)
		return error_set(err, errno, "%s", dir->runner);
	return 0;
}

int job_dir_make(
	struct job_dir *dir, const struct supervisor *supervisor, const struct slot_paths *paths, struct error *err)
{
	const char *next;

	memset(dir, 0, sizeof *dir);
	if (name_all(dir, supervisor, paths->number, err) < 0)
		return -1;
	if (mkdir(dir->path, 0700) < 0)
		return error_set(err, errno, "%s", dir->path);
	/* What lies elsewhere is noted before it is there, or a sweep could not know of it. */
	if (job_dir_note(dir, &supervisor->state, 0, err) < 0)
		return -1;
	if (mkdir(dir->diag, 0700) < 0)
		return error_set(err, errno, "%s", dir->diag);
	if (mkdir(dir->work, 0700) < 0)
		return error_set(err, errno, "%s%s", dir->outer != NULL ? "RUNNER_WORKDIR: " : "", dir->work);
	if (container_hook_make(dir->path, err) < 0 ||
		(completed_hook_is_wanted(supervisor, &next) && completed_hook_make(dir->path, next, err) < 0))
		return -1;
	return copy_runner_file(dir, paths, supervisor->world->work, err);
}

int job_dir_note(const struct job_dir *dir, const struct state *state, pid_t launcher, struct error *err)
{
	_cleanup_(freep) char *path = format("jobs/%s/job.json", dir->id);
	_cleanup_(json_drop) json_t *note = json_pack("{s:i, s:I, s:s*}", "launcher", (int)launcher, "start",
		(json_int_t)process_start(launcher), "outer", dir->outer);

	if (path == NULL || note == NULL)
		return error_set(err, ENOMEM, "job");
	/* After a power cut only the note tells of a work directory elsewhere. */
	return dir->outer != NULL ? json_file_keep(state->dirfd, path, note, err)
				  : json_file_write(state->dirfd, path, note, err);
}

/* A work directory of this job's, as name_all() makes them: what else the note says is not followed. */
static bool is_outer(const char *outer, const char *id)
{
	const char *last = strrchr(outer, '/');

	return *outer == '/' && is_clean_path(outer, true) && strcmp(last + 1, id) == 0;
}

/* After a power cut a note may have its name and none of its text. Its launcher went with the machine, and there is
 * nothing elsewhere: such a note is on the disk before what it tells of. */
static bool note_was_lost(const struct state *state, const char *path)
{
	_cleanup_(close_fd) int fd = openat(state->dirfd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char first = '\0';

	return fd >= 0 && pread(fd, &first, 1, 0) >= 0 && first == '\0';
}

int job_dir_recall(struct job_dir *dir, const struct state *state, const char *id, int64_t limit_ns, struct error *err)
{
	_cleanup_(freep) char *path = format("jobs/%s/job.json", id);
	_cleanup_(json_drop) json_t *note = NULL;
	const char *outer = NULL;
	json_int_t start;
	int launcher;

	memset(dir, 0, sizeof *dir);
	dir->id = strdup(id);
	dir->path = format("%s/jobs/%s", state->dir, id);
	if (path == NULL || dir->id == NULL || dir->path == NULL)
		return error_set(err, ENOMEM, "job");
	note = json_file_read(state->dirfd, path, err);
	/* Without a note there is no launcher, and nothing elsewhere; what one says that cannot be read is not known.
	 */
	if (note == NULL)
		return err->errnum == ENOENT || note_was_lost(state, path) ? 0 : error_context(err, "job %s", id);
	if (json_unpack(note, "{s:i, s:I, s?s}", "launcher", &launcher, "start", &start, "outer", &outer) < 0)
		return error_set(err, 0, "job %s: %s: invalid note", id, path);
	if (!process_end(launcher, (uint64_t)start, limit_ns))
		return error_set(err, 0, "job %s: its launcher, process %d, does not end", id, launcher);
	if (outer != NULL && !is_outer(outer, id))
		return error_set(
			err, 0, "job %s: its note names a directory that does not belong to it: %s", id, outer);
	dir->outer = outer != NULL ? strdup(outer) : NULL;
	if (outer != NULL && dir->outer == NULL)
		return error_set(err, ENOMEM, "job");
	return 0;
}

int job_dir_recall_set_aside(struct job_dir *dir, const struct state *state, const char *id, struct error *err)
{
	_cleanup_(freep) char *path = format("trash/%s/job.json", id);
	_cleanup_(json_drop) json_t *note = NULL;
	const char *outer = NULL;

	memset(dir, 0, sizeof *dir);
	dir->id = strdup(id);
	dir->path = format("%s/trash/%s", state->dir, id);
	if (path == NULL || dir->id == NULL || dir->path == NULL)
		return error_set(err, ENOMEM, "job");
	/* The note went last but for what lies beside it: without one there is nothing elsewhere. */
	note = json_file_read(state->dirfd, path, err);
	if (note == NULL || json_unpack(note, "{s?s}", "outer", &outer) < 0 || outer == NULL)
		return 0;
	if (!is_outer(outer, id))
		return error_set(
			err, 0, "job %s: its note names a directory that does not belong to it: %s", id, outer);
	dir->outer = strdup(outer);
	return dir->outer != NULL ? 0 : error_set(err, ENOMEM, "job");
}

enum removed { REMOVED, REMOVED_NOT, REMOVED_NOT_IN_TIME };

static enum removed remove_one(const char *path, int64_t deadline_ns, json_t *residue)
{
	const char *slash = strrchr(path, '/');
	_cleanup_(freep) char *parent = slash != NULL ? strndup(path, (size_t)(slash - path)) : NULL;
	_cleanup_(close_fd) int dirfd = -1;
	size_t before = json_array_size(residue);
	struct error err = {.errnum = 0};

	if (parent != NULL)
		dirfd = open(*parent != '\0' ? parent : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dirfd < 0 && errno != ENOENT)
		json_array_append_new(residue, json_sprintf("directory %s: %s", path, strerror(errno)));
	if (dirfd >= 0 && remove_tree_of_job(dirfd, slash + 1, deadline_ns, &err) < 0)
		json_array_append_new(residue, json_sprintf("directory %s: %s", path, err.text));
	residue_detect(path, residue);
	if (json_array_size(residue) == before)
		return REMOVED;
	return err.errnum == ETIMEDOUT ? REMOVED_NOT_IN_TIME : REMOVED_NOT;
}

/* The note goes last: with what is left, the next try finds it. */
static enum removed remove_both(const struct job_dir *dir, int64_t limit_ns, json_t *residue)
{
	const int64_t deadline_ns = clock_monotonic_ns() + limit_ns;
	enum removed removed = dir->outer != NULL ? remove_one(dir->outer, deadline_ns, residue) : REMOVED;

	return removed == REMOVED && dir->path != NULL ? remove_one(dir->path, deadline_ns, residue) : removed;
}

void job_dir_remove(const struct job_dir *dir, int64_t limit_ns, json_t *residue)
{
	remove_both(dir, limit_ns, residue);
}

static bool has_set_aside(const struct state *state, unsigned long slot)
{
	_cleanup_(close_fd) int fd = openat(state->dirfd, "trash", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(close_dir) DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;
	int more = 0;

	if (dir != NULL)
		take_fd(&fd);
	while (dir != NULL && (more = next_entry(dir, &entry)) > 0)
		if (entry->d_name[0] != '.' && strtoul(entry->d_name, NULL, 10) == slot)
			return true;
	return more < 0;
}

/* Moves jobs/ID to trash/ID, at once however much is in it. False when the slot of this job has something there
 * already, or it cannot be moved: then it is to be removed where it is. A slot that is told to stop does not wait: it
 * gets no further job whose files could pile up. */
static bool set_aside(const struct state *state, const char *id)
{
	_cleanup_(freep) char *from = format("jobs/%s", id), *to = format("trash/%s", id);

	return from != NULL && to != NULL && (stop_is_pending() || !has_set_aside(state, strtoul(id, NULL, 10))) &&
	       renameat2(state->dirfd, from, state->dirfd, to, RENAME_NOREPLACE) == 0;
}

/* In steps, and at a stop the current one is the last: nobody fetches its signal meanwhile. */
static enum removed remove_in_steps(const struct job_dir *dir, int64_t limit_ns, json_t *residue)
{
	const int64_t deadline_ns = clock_monotonic_ns() + limit_ns;

	for (;;) {
		_cleanup_(json_drop) json_t *left = json_array();
		const int64_t left_ns = deadline_ns - clock_monotonic_ns();
		const enum removed removed =
			remove_both(dir, left_ns < REMOVE_STEP_NS ? left_ns : REMOVE_STEP_NS, left);

		if (removed != REMOVED_NOT_IN_TIME || left_ns <= REMOVE_STEP_NS || stop_is_pending()) {
			json_array_extend(residue, left);
			return removed;
		}
	}
}

void job_dir_end(
	const struct job_dir *dir, const struct state *state, int64_t quick_ns, json_t *residue, json_t *removing)
{
	const int64_t limits_ns[] = {quick_ns, REMOVE_LIMIT_NS};

	for (size_t i = 0; i < sizeof limits_ns / sizeof limits_ns[0]; i++) {
		_cleanup_(json_drop) json_t *left = json_array();
		const enum removed removed = remove_in_steps(dir, limits_ns[i], left);

		if (removed == REMOVED)
			return;
		if (removed == REMOVED_NOT_IN_TIME && set_aside(state, dir->id)) {
			json_array_append_new(removing, json_sprintf("directory %s/trash/%s", state->dir, dir->id));
			if (dir->outer != NULL && access(dir->outer, F_OK) == 0)
				json_array_append_new(removing, json_sprintf("directory %s", dir->outer));
			return;
		}
		if (i > 0)
			json_array_extend(residue, left);
	}
}

void job_dir_free(struct job_dir *dir)
{
	free(dir->id);
	free(dir->path);
	free(dir->work);
	free(dir->outer);
	free(dir->runner);
	free(dir->diag);
	free(dir->report);
	memset(dir, 0, sizeof *dir);
}
