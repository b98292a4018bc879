#include "sandbox/fds.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <unistd.h>

int fds_prepare(struct error *err)
{
	if (close_range(3, ~0u, CLOSE_RANGE_CLOEXEC) < 0)
		return error_set(err, errno, "file descriptors: close_range");
	return 0;
}

int fds_hand_over(const struct plan *plan, struct error *err)
{
	for (size_t i = 0; i < plan->n_keep_fds; i++)
		if (fcntl(plan->keep_fds[i], F_SETFD, 0) < 0)
			return error_set(err, errno, "file descriptor %d: keep", plan->keep_fds[i]);
	return 0;
}

void fds_close_kept(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n_keep_fds; i++)
		close(plan->keep_fds[i]);
	if (plan->start_fd != 0)
		close((int)plan->start_fd);
}

/* The lower of the two that is a descriptor from `from` up, or -1. */
static int lower(int a, int b, int from)
{
	if (a < from)
		return b < from ? -1 : b;
	return b < from || a < b ? a : b;
}

/* The lowest descriptor from `from` up that stays open, or -1. */
static int next_open(const struct plan *plan, const int *own, size_t n, int from)
{
	int next = lower(-1, plan->start_fd != 0 ? (int)plan->start_fd : -1, from);

	for (size_t i = 0; i < n; i++)
		next = lower(own[i], next, from);
	for (size_t i = 0; i < plan->n_keep_fds; i++)
		next = lower(plan->keep_fds[i], next, from);
	return next;
}

int fds_close_others(const struct plan *plan, const int *own, size_t n, struct error *err)
{
	for (int from = 3, open;; from = open + 1) {
		unsigned last;

		open = next_open(plan, own, n, from);
		last = open >= 0 ? (unsigned)open - 1 : ~0u;
		if (last >= (unsigned)from && close_range((unsigned)from, last, 0) < 0)
			return error_set(err, errno, "file descriptors: close_range");
		if (open < 0)
			return 0;
	}
}
