/* /proc/self/cgroup, mountinfo and a cgroup's files with anything in them (whoever mounts chooses paths): reading ends,
 * and what is found lies within the text. The first line chooses the path or the key that is looked for. */
#include "sandbox/cgroup/parse.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)          \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

static char *copy(const char *text)
{
	char *same = strdup(text);

	CHECK(same != NULL);
	return same;
}

static void check_within(const char *found, const char *text, size_t size)
{
	CHECK(found >= text && found <= text + size && found + strlen(found) <= text + size);
}

static void check_own(const char *text, size_t size)
{
	char *taken = copy(text), *own = cgroup_parse_own(taken);

	if (own != NULL) {
		check_within(own, taken, size);
		CHECK(strchr(own, '\n') == NULL);
	}
	free(taken);
}

static void check_mount(const char *text, size_t size, const char *path)
{
	char *taken = copy(text), *root = NULL, *point = NULL;
	enum cgroup_mount result = cgroup_parse_mount(taken, path, &root, &point);

	CHECK((result == CGROUP_MOUNT_FOUND) == (root != NULL) && (root != NULL) == (point != NULL));
	CHECK(result == CGROUP_MOUNT_NONE || strstr(text, " - cgroup2 ") != NULL);
	if (root != NULL) {
		check_within(root, taken, size);
		check_within(point, taken, size);
		CHECK(strcmp(root, "/") == 0 || strncmp(root, path, strlen(root)) == 0);
	}
	free(taken);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *key = text, *rest;

	CHECK(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	rest = strchr(text, '\n');
	if (rest != NULL)
		*rest++ = '\0';
	else
		rest = text + strlen(text);
	check_own(rest, strlen(rest));
	check_mount(rest, strlen(rest), key);
	CHECK(cgroup_parse_number(rest, key) == 0 || strlen(rest) > 0);
	CHECK(key[0] == '\0' || cgroup_parse_io(rest, key) == 0 || strstr(rest, key) != NULL);
	CHECK(key[0] == '\0' || !cgroup_parse_has(rest, key) || strstr(rest, key) != NULL);
	free(text);
	return 0;
}
