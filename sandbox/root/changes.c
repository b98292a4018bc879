#include "sandbox/root/changes.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "common/path.h"
#include "common/visible.h"
#include "sandbox/files/lookup.h"
#include "sandbox/identity/fork.h"
#include "sandbox/process/wait.h"
#include "sandbox/root/cgroupfs.h"
#include "sandbox/root/layers.h"
#include "sandbox/root/upper.h"
#include "sandbox/sudo/request.h"
#include "sandbox/watch/message.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The walker's work: the lines, each "K PATH", unescaped. */
struct list {
	const struct plan_root *root;
	int uppers; /* where the upper directories are */
	char **lines;
	size_t n, room, bytes;
	int64_t deadline_ns;
	const char *cut; /* why it is not whole, or NULL */
};

/* What the walker says to the launcher. */
struct verdict {
	uint64_t counts[3]; /* of "AMD" */
	char cut[64];
};

static const char kinds[] = "AMD";

/* Mount points are made in the layer when an image does not have them: no change of the job's, who could not remove
 * them either. */
static bool is_ours(const struct list *list, const char *path)
{
	static const char *const own[] = {"/proc", "/dev", "/sys", "/sys/fs", CGROUPFS_PATH};
	const struct plan_root *root = list->root;

	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
		if (strcmp(own[i], path) == 0)
			return true;
	if (root->sudo != PLAN_SUDO_NONE && path_is_within(SUDO_CLIENT, path))
		return true;
	for (size_t i = 0; i < root->n_mounts; i++) {
		const struct plan_mount *mount = &root->mounts[i];
		struct stat st;

		if (mount->kind == PLAN_MOUNT_HIDE || !path_is_within(mount->target, path))
			continue;
		if (!mount->optional || stat(mount->source, &st) == 0)
			return true;
	}
	return false;
}

static bool add(char kind, const char *path, void *data)
{
	struct list *list = data;
	char *line;

	if (kind == 'A' && is_ours(list, path))
		return true;
	if (list->n >= CHANGES_LINES_MAX || list->bytes + strlen(path) > CHANGES_BYTES_MAX)
		list->cut = "there are more";
	else if (clock_monotonic_ns() > list->deadline_ns)
		list->cut = "it took too long";
	if (list->cut != NULL)
		return false;
	if (list->n == list->room) {
		size_t room = list->room == 0 ? 1024 : list->room * 2;
		char **grown = reallocarray(list->lines, room, sizeof *grown);

		if (grown == NULL)
			return false;
		list->lines = grown;
		list->room = room;
	}
	line = format("%c %s", kind, path);
	if (line == NULL)
		return false;
	list->bytes += strlen(line);
	list->lines[list->n++] = line;
	return true;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(*(char *const *)a + 2, *(char *const *)b + 2);
}

/* One line per path, and none that drives a terminal. */
static bool print_line(FILE *out, const char *line)
{
	const size_t len = strlen(line + 2), size = 4 * len + VISIBLE_SIZE_MIN;
	_cleanup_(freep) char *shown = malloc(size);

	if (shown == NULL)
		return false;
	visible(shown, size, line + 2, len, VISIBLE_NAME);
	fprintf(out, "%c %s\n", line[0], shown);
	return true;
}

static int open_in(int dirfd, const char *prefix, const char *name)
{
	char path[64];

	snprintf(path, sizeof path, "%s%s", prefix, name);
	return openat(dirfd, path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* A layer that was not made, since its source does not exist, has no upper directory. */
static bool walk_layer(
	struct list *list, const int pinned[], const char *name, const char *source, bool is_copy, const char *path)
{
	struct upper_walk walk = {.found = add, .data = list, .depth_max = CHANGES_DEPTH_MAX};
	_cleanup_(close_fd) int upper = open_in(list->uppers, "upper-", name);
	_cleanup_(close_fd) int mirror = pinned[PINNED_MIRROR] >= 0 ? open_in(pinned[PINNED_MIRROR], "", name) : -1;
	_cleanup_(close_fd) int below =
		source != NULL && !is_copy ? lookup_open(AT_FDCWD, source, O_PATH | O_DIRECTORY, 0) : -1;
	const bool is_image = list->root->kind == PLAN_ROOT_DIR && path[0] == '\0';
	_cleanup_(close_fd) int over = is_image ? open_in(pinned[PINNED_SCRATCH], "", LAYERS_BELOW) : -1;
	int lower[UPPER_LOWER_MAX];
	size_t n = 0;
	int result;

	if (upper < 0)
		return true;
	if (mirror >= 0)
		lower[n++] = mirror;
	else if (over >= 0)
		lower[n++] = over;
	if (below >= 0)
		lower[n++] = below;
	result = upper_walk(&walk, upper, lower, n, path);
	if (list->cut == NULL && walk.too_deep)
		list->cut = "it is nested too deep";
	else if (list->cut == NULL && walk.unreadable)
		list->cut = "a directory cannot be read";
	return result == 0;
}

static bool walk_all(struct list *list, const int pinned[])
{
	const struct plan_root *root = list->root;
	bool whole = walk_layer(list, pinned, "root", root->dir, false, "");

	for (size_t i = 0; whole && i < root->n_mounts; i++) {
		const struct plan_mount *mount = &root->mounts[i];
		char name[32];

		snprintf(name, sizeof name, "%zu", i);
		if (mount->kind == PLAN_MOUNT_LAYER)
			whole = walk_layer(
				list, pinned, name, mount->source, mount->copy == PLAN_COPY_ALL, mount->target);
	}
	return whole;
}

/* In the walker. Never returns. */
static void walk_and_tell(const struct plan_root *root, const int pinned[], int disk, int out_fd, int verdict_fd)
{
	struct list list = {.root = root,
		.uppers = disk >= 0 ? disk : pinned[PINNED_SCRATCH],
		.deadline_ns = clock_monotonic_ns() + CHANGES_TIME_NS};
	struct verdict verdict = {.cut = ""};
	FILE *out = fdopen(out_fd, "w");

	if (out == NULL || (!walk_all(&list, pinned) && list.cut == NULL))
		_exit(EXIT_FAILURE);
	if (list.n > 0)
		qsort(list.lines, list.n, sizeof list.lines[0], by_path);
	for (size_t i = 0; i < list.n; i++) {
		if (!print_line(out, list.lines[i]))
			_exit(EXIT_FAILURE);
		verdict.counts[strchr(kinds, list.lines[i][0]) - kinds]++;
	}
	if (list.cut != NULL) {
		snprintf(verdict.cut, sizeof verdict.cut, "%s", list.cut);
		fprintf(out, "! not the whole list: %s\n", list.cut);
	}
	if (fflush(out) != 0 || write_all(verdict_fd, &verdict, sizeof verdict) < 0)
		_exit(EXIT_FAILURE);
	_exit(EXIT_SUCCESS);
}

int changes_list(const struct plan_root *root, int64_t grace_ns, const int pinned[], int disk,
	const struct cgroup *helpers, struct outcome *outcome, struct error *err)
{
	_cleanup_(close_fd) int out = memfd_create("changes", MFD_CLOEXEC);
	_cleanup_(close_fd) int ours = -1, theirs = -1;
	struct verdict verdict = {.cut = ""};
	int pair[2];
	pid_t walker;

	if (pinned[PINNED_USERNS] < 0 || pinned[PINNED_SCRATCH] < 0)
		return error_set(err, 0, "changes: the sandbox was never ready");
	if (out < 0 || pipe2(pair, O_CLOEXEC) < 0)
		return error_set(err, errno, "changes");
	ours = pair[0];
	theirs = pair[1];
	walker = fork_in_userns(pinned[PINNED_USERNS], helpers, err);
	if (walker == 0)
		walk_and_tell(root, pinned, disk, out, theirs);
	close_fd(&theirs);
	if (walker < 0)
		return -1;
	/* The walker keeps its own time; this is for one that hangs in the kernel. */
	if (wait_for_word(walker, ours, &verdict, sizeof verdict, CHANGES_TIME_NS * 2, grace_ns, err) < 0)
		return error_context(err, "changes: the layers could not be read");
	verdict.cut[sizeof verdict.cut - 1] = '\0';
	outcome->changes = (struct changes){.listed = true,
		.added = verdict.counts[0],
		.modified = verdict.counts[1],
		.deleted = verdict.counts[2],
		.cut = verdict.cut[0] != '\0' ? strdup(verdict.cut) : NULL,
		.fd = take_fd(&out)};
	return 0;
}
