#include "common/path.h"

#include "common/cleanup.h"
#include "common/io.h"

#include <limits.h>
#include <string.h>

int path_normalise(const char *path, char **out, struct error *err)
{
	_cleanup_(freep) char *clean = NULL;
	size_t used = 0;

	if (path[0] == '\0')
		return error_set(err, 0, "empty");
	if (path[0] != '/')
		return error_set(err, 0, "%s: not an absolute path", path);
	if (strlen(path) >= PATH_MAX)
		return error_set(err, 0, "%.64s…: longer than PATH_MAX", path);
	clean = malloc(strlen(path) + 1);
	if (clean == NULL)
		return error_set(err, ENOMEM, "%s", path);
	for (const char *p = path + strspn(path, "/"); *p != '\0'; p += strspn(p, "/")) {
		size_t len = strcspn(p, "/");

		if (len == 2 && p[0] == '.' && p[1] == '.') {
			error_set(err, 0, "%s: contains \"..\"", path);
			return error_hint(
				err, "which directory that is depends on links: name it, as realpath(1) prints it");
		}
		if (len != 1 || p[0] != '.') {
			clean[used++] = '/';
			memcpy(clean + used, p, len);
			used += len;
		}
		p += len;
	}
	if (used == 0)
		clean[used++] = '/';
	clean[used] = '\0';
	*out = take_ptr(clean);
	return 0;
}

/* The length of the "./" or "../" that `path` starts with (also "." and ".." alone), or 0. */
static size_t leading_dots(const char *path, bool *up)
{
	size_t len = strcspn(path, "/");

	*up = len == 2;
	if (len == 0 || len > 2 || strspn(path, ".") < len)
		return 0;
	return len + strspn(path + len, "/");
}

char *path_absolute(const char *base, const char *path)
{
	size_t base_len = strlen(base), dots;
	bool up;

	if (path[0] == '/')
		return strdup(path);
	while ((dots = leading_dots(path, &up)) > 0) {
		path += dots;
		while (up && base_len > 0 && base[--base_len] != '/')
			;
	}
	while (base_len > 0 && base[base_len - 1] == '/')
		base_len--;
	return format("%.*s/%s", (int)base_len, base, path);
}

bool path_is_within(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	if (strcmp(dir, "/") == 0)
		return path[0] == '/';
	return strncmp(path, dir, len) == 0 && (path[len] == '\0' || path[len] == '/');
}

bool path_is_of_the_system(const char *path)
{
	static const char *const directories[] = {
		"/usr", "/etc", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/sys", "/var/lib/dpkg"};

	for (size_t i = 0; i < sizeof directories / sizeof directories[0]; i++)
		if (path_is_within(path, directories[i]))
			return true;
	return false;
}

bool path_is_file_reference(const char *text)
{
	static const char suffix[] = ".json";
	size_t len = strlen(text);

	return strchr(text, '/') != NULL ||
	       (len >= sizeof suffix - 1 && strcmp(text + len - (sizeof suffix - 1), suffix) == 0);
}

char *path_directory(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return strdup(".");
	if (slash == path)
		return strdup("/");
	return format("%.*s", (int)(slash - path), path);
}

int path_refuse_within(const char *path, const char *const *dirs, struct error *err)
{
	if (strcmp(path, "/") == 0)
		return error_set(err, 0, "/: must not be the root directory");
	for (; *dirs != NULL; dirs++)
		if (path_is_within(path, *dirs))
			return error_set(err, 0, "%s: must not be in %s", path, *dirs);
	return 0;
}
