#include "sandbox/cgroup_parse.h"

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

static bool is_octal(const char *p)
{
	return p[0] >= '0' && p[0] <= '3' && p[1] >= '0' && p[1] <= '7' && p[2] >= '0' && p[2] <= '7';
}

/* In place: a backslash and three octal digits are one byte. show_mountinfo() in fs/proc_namespace.c, seq_escape(). */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from != '\0'; to++)
		if (from[0] == '\\' && is_octal(from + 1)) {
			*to = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	*to = '\0';
}

static bool shows(const char *root, const char *path)
{
	const size_t len = strlen(root);

	return strcmp(root, "/") == 0 || (strncmp(path, root, len) == 0 && (path[len] == '/' || path[len] == '\0'));
}

enum cgroup_mount cgroup_parse_mount(char *text, const char *path, char **root, char **point)
{
	enum cgroup_mount result = CGROUP_MOUNT_NONE;
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
		char *field[5], *rest = line, *separator = strstr(line, " - cgroup2 ");
		size_t n = 0;

		if (separator == NULL)
			continue;
		*separator = '\0';
		while (n < 5 && (field[n] = strsep(&rest, " ")) != NULL)
			n++;
		if (n < 5)
			continue;
		result = CGROUP_MOUNT_OUTSIDE;
		unescape(field[3]);
		if (!shows(field[3], path))
			continue;
		unescape(field[4]);
		*root = field[3];
		*point = field[4];
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
