#include "policy/outer_mounts.h"

#include <stdio.h>
#include <string.h>

/* "36 35 98:0 / /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue" */
struct line {
	const char *point, *options, *type;
};

static bool split(char *text, struct line *line)
{
	char *separator = strstr(text, " - "), *save = NULL;

	if (separator == NULL)
		return false;
	*separator = '\0';
	line->type = strtok_r(separator + 3, " ", &save);
	for (int field = 0; field < 6; field++) {
		const char *word = strtok_r(field == 0 ? text : NULL, " ", &save);

		if (field == 4)
			line->point = word;
		line->options = word;
	}
	return line->type != NULL && line->point != NULL && line->options != NULL;
}

static bool is_readonly(const char *options)
{
	return strcmp(options, "ro") == 0 || strncmp(options, "ro,", 3) == 0;
}

/* binfmt_misc and nfsd are mounted on empty directories made for them: the kernel does not count those as covering. */
static bool covers(const char *point)
{
	static const char *const empty[] = {"/proc/sys/fs/binfmt_misc", "/proc/fs/nfsd"};

	for (size_t i = 0; i < sizeof empty / sizeof empty[0]; i++)
		if (strcmp(point, empty[i]) == 0)
			return false;
	return strncmp(point, "/proc/", 6) == 0;
}

void outer_mounts_parse(char *text, struct outer_facts *facts)
{
	char *save = NULL;

	facts->chrooted = true;
	for (char *at = strtok_r(text, "\n", &save); at != NULL; at = strtok_r(NULL, "\n", &save)) {
		struct line line = {0};

		if (!split(at, &line))
			continue;
		if (strcmp(line.point, "/") == 0)
			facts->chrooted = false;
		if (covers(line.point) && facts->proc_covered++ == 0)
			snprintf(facts->proc_example, sizeof facts->proc_example, "%s", line.point);
		if (strcmp(line.type, "cgroup2") == 0 && !facts->cgroup_mounted) {
			facts->cgroup_mounted = true;
			facts->cgroup_readonly = is_readonly(line.options);
		}
	}
}
