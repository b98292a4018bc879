#include "runner/distribution/entry.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

static bool has_controls(const char *text)
{
	for (const char *p = text; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return true;
	return false;
}

static bool is_dots(const char *name, size_t len)
{
	return len == 2 && name[0] == '.' && name[1] == '.';
}

/* An empty component or ".": nothing. */
static bool is_nothing(const char *name, size_t len)
{
	return len == 0 || (len == 1 && name[0] == '.');
}

int entry_path(const char *path, char clean[ENTRY_PATH_SIZE], struct error *err)
{
	size_t depth = 0, used = 0;

	clean[0] = '\0';
	if (strlen(path) >= ENTRY_PATH_SIZE)
		return error_set(err, 0, "%.100s…: path too long", path);
	if (has_controls(path))
		return error_set(err, 0, "%s: control character in the path", path);
	if (*path == '/')
		return error_set(err, 0, "%s: absolute path", path);
	for (const char *p = path; *p != '\0';) {
		const size_t len = strcspn(p, "/");

		if (is_dots(p, len))
			return error_set(err, 0, "%s: path with \"..\"", path);
		if (!is_nothing(p, len)) {
			if (len > 255 || ++depth > ENTRY_DEPTH_MAX)
				return error_set(err, 0, "%.100s…: path too deep or with a name too long", path);
			if (used > 0)
				clean[used++] = '/';
			memcpy(clean + used, p, len);
			used += len;
			clean[used] = '\0';
		}
		p += len + (p[len] == '/');
	}
	return 0;
}

/* The directories above the last component. */
static size_t directories_above(const char *clean)
{
	size_t n = 0;

	for (const char *p = clean; *p != '\0'; p++)
		n += *p == '/';
	return n;
}

static int check_symlink(const char *path, const char *target, struct error *err)
{
	size_t up = 0;
	bool down = false;

	if (target == NULL || *target == '\0' || strlen(target) >= ENTRY_PATH_SIZE || has_controls(target))
		return error_set(err, 0, "%s: symbolic link without a valid target", path);
	if (*target == '/')
		return error_set(err, 0, "%s: symbolic link to an absolute path, %s", path, target);
	for (const char *p = target; *p != '\0';) {
		const size_t len = strcspn(p, "/");

		if (is_dots(p, len)) {
			if (down || ++up > directories_above(path))
				return error_set(
					err, 0, "%s: symbolic link that may leave the directory, %s", path, target);
		} else if (!is_nothing(p, len)) {
			down = true;
		}
		p += len + (p[len] == '/');
	}
	return 0;
}

int entry_check(const struct entry *entry, char path[ENTRY_PATH_SIZE], char target[ENTRY_PATH_SIZE], struct error *err)
{
	target[0] = '\0';
	if (entry_path(entry->path, path, err) < 0)
		return -1;
	if (path[0] == '\0' && entry->kind != ENTRY_DIRECTORY)
		return error_set(err, 0, "%s: not a directory", entry->path);
	switch (entry->kind) {
	case ENTRY_FILE:
		if ((entry->mode & (S_ISUID | S_ISGID | S_ISVTX)) != 0)
			return error_set(err, 0, "%s: setuid, setgid or sticky", path);
		return 0;
	case ENTRY_DIRECTORY:
		return 0;
	case ENTRY_SYMLINK:
		return check_symlink(path, entry->target, err);
	case ENTRY_HARDLINK:
		if (entry->target == NULL || entry_path(entry->target, target, err) < 0 || target[0] == '\0')
			return error_set(err, 0, "%s: hard link without a valid target", path);
		return 0;
	case ENTRY_OTHER:
		break;
	}
	return error_set(err, 0, "%s: neither a file, a directory nor a link", path);
}

mode_t entry_mode(mode_t mode)
{
	return (mode & 0111) != 0 ? 0555 : 0444;
}
