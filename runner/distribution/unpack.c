#include "runner/distribution/unpack.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "runner/common/process.h"
#include "runner/distribution/entry.h"
#include "sandbox/files/lookup.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define BLOCK ((size_t)1 << 18)
#define MEMORY_MAX ((rlim_t)1 << 30)
#define CPU_S_MAX 600
#define INSIDE (RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV)
#define STATUS_REFUSED 1

struct unpacking {
	struct archive *archive;
	int dirfd;
	int64_t bytes;
	int64_t entries;
};

bool unpack_is_gzip(int fd)
{
	unsigned char magic[2];

	return pread(fd, magic, sizeof magic, 0) == (ssize_t)sizeof magic && magic[0] == 0x1f && magic[1] == 0x8b;
}

static int broken(struct archive *archive, struct error *err)
{
	const char *why = archive_error_string(archive);

	return error_set(err, 0, "damaged archive: %s", why != NULL ? why : "unknown error");
}

/* Creates the directory `path` and those above it; one that exists is all right, a link is not. A descriptor. */
static int make_directory(int dirfd, const char *path, struct error *err)
{
	_cleanup_(close_fd) int fd = openat(dirfd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char name[256];

	while (fd >= 0 && *path != '\0') {
		const size_t len = strcspn(path, "/");
		int next;

		memcpy(name, path, len);
		name[len] = '\0';
		if (mkdirat(fd, name, 0755) < 0 && errno != EEXIST)
			return error_set(err, errno, "%s", name);
		next = lookup_open(fd, name, O_PATH | O_DIRECTORY, INSIDE);
		if (next < 0)
			return error_set(err, errno, "%s: not a directory of the archive", name);
		close_fd(&fd);
		fd = next;
		path += len + (path[len] == '/');
	}
	return fd >= 0 ? take_fd(&fd) : error_set(err, errno, "open");
}

/* The directory of the last component; `name` is set to that. */
static int open_parent(int dirfd, char *path, const char **name, struct error *err)
{
	char *slash = strrchr(path, '/');
	int fd;

	if (slash == NULL) {
		*name = path;
		return make_directory(dirfd, "", err);
	}
	*slash = '\0';
	fd = make_directory(dirfd, path, err);
	*slash = '/';
	*name = slash + 1;
	return fd;
}

static int write_file(struct unpacking *u, int fd, const char *path, struct error *err)
{
	const void *data;
	size_t len;
	la_int64_t at;
	int r;

	while ((r = archive_read_data_block(u->archive, &data, &len, &at)) == ARCHIVE_OK) {
		if (at < 0 || len > (size_t)ENTRY_BYTES_MAX || at > ENTRY_BYTES_MAX - u->bytes - (int64_t)len)
			return error_set(err, 0, "more than %lld GiB unpacked", (long long)(ENTRY_BYTES_MAX >> 30));
		if (lseek(fd, at, SEEK_SET) < 0 || write_all(fd, data, len) < 0)
			return error_set(err, errno, "%s", path);
		u->bytes += (int64_t)len;
	}
	return r == ARCHIVE_EOF ? 0 : broken(u->archive, err);
}

/* A hole at the end of a sparse file is no data. */
static int make_file(struct unpacking *u, int parent, const char *name, const char *path, const struct entry *entry,
	struct error *err)
{
	_cleanup_(close_fd) int fd = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return error_set(err, errno, "%s", path);
	if (write_file(u, fd, path, err) < 0)
		return -1;
	if (ftruncate(fd, entry->size) < 0 || fchmod(fd, entry_mode(entry->mode)) < 0)
		return error_set(err, errno, "%s", path);
	return 0;
}

/* To a file of the archive that has been unpacked already. */
static int make_hardlink(int dirfd, int parent, const char *name, char *target, const char *path, struct error *err)
{
	const char *target_name;
	_cleanup_(close_fd) int from = open_parent(dirfd, target, &target_name, err);
	struct stat st;

	if (from < 0)
		return -1;
	if (fstatat(from, target_name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
		return error_set(err, 0, "%s: hard link to %s, which is not a file of the archive", path, target);
	return linkat(from, target_name, parent, name, 0) < 0 ? error_set(err, errno, "%s", path) : 0;
}

static enum entry_kind kind_of(struct archive_entry *entry)
{
	if (archive_entry_hardlink(entry) != NULL)
		return ENTRY_HARDLINK;
	switch (archive_entry_filetype(entry)) {
	case AE_IFREG:
		return ENTRY_FILE;
	case AE_IFDIR:
		return ENTRY_DIRECTORY;
	case AE_IFLNK:
		return ENTRY_SYMLINK;
	default:
		return ENTRY_OTHER;
	}
}

static int unpack_entry(struct unpacking *u, struct archive_entry *from, struct error *err)
{
	const char *raw = archive_entry_pathname(from), *name;
	struct entry entry = {.path = raw != NULL ? raw : "",
		.kind = kind_of(from),
		.mode = archive_entry_mode(from),
		.size = archive_entry_size(from)};
	char path[ENTRY_PATH_SIZE], target[ENTRY_PATH_SIZE];
	_cleanup_(close_fd) int parent = -1;

	entry.target = entry.kind == ENTRY_HARDLINK ? archive_entry_hardlink(from) : archive_entry_symlink(from);
	if (entry_check(&entry, path, target, err) < 0)
		return -1;
	if (++u->entries > ENTRY_COUNT_MAX)
		return error_set(err, 0, "more than %d entries", ENTRY_COUNT_MAX);
	if (entry.kind == ENTRY_DIRECTORY) {
		parent = make_directory(u->dirfd, path, err);
		return parent < 0 ? -1 : 0;
	}
	parent = open_parent(u->dirfd, path, &name, err);
	if (parent < 0)
		return -1;
	switch (entry.kind) {
	case ENTRY_FILE:
		return make_file(u, parent, name, path, &entry, err);
	case ENTRY_SYMLINK:
		return symlinkat(entry.target, parent, name) < 0 ? error_set(err, errno, "%s", path) : 0;
	case ENTRY_HARDLINK:
		return make_hardlink(u->dirfd, parent, name, target, path, err);
	case ENTRY_DIRECTORY:
	case ENTRY_OTHER:
		break;
	}
	return error_set(err, 0, "%s", path); /* entry_check() lets none through */
}

static int unpack_all(int fd, int dirfd, struct error *err)
{
	struct unpacking u = {.archive = archive_read_new(), .dirfd = dirfd};
	struct archive_entry *entry;
	int r, result = 0;

	if (u.archive == NULL)
		return error_set(err, ENOMEM, "libarchive");
	if (archive_read_support_filter_gzip(u.archive) != ARCHIVE_OK ||
		archive_read_support_format_tar(u.archive) != ARCHIVE_OK ||
		archive_read_open_fd(u.archive, fd, BLOCK) != ARCHIVE_OK) {
		result = broken(u.archive, err);
	} else {
		while (result == 0 && (r = archive_read_next_header(u.archive, &entry)) != ARCHIVE_EOF)
			result = r == ARCHIVE_OK || r == ARCHIVE_WARN ? unpack_entry(&u, entry, err)
								      : broken(u.archive, err);
	}
	archive_read_free(u.archive);
	return result;
}

static void limit(int resource, rlim_t most)
{
	struct rlimit value;

	if (getrlimit(resource, &value) < 0)
		return;
	if (value.rlim_max > most)
		value.rlim_max = most;
	value.rlim_cur = value.rlim_max;
	setrlimit(resource, &value);
}

/* In the other process: its error, if there is one, goes through the pipe. */
static int unpack_limited(int fd, int dirfd, int to)
{
	struct error err = {.text = ""};

#ifndef __SANITIZE_ADDRESS__ /* whose shadow needs terabytes of addresses */
	limit(RLIMIT_AS, MEMORY_MAX);
#endif
	limit(RLIMIT_CPU, CPU_S_MAX);
	limit(RLIMIT_FSIZE, (rlim_t)ENTRY_BYTES_MAX);
	signal(SIGXFSZ, SIG_IGN);
	/* No program is executed here, so nothing can start one that gains privileges. */
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	umask(022);
	if (lseek(fd, 0, SEEK_SET) == 0 && unpack_all(fd, dirfd, &err) == 0)
		return 0;
	if (err.text[0] == '\0')
		error_set(&err, errno, "archive");
	write_all(to, &err, sizeof err);
	return STATUS_REFUSED;
}

/* The error that the other process has written before it ended. */
static int read_error(int from, int status, struct error *err)
{
	_cleanup_(freep) char *said = NULL;
	size_t len;

	if (WIFSIGNALED(status))
		return error_set(err, 0, "unpacking: killed by signal %d", WTERMSIG(status));
	/* It has ended, and what it wrote fits into the pipe. */
	if (read_all(from, sizeof *err, &said, &len) < 0 || len != sizeof *err)
		return error_set(err, 0, "unpacking failed");
	memcpy(err, said, sizeof *err);
	err->text[sizeof err->text - 1] = '\0'; /* whatever an archive has made of it */
	err->hint[sizeof err->hint - 1] = '\0';
	return -1;
}

int unpack_archive(int fd, int dirfd, struct credentials *credentials, struct administrator *administrator,
	struct stop *stop, int64_t limit_ns, struct error *err)
{
	const int64_t end = clock_monotonic_ns() + limit_ns;
	_cleanup_(close_fd) int from = -1;
	_cleanup_(close_fd) int to = -1;
	const pid_t parent = getpid();
	int p[2], status = 0;
	pid_t pid;

	if (pipe2(p, O_CLOEXEC | O_NONBLOCK) < 0)
		return error_set(err, errno, "pipe");
	from = p[0];
	to = p[1];
	pid = fork();
	if (pid < 0)
		return error_set(err, errno, "fork");
	if (pid == 0) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
			_exit(STATUS_REFUSED);
		secrets_forget(credentials, administrator);
		_exit(unpack_limited(fd, dirfd, to));
	}
	close_fd(&to);
	while (!process_reap(pid, &status, 0)) {
		if (!stop_poll(stop) && clock_monotonic_ns() < end) {
			stop_sleep_child(stop, end - clock_monotonic_ns());
			continue;
		}
		kill(pid, SIGKILL);
		process_reap(pid, NULL, PROCESS_KILL_LIMIT_NS);
		return stop_poll(stop) ? error_set(err, EINTR, "unpacking")
				       : error_late(err, "unpacking takes too long");
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : read_error(from, status, err);
}
