#include "sandbox/process/stdio.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/path.h"
#include "sandbox/process/descriptor_kind.h"
#include "sandbox/process/fds.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define MEM_MAJOR 1 /* /dev/null, /dev/zero, …: Documentation/admin-guide/devices.txt */
#define NULL_MINOR 3
#define FDINFO_MAX 65536
#define STANDARD (STDERR_FILENO + 1)

static bool is_memory_device(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && major(st->st_rdev) == MEM_MAJOR;
}

/* What may be one is one: hung up (EIO), or where a filter around us refuses the question. */
static bool is_terminal(int fd, const struct stat *st)
{
	if (!S_ISCHR(st->st_mode) || is_memory_device(st))
		return false;
	if (isatty(fd) == 1)
		return true;
	return errno != ENOTTY && errno != EINVAL && errno != EBADFD && errno != EOPNOTSUPP && errno != ENODEV;
}

static struct stat standard_stat[STANDARD];

/* They are the same from the first look to the last. */
static const struct stat *standard(int fd)
{
	if (standard_stat[fd].st_mode == 0 && fstat(fd, &standard_stat[fd]) < 0)
		return NULL;
	return &standard_stat[fd];
}

bool stdio_in_background(void)
{
	const pid_t foreground = tcgetpgrp(STDIN_FILENO);

	return foreground >= 0 && foreground != getpgrp();
}

unsigned stdio_terminals(void)
{
	unsigned terminals = 0;

	for (int fd = STDIN_FILENO; fd < STANDARD; fd++) {
		const struct stat *st = standard(fd);

		if (st != NULL && is_terminal(fd, st))
			terminals |= 1u << fd;
	}
	return terminals;
}

int stdio_divert_output(struct error *err)
{
	int before = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STANDARD);

	if (before < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
		error_set(err, errno, "standard output");
		close_fd(&before);
		return -1;
	}
	standard_stat[STDOUT_FILENO].st_mode = 0;
	return before;
}

bool stdio_is_null(int fd)
{
	const struct stat *st = fd < STANDARD ? standard(fd) : NULL;

	return st != NULL && S_ISCHR(st->st_mode) && st->st_rdev == makedev(MEM_MAJOR, NULL_MINOR);
}

static char *path_of(int fd)
{
	char link[32], text[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	n = readlink(link, text, sizeof text);
	return n > 0 && n < (ssize_t)sizeof text ? strndup(text, (size_t)n) : NULL;
}

/* Whether this description holds a lock, of flock(2) or F_OFD_SETLK. Not to know is to leave it. */
static bool is_locked(int fd)
{
	_cleanup_(freep) char *text = NULL;
	struct error ignored;
	char path[32];
	size_t len;

	snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
	return read_file_at(AT_FDCWD, path, FDINFO_MAX, &text, &len, &ignored) < 0 || strstr(text, "\nlock:") != NULL;
}

static int refuse(const struct stdio_file *file, struct error *err)
{
	if (S_ISDIR(file->st.st_mode)) {
		error_set(err, 0, "file descriptor %d: a directory, through which the job could leave its root",
			file->number);
		return error_hint(err, "bind it with --ro or --rw instead");
	}
	if (file->terminal && file->number >= STANDARD) {
		error_set(err, 0, "file descriptor %d: a terminal, which the job could read and set", file->number);
		return error_hint(err, "a terminal reaches a job as descriptors 0-2 only, with --tty yes or auto");
	}
	if (file->flags >= 0 && (file->flags & O_PATH) != 0) {
		error_set(err, 0, "file descriptor %d: open as a path only", file->number);
		return error_hint(err, "open it for reading or writing");
	}
	return descriptor_kind_check(file->number, &file->st, file->flags, err);
}

/* Nobody finds a file without a name by name: nothing of the host's is changed with it. */
static void inspect_file(struct stdio_file *file, bool in_container)
{
	if (file->st.st_nlink == 0)
		return;
	if ((file->flags & O_ACCMODE) != O_RDONLY) {
		file->written = true;
		file->locked = is_locked(file->number);
	} else if (!in_container) {
		file->detach = true;
		file->path = path_of(file->number);
		file->at = lseek(file->number, 0, SEEK_CUR);
		file->flags = -1;
	}
}

static int inspect(struct stdio_file *file, bool in_container, struct error *err)
{
	const bool is_standard = file->number < STANDARD;
	const struct stat *st = is_standard ? standard(file->number) : NULL;

	if (st != NULL)
		file->st = *st;
	else if (fstat(file->number, &file->st) < 0) {
		error_set(err, errno, "file descriptor %d", file->number);
		return is_standard ? -1 : error_hint(err, FDS_KEEP_HINT);
	}
	file->terminal = is_terminal(file->number, &file->st);
	if (!is_memory_device(&file->st) && (file->flags = fcntl(file->number, F_GETFL)) < 0)
		return error_set(err, errno, "file descriptor %d: flags", file->number);
	if (refuse(file, err) < 0)
		return -1;
	if (file->terminal && (!in_container || tcgetattr(file->number, &file->modes) < 0)) {
		file->terminal = false;
		file->flags = -1; /* the job does not get it: plan_pty_fds() */
	}
	if (S_ISREG(file->st.st_mode))
		inspect_file(file, in_container);
	if (is_standard) {
		file->fd = file->number;
		file->pipe_size = S_ISFIFO(file->st.st_mode) ? fcntl(file->number, F_GETPIPE_SZ) : -1;
	} else if (!S_ISREG(file->st.st_mode)) /* an end of a pipe that we held would never show its end */
		file->flags = -1;
	else if ((file->fd = fcntl(file->number, F_DUPFD_CLOEXEC, STANDARD)) < 0)
		return error_set(err, errno, "file descriptor %d", file->number);
	return 0;
}

int stdio_begin(struct stdio *stdio, const struct plan_fds *fds, bool in_container, int held_abi, struct error *err)
{
	const size_t n = STANDARD + fds->n_keep;

	stdio->files = calloc(n, sizeof *stdio->files);
	if (stdio->files == NULL)
		return error_set(err, ENOMEM, "file descriptors");
	for (stdio->n = 0; stdio->n < n; stdio->n++) {
		const int number = stdio->n < STANDARD ? (int)stdio->n : fds->keep[stdio->n - STANDARD];
		struct stdio_file *file = &stdio->files[stdio->n];

		*file = (struct stdio_file){.number = number, .fd = -1, .flags = -1, .again = -1, .pipe_size = -1};
		if (inspect(file, in_container, err) < 0 ||
			(held_abi != 0 && descriptor_kind_check_held(number, &file->st, held_abi, err) < 0)) {
			stdio->n++; /* what it has so far is to be released */
			return -1;
		}
	}
	return 0;
}

void stdio_received(struct stdio *stdio, int index, int again)
{
	if (index < 0 || (size_t)index >= stdio->n || stdio->files[index].again >= 0)
		close_fd(&again);
	else
		stdio->files[index].again = again;
}

bool stdio_leads_through(const struct stdio *stdio, const char *point)
{
	for (size_t i = 0; i < stdio->n; i++)
		if (stdio->files[i].path != NULL && path_is_within(stdio->files[i].path, point))
			return true;
	return false;
}

static void residue(struct outcome *outcome, const struct stdio_file *file, const char *what)
{
	if (outcome != NULL)
		outcome_add_residue(outcome, format("file descriptor %d: %s", file->number, what));
}

static void release_file(const struct stdio_file *file)
{
	struct flock all = {.l_type = F_UNLCK, .l_whence = SEEK_SET};

	if (fcntl(file->fd, F_GETLEASE) != F_UNLCK)
		fcntl(file->fd, F_SETLEASE, F_UNLCK);
	if (!file->locked) {
		flock(file->fd, LOCK_UN);
		fcntl(file->fd, F_OFD_SETLK, &all);
	}
}

/* The time alone may be the same: it goes by ticks before Linux 6.13. */
static bool is_touched(const struct stat *before, const struct stat *now)
{
	return now->st_mode != before->st_mode || now->st_size != before->st_size ||
	       now->st_ctim.tv_sec != before->st_ctim.tv_sec || now->st_ctim.tv_nsec != before->st_ctim.tv_nsec;
}

static void give_back(const struct stdio_file *file, struct outcome *outcome)
{
	struct stat now;
	mode_t mode;
	off_t at;

	if (file->flags >= 0 && fcntl(file->fd, F_GETFL) != file->flags && fcntl(file->fd, F_SETFL, file->flags) < 0)
		residue(outcome, file, "flags");
	/* One that holds more than it did before takes no less (EBUSY). */
	if (file->pipe_size >= 0 && fcntl(file->fd, F_GETPIPE_SZ) != file->pipe_size &&
		fcntl(file->fd, F_SETPIPE_SZ, file->pipe_size) < 0)
		residue(outcome, file, "size of the pipe");
	/* One that the job has not moved may be the same description as one that it has. */
	if (file->again >= 0 && (at = lseek(file->again, 0, SEEK_CUR)) >= 0 && at != file->at &&
		lseek(file->fd, at, SEEK_SET) < 0)
		residue(outcome, file, "offset");
	if (file->terminal)
		tcsetattr(file->fd, TCSANOW, &file->modes);
	if (!file->written)
		return;
	release_file(file);
	if (file->locked && !is_locked(file->fd))
		residue(outcome, file, "lock");
	if (fstat(file->fd, &now) < 0)
		return;
	/* As the kernel does at a write: a set-id program is never what a job has touched. Bits that are gone may have
	 * been taken away by whoever owns the file: they do not come back. */
	mode = now.st_mode & file->st.st_mode & (is_touched(&file->st, &now) ? 01777 : 07777);
	if ((now.st_mode & 07777) != mode && fchmod(file->fd, mode) < 0)
		residue(outcome, file, "mode");
}

void stdio_end(struct stdio *stdio, struct outcome *outcome)
{
	for (size_t i = 0; i < stdio->n; i++) {
		struct stdio_file *file = &stdio->files[i];

		if (file->fd >= 0)
			give_back(file, outcome);
		if (file->fd >= STANDARD)
			close_fd(&file->fd);
		close_fd(&file->again);
		free(file->path);
	}
	free(stdio->files);
	*stdio = (struct stdio){0};
}
