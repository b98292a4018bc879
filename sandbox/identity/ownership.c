#include "sandbox/identity/ownership.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "common/path.h"
#include "sandbox/files/give_tree.h"
#include "sandbox/files/lookup.h"
#include "sandbox/identity/fork.h"
#include "sandbox/identity/give_stdio.h"
#include "sandbox/process/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LEND_LIMIT_NS (60 * NS_PER_S)
#define RETURN_LIMIT_NS (300 * NS_PER_S)
#define LATE_NS (10 * NS_PER_S) /* it looks at the limit itself, unless a file system does not answer */

/* What the helper says. */
struct word {
	struct give give;
	size_t failed; /* which of them; n: none */
	int errnum;
};

static bool is_lent(const struct plan_mount *mount)
{
	return mount->kind == PLAN_MOUNT_BIND && mount->writable;
}

static int open_one(const struct plan_mount *mount, struct ownership *ownership, struct error *err)
{
	int fd = lookup_open(AT_FDCWD, mount->source, O_PATH, mount->nofollow ? RESOLVE_NO_SYMLINKS : 0);

	if (fd < 0 && mount->optional && errno == ENOENT)
		return 0;
	if (fd < 0)
		return error_set(err, errno, "%s", mount->source);
	ownership->fds[ownership->n] = fd;
	ownership->names[ownership->n] = strdup(mount->source);
	return ownership->names[ownership->n++] != NULL ? 0 : error_set(err, ENOMEM, "plan");
}

static void spare(const char *path, bool nofollow, struct ownership *ownership)
{
	_cleanup_(close_fd) int fd = lookup_open(AT_FDCWD, path, O_PATH, nofollow ? RESOLVE_NO_SYMLINKS : 0);
	struct stat st;

	/* What is not there needs nothing. */
	if (fd >= 0 && fstat(fd, &st) == 0)
		ownership->spared[ownership->n_spared++] = (struct give_spared){st.st_dev, st.st_ino};
}

/* What another row of the table shows in the place of something in a writable bind: read-only, hidden, or as a bind of
 * its own, which is lent by itself. */
static int spare_covered(
	const struct plan_root *root, const struct plan_mount *bind, struct ownership *ownership, struct error *err)
{
	for (size_t i = 0; i < root->n_mounts; i++) {
		const char *target = root->mounts[i].target;
		_cleanup_(freep) char *path = NULL;

		if (!path_is_within(target, bind->target) || strcmp(target, bind->target) == 0)
			continue;
		path = format("%s%s", bind->source, target + strlen(bind->target));
		if (path == NULL)
			return error_set(err, ENOMEM, "plan");
		spare(path, true, ownership);
	}
	return 0;
}

/* And the directories of all sandboxes, which each is kept from (sandbox/root/store_cover.h). */
static int spare_all(const struct plan_root *root, struct ownership *ownership, struct error *err)
{
	const char *const stores[] = {root->mirrors, root->layers, root->images};
	const size_t n_stores = sizeof stores / sizeof stores[0];

	ownership->spared = calloc(root->n_mounts * root->n_mounts + n_stores, sizeof *ownership->spared);
	if (ownership->spared == NULL)
		return error_set(err, ENOMEM, "plan");
	for (size_t i = 0; i < n_stores; i++)
		if (stores[i] != NULL)
			spare(stores[i], false, ownership);
	for (size_t i = 0; i < root->n_mounts; i++)
		if (is_lent(&root->mounts[i]) && spare_covered(root, &root->mounts[i], ownership, err) < 0)
			return -1;
	return 0;
}

int ownership_begin(const struct plan_root *root, struct ownership *ownership, struct error *err)
{
	if (root->owner == 0)
		return 0;
	ownership->fds = calloc(root->n_mounts + 1, sizeof *ownership->fds);
	ownership->names = calloc(root->n_mounts + 1, sizeof *ownership->names);
	if (ownership->fds == NULL || ownership->names == NULL)
		return error_set(err, ENOMEM, "plan");
	for (size_t i = 0; i < root->n_mounts; i++)
		if (is_lent(&root->mounts[i]) && open_one(&root->mounts[i], ownership, err) < 0)
			return error_context(err, "user");
	return spare_all(root, ownership, err);
}

void ownership_end(struct ownership *ownership)
{
	for (size_t i = 0; i < ownership->n; i++) {
		close_fd(&ownership->fds[i]);
		free(ownership->names[i]);
	}
	free(ownership->fds);
	free(ownership->names);
	free(ownership->spared);
	close_fd(&ownership->userns);
	*ownership = OWNERSHIP_NONE;
}

/* When lending, the first directory that cannot be given ends it; on return each is tried. */
static _Noreturn void give_all(const struct ownership *ownership, struct give give, bool trees, int pipe)
{
	struct word word = {.give = give, .failed = ownership->n};

	/* The command gives them itself, when they are what it has. */
	if (give.to_uid == 0)
		give_stdio(give.from_uid, 0);
	for (size_t i = 0; trees && i < ownership->n && (word.failed == ownership->n || give.to_uid == 0); i++)
		if (give_tree(ownership->fds[i], &word.give) < 0 && word.failed == ownership->n) {
			word.failed = i;
			word.errnum = errno;
		}
	_exit(write_all(pipe, &word, sizeof word) < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

static int ask(const struct ownership *ownership, const struct give *give, bool trees, int64_t limit_ns,
	int64_t grace_ns, const struct cgroup *helpers, struct word *word, struct error *err)
{
	_cleanup_(close_fd) int ours = -1, theirs = -1;
	int pair[2];
	pid_t pid;

	if (pipe2(pair, O_CLOEXEC) < 0)
		return error_set(err, errno, "user: pipe");
	ours = pair[0];
	theirs = pair[1];
	pid = fork_in_userns(ownership->userns, helpers, err);
	if (pid == 0)
		give_all(ownership, *give, trees, theirs);
	if (pid < 0)
		return -1;
	close_fd(&theirs);
	return wait_for_word(pid, ours, word, sizeof *word, limit_ns + LATE_NS, grace_ns, err);
}

static int incomplete(const struct ownership *ownership, const struct word *word, struct error *err)
{
	if (word->failed < ownership->n)
		return error_set(err, word->errnum, "%s: change the owner", ownership->names[word->failed]);
	if (word->give.late)
		return error_set(err, 0, "too many files: not done in time");
	if (word->give.deep)
		return error_set(err, 0, "directories are nested deeper than %d levels", GIVE_DEPTH_MAX);
	return 0;
}

/* Of a file in a group that the job has not, nobody inside may change the owner. */
static char *describe_kept(const struct give *give)
{
	return format(
		"user: %llu files keep their owner, and the user has them only as their modes allow others: first %s: %s%s",
		(unsigned long long)give->refused, give->first, strerrordesc_np(give->errnum),
		give->errnum == EPERM ? " (what is lent must be in the caller's primary group: chgrp)" : "");
}

int ownership_lend(const struct plan_root *root, struct ownership *ownership, pid_t init, const struct cgroup *helpers,
	char **kept, struct error *err)
{
	const struct give give = {.from_uid = 0,
		.to_uid = root->owner,
		.from_gid = 0,
		.to_gid = root->group,
		.spared = ownership->spared,
		.n_spared = ownership->n_spared,
		.deadline_ns = clock_monotonic_ns() + LEND_LIMIT_NS};
	_cleanup_(freep) char *path = NULL;
	struct word word;

	if (root->owner == 0)
		return 0;
	path = format("/proc/%d/ns/user", init);
	ownership->userns = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (ownership->userns < 0)
		return error_set(err, errno, "user: the sandbox's user namespace");
	if (ownership->n == 0)
		return 0;
	if (ask(ownership, &give, true, LEND_LIMIT_NS, 0, helpers, &word, err) == 0 &&
		incomplete(ownership, &word, err) == 0) {
		*kept = word.give.refused > 0 ? describe_kept(&word.give) : NULL;
		return 0;
	}
	error_context(err, "user: what the job may write cannot be given to uid %u inside", root->owner);
	return err->hint[0] != '\0'
		       ? -1
		       : error_hint(err,
				 "it must belong to the caller and the caller's primary group: use another directory, or leave out the user");
}

static void describe_not_returned(const struct give *give, struct error *err)
{
	error_set_text(err, give->errnum, "%llu, first %s", (unsigned long long)give->refused, give->first);
	if (give->errnum == EPERM)
		error_hint_text(err,
			"they belong to subordinate ids, and to a group that the job has not: the same launch again, with `chgrp -R` of them to the user's group as its command, gives them back");
	else
		error_hint_text(err,
			"they belong to subordinate ids: when the cause is gone, the same launch again, with `true` as its command, gives them back");
}

int ownership_return(const struct plan_root *root, const struct ownership *ownership, int64_t grace_ns,
	const struct cgroup *helpers, struct error *err)
{
	struct give give = {.from_uid = root->owner,
		.to_uid = 0,
		.from_gid = root->group,
		.to_gid = 0,
		.linked = true,
		.spared = ownership->spared,
		.n_spared = ownership->n_spared};
	const bool trees = root->gives_back && ownership->n > 0;
	struct word word;

	if (ownership->userns < 0 || (!trees && !stdio_is_given(getuid())))
		return 0;
	/* Not before: the first look at a clock costs page faults. */
	give.deadline_ns = clock_monotonic_ns() + RETURN_LIMIT_NS;
	if (ask(ownership, &give, trees, RETURN_LIMIT_NS, grace_ns, helpers, &word, err) < 0 ||
		incomplete(ownership, &word, err) < 0)
		error_hint_text(err,
			"they belong to subordinate ids: the same launch again, with `true` as its command, gives them back");
	else if (word.give.refused > 0)
		describe_not_returned(&word.give, err);
	else
		return 0;
	return error_context(err, "user: files of the job's were not given back to the caller");
}
