#include "sandbox/cgroup/parse.h"

#include "common/mountinfo.h"

#include <stdlib.h>
#include <string.h>

char *cgroup_parse_own(char *text)
{
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save))
		if (strncmp(line, "0::", 3) == 0)
			return line + 3;
	return NULL;
}

static bool shows(const char *root, const char *path)
{
	const size_t len = strlen(root);

	return strcmp(root, "/") == 0 || (strncmp(path, root, len) == 0 && (path[len] == '/' || path[len] == '\0'));
}

enum cgroup_mount cgroup_parse_mount(char *text, const char *path, char **root, char **point)
{
	enum cgroup_mount result = CGROUP_MOUNT_NONE;
	struct mountinfo line;

	while (mountinfo_next(&text, &line)) {
		if (strcmp(line.type, "cgroup2") != 0)
			continue;
		result = CGROUP_MOUNT_OUTSIDE;
		mountinfo_unescape(line.root);
		if (!shows(line.root, path))
			continue;
		mountinfo_unescape(line.point);
		*root = line.root;
		*point = line.point;
		return CGROUP_MOUNT_FOUND;
	}
	return result;
}

uint64_t cgroup_parse_number(const char *text, const char *key)
{
	const size_t len = strlen(key);

	if (len == 0)
		return strtoull(text, NULL, 10);
	for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, len) == 0 && line[len] == ' ')
			return strtoull(line + len, NULL, 10);
	}
	return 0;
}

uint64_t cgroup_parse_io(const char *text, const char *key)
{
	const size_t len = strlen(key);
	uint64_t sum = 0;

	for (const char *p = text; (p = strstr(p, key)) != NULL; p += len)
		if (p > text && p[-1] == ' ' && p[len] == '=' &&
			__builtin_add_overflow(sum, strtoull(p + len + 1, NULL, 10), &sum))
			return UINT64_MAX;
	return sum;
}

bool cgroup_parse_has(const char *text, const char *word)
{
	const size_t len = strlen(word);

	for (const char *p = text; (p = strstr(p, word)) != NULL; p += len)
		if ((p == text || p[-1] == ' ') && (p[len] == ' ' || p[len] == '\n' || p[len] == '\0'))
			return true;
	return false;
}
