#include "runner/common/json_file.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/json.h"
#include "runner/common/wipe.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define JSON_FILE_MAX ((size_t)4 << 20)

void json_drop(json_t **json)
{
	json_decref(*json);
	*json = NULL;
}

static int write_file(int dirfd, const char *path, const json_t *json, bool keep, struct error *err)
{
	_cleanup_(wipe_freep) char *text = json_dumps(json, JSON_SHOWN);
	_cleanup_(freep) char *half = format("%s.%d.tmp", path, getpid());
	_cleanup_(close_fd) int fd = -1;

	if (text == NULL || half == NULL)
		return error_set(err, ENOMEM, "%s", path);
	fd = openat(dirfd, half, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || write_all(fd, text, strlen(text)) < 0 || write_all(fd, "\n", 1) < 0 || (keep && fsync(fd) < 0) ||
		renameat(dirfd, half, dirfd, path) < 0) {
		error_set(err, errno, "write %s", path);
		unlinkat(dirfd, half, 0);
		return -1;
	}
	return 0;
}

int json_file_write(int dirfd, const char *path, const json_t *json, struct error *err)
{
	return write_file(dirfd, path, json, false, err);
}

/* The name is the directory's. */
static int keep_name(int dirfd, const char *path, struct error *err)
{
	const char *slash = strrchr(path, '/');
	_cleanup_(freep) char *directory = slash != NULL ? strndup(path, (size_t)(slash - path)) : strdup(".");
	_cleanup_(close_fd) int fd = -1;

	if (directory == NULL)
		return error_set(err, ENOMEM, "%s", path);
	fd = openat(dirfd, directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 || fsync(fd) < 0 ? error_set(err, errno, "write %s", path) : 0;
}

int json_file_keep(int dirfd, const char *path, const json_t *json, struct error *err)
{
	return write_file(dirfd, path, json, true, err) < 0 ? -1 : keep_name(dirfd, path, err);
}

json_t *json_file_read(int dirfd, const char *path, struct error *err)
{
	_cleanup_(freep) char *text = NULL;
	json_error_t why;
	json_t *json;
	size_t len;

	if (read_file_at(dirfd, path, JSON_FILE_MAX, &text, &len, err) < 0)
		return NULL;
	json = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
	if (json == NULL)
		error_set(err, 0, "%s:%d:%d: %s", path, why.line, why.column, why.text);
	return json;
}
