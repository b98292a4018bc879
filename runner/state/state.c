#include "runner/state/state.h"

#include "common/cleanup.h"
#include "common/io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

int make_directories(int dirfd, const char *path, struct error *err)
{
	char part[PATH_MAX];
	size_t len = strlen(path);

	if (len >= sizeof part)
		return error_set(err, ENAMETOOLONG, "%s", path);
	for (size_t i = 1; i <= len; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdirat(dirfd, part, 0700) < 0 && errno != EEXIST)
			return error_set(err, errno, "mkdir %s", part);
	}
	return 0;
}

static int check_owner(const struct state *state, struct error *err)
{
	struct stat st;

	if (fstat(state->dirfd, &st) < 0)
		return error_set(err, errno, "%s", state->dir);
	if (st.st_uid != geteuid())
		return error_set(err, 0, "%s: owned by another user", state->dir);
	if ((st.st_mode & 022) == 0)
		return 0;
	error_set(err, 0, "%s: writable by other users", state->dir);
	return error_hint(err, "chmod go-w %s", state->dir);
}

int state_open(struct state *state, const char *dir, struct error *err)
{
	static const char *const parts[] = {"slots", "jobs", "reports", "registrations", "trash"};

	*state = (struct state){.dirfd = -1, .lockfd = -1};
	if (make_directories(AT_FDCWD, dir, err) < 0)
		return error_context(err, "state directory");
	state->dir = realpath(dir, NULL);
	state->dirfd = state->dir != NULL ? open(state->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (state->dirfd < 0)
		return error_set(err, errno, "state directory: %s", dir);
	if (check_owner(state, err) < 0)
		return error_context(err, "state directory");
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		if (make_directories(state->dirfd, parts[i], err) < 0)
			return error_context(err, "state directory: %s", state->dir);
	/* What a record's own directory holds is of no use without its name. */
	if (fsync(state->dirfd) < 0)
		return error_set(err, errno, "state directory: %s", state->dir);
	return 0;
}

int state_lock(struct state *state, struct error *err)
{
	_cleanup_(close_fd) int fd = openat(state->dirfd, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	char holder[32] = "";
	ssize_t n;

	if (fd < 0)
		return error_set(err, errno, "state directory: %s/lock", state->dir);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK)
			return error_set(err, errno, "state directory: %s/lock", state->dir);
		n = read(fd, holder, sizeof holder - 1);
		if (n > 0)
			holder[strcspn(holder, "\n")] = '\0';
		error_set(
			err, 0, "state directory: %s: in use by process %s", state->dir, n > 0 ? holder : "(unknown)");
		return error_hint(err, "give each supervisor its own COFFERDAM_STATE_DIR");
	}
	n = snprintf(holder, sizeof holder, "%d\n", getpid());
	if (ftruncate(fd, 0) < 0 || write_all(fd, holder, (size_t)n) < 0)
		return error_set(err, errno, "state directory: %s/lock", state->dir);
	state->lockfd = take_fd(&fd);
	return 0;
}

void state_close(struct state *state)
{
	close_fd(&state->lockfd);
	close_fd(&state->dirfd);
	free(state->dir);
	state->dir = NULL;
}
