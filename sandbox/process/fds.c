#include "sandbox/process/fds.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/stat.h>
#include <unistd.h>

int fds_prepare(struct error *err)
{
	if (close_range(3, ~0u, CLOSE_RANGE_CLOEXEC) < 0)
		return error_set(err, errno, "file descriptors: close_range");
	return 0;
}

static int check_given(int fd, const char *hint, struct error *err)
{
	if (fcntl(fd, F_GETFD) >= 0)
		return 0;
	error_set(err, errno, "file descriptor %d", fd);
	return error_hint(err, "%s", hint);
}

/* The launcher writes while a job waits: that must not wait for a reader. */
static int check_denials(int fd, struct error *err)
{
	const int flags = fcntl(fd, F_GETFL);
	struct stat st;

	if (check_given(fd, FDS_DENIALS_HINT, err) < 0)
		return -1;
	if (fstat(fd, &st) < 0)
		return error_set(err, errno, "file descriptor %d", fd);
	if (!S_ISREG(st.st_mode))
		error_set(err, 0, "file descriptor %d: not a file", fd);
	else if ((flags & O_PATH) != 0 || (flags & O_ACCMODE) == O_RDONLY)
		error_set(err, 0, "file descriptor %d: not open for writing", fd);
	else
		return 0;
	return error_hint(err, FDS_DENIALS_HINT);
}

int fds_check_given(const struct plan_fds *fds, struct error *err)
{
	for (size_t i = 0; i < fds->n_keep; i++)
		if (check_given(fds->keep[i], FDS_KEEP_HINT, err) < 0)
			return -1;
	if (fds->start != 0 && check_given((int)fds->start, FDS_START_HINT, err) < 0)
		return -1;
	return fds->denials == 0 ? 0 : check_denials((int)fds->denials, err);
}

int fds_hand_over(const struct plan_fds *fds, struct error *err)
{
	for (size_t i = 0; i < fds->n_keep; i++)
		if (fcntl(fds->keep[i], F_SETFD, 0) < 0)
			return error_set(err, errno, "file descriptor %d: keep", fds->keep[i]);
	return 0;
}

void fds_close_kept(const struct plan_fds *fds)
{
	for (size_t i = 0; i < fds->n_keep; i++)
		close(fds->keep[i]);
	if (fds->start != 0)
		close((int)fds->start);
}

/* The lower of the two that is a descriptor from `from` up, or -1. */
static int lower(int a, int b, int from)
{
	if (a < from)
		return b < from ? -1 : b;
	return b < from || a < b ? a : b;
}

/* The lowest descriptor from `from` up that stays open, or -1. */
static int next_open(const struct plan_fds *fds, const int *own, size_t n, int from)
{
	int next = lower(-1, fds->start != 0 ? (int)fds->start : -1, from);

	for (size_t i = 0; i < n; i++)
		next = lower(own[i], next, from);
	for (size_t i = 0; i < fds->n_keep; i++)
		next = lower(fds->keep[i], next, from);
	return next;
}

int fds_close_others(const struct plan_fds *fds, const int *own, size_t n, struct error *err)
{
	for (int from = 3, open;; from = open + 1) {
		unsigned last;

		open = next_open(fds, own, n, from);
		last = open >= 0 ? (unsigned)open - 1 : ~0u;
		if (last >= (unsigned)from && close_range((unsigned)from, last, 0) < 0)
			return error_set(err, errno, "file descriptors: close_range");
		if (open < 0)
			return 0;
	}
}
