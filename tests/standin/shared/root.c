#include "tests/standin/shared/root.h"

#include "common/cleanup.h"
#include "common/io.h"

#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>

#define FILE_MAX ((size_t)16 << 20)

static char *cut_path(int levels, struct error *err)
{
	char path[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", path, sizeof path - 1);
	char *slash = NULL, *copy;

	if (len < 0) {
		error_set(err, errno, "readlink /proc/self/exe");
		return NULL;
	}
	path[len] = '\0';
	for (int i = 0; i < levels; i++) {
		slash = strrchr(path, '/');
		if (slash == NULL || slash == path) {
			error_set(err, 0, "%s: has no directory above it", path);
			return NULL;
		}
		*slash = '\0';
	}
	copy = strdup(path);
	if (copy == NULL)
		error_set(err, ENOMEM, "root directory");
	return copy;
}

char *root_directory(struct error *err)
{
	return cut_path(2, err);
}

char *root_binaries(struct error *err)
{
	return cut_path(1, err);
}

int root_write(const char *directory, const char *name, mode_t mode, const char *text, size_t len, struct error *err)
{
	_cleanup_(freep) char *path = format("%s/%s", directory, name);
	_cleanup_(freep) char *draft = format("%s/%s.new", directory, name);
	_cleanup_(close_fd) int fd = -1;

	if (path == NULL || draft == NULL)
		return error_set(err, ENOMEM, "%s", name);
	unlink(draft);
	fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0)
		return error_set(err, errno, "create %s", draft);
	if (write_all(fd, text, len) < 0 || rename(draft, path) < 0) {
		int saved = errno;

		unlink(draft);
		return error_set(err, saved, "write %s", path);
	}
	return 0;
}

int root_read(const char *directory, const char *name, char **text, size_t *len, struct error *err)
{
	_cleanup_(freep) char *path = format("%s/%s", directory, name);

	if (path == NULL)
		return error_set(err, ENOMEM, "%s", name);
	return read_file_at(AT_FDCWD, path, FILE_MAX, text, len, err);
}

bool root_has(const char *directory, const char *name)
{
	_cleanup_(freep) char *path = format("%s/%s", directory, name);

	return path != NULL && access(path, F_OK) == 0;
}

int root_make_directory(const char *path, struct error *err)
{
	char part[PATH_MAX];
	size_t len = strlen(path);

	if (len == 0 || len >= sizeof part)
		return error_set(err, ENAMETOOLONG, "%s", path);
	for (size_t i = 1; i <= len; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdir(part, 0755) < 0 && errno != EEXIST && access(part, F_OK) != 0)
			return error_set(err, errno, "mkdir %s", part);
	}
	return 0;
}

FILE *root_open_log(const char *root, const char *program, struct error *err)
{
	_cleanup_(freep) char *directory = format("%s/_diag", root);
	_cleanup_(freep) char *path = NULL;
	char when[32];
	time_t now = time(NULL);
	struct tm tm;
	FILE *file;

	gmtime_r(&now, &tm);
	strftime(when, sizeof when, "%Y%m%d-%H%M%S", &tm);
	path = format("%s/_diag/%s_%s-utc.log", root, program, when);
	if (path == NULL || directory == NULL) {
		error_set(err, ENOMEM, "log");
		return NULL;
	}
	if (root_make_directory(directory, err) < 0)
		return NULL;
	file = fopen(path, "ae");
	if (file == NULL)
		error_set(err, errno, "open %s", path);
	return file;
}

void root_uuid(char out[37])
{
	static const size_t dash_after[] = {3, 5, 7, 9};
	uint8_t bytes[16];
	char *p = out;

	while (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
		continue;
	bytes[6] = (uint8_t)((bytes[6] & 0x0F) | 0x40);
	bytes[8] = (uint8_t)((bytes[8] & 0x3F) | 0x80);
	for (size_t i = 0, d = 0; i < sizeof bytes; i++) {
		p += snprintf(p, 3, "%02x", bytes[i]);
		if (d < 4 && i == dash_after[d]) {
			*p++ = '-';
			d++;
		}
	}
	*p = '\0';
}
