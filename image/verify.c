#include "image/verify.h"

#include "common/cleanup.h"
#include "image/inside.h"
#include "image/use.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define SHOWN_MAX 1000
#define FIELDS 6

struct comparison {
	const char *name;
	FILE *manifest;
	char *line; /* of the manifest, not compared yet; NULL: read one first */
	size_t room;
	bool ended;
	int64_t *differences; /* shared with the process that walks */
};

/* The next line of the manifest, without its end. False: there is none. */
static bool next_line(struct comparison *comparison, struct error *err)
{
	ssize_t n;

	if (comparison->ended)
		return false;
	n = getline(&comparison->line, &comparison->room, comparison->manifest);
	comparison->ended = n <= 0;
	if (n <= 0 && !feof(comparison->manifest))
		error_set(err, errno, "manifest");
	if (n > 0 && comparison->line[n - 1] == '\n')
		comparison->line[n - 1] = '\0';
	if (n > 0 && image_manifest_path(comparison->line) == NULL) {
		error_set(err, 0, "manifest: a damaged line");
		comparison->ended = true;
		comparison->line[0] = '\0';
	}
	return !comparison->ended;
}

static void differ(struct comparison *comparison, const char *how, const char *path, const char *what)
{
	if (++*comparison->differences > SHOWN_MAX)
		return;
	printf("%s: %s: %s%s\n", comparison->name, how, path, what);
}

/* Which words of two lines differ. */
static void compare_lines(struct comparison *comparison, const char *was, const char *is, const char *path)
{
	static const char *const fields[FIELDS] = {"type", "mode", "owner", "group", "size", "content"};
	char what[128] = " (";
	size_t used = 2;

	if (strcmp(was, is) == 0)
		return;
	for (size_t i = 0; i < FIELDS; i++) {
		const size_t was_len = strcspn(was, " "), is_len = strcspn(is, " ");

		if (was_len != is_len || strncmp(was, is, was_len) != 0)
			used += (size_t)snprintf(
				what + used, sizeof what - used, "%s%s", used > 2 ? ", " : "", fields[i]);
		was += was_len + 1;
		is += is_len + 1;
	}
	snprintf(what + used, sizeof what - used, ")");
	differ(comparison, "changed", path, what);
}

static int compare_entry(void *context, const char *line, const char *path, struct error *err)
{
	struct comparison *comparison = context;

	err->text[0] = '\0';
	while (comparison->line[0] != '\0' || next_line(comparison, err)) {
		const char *known = image_manifest_path(comparison->line);
		const int order = image_manifest_order(known, path);

		if (order > 0)
			break;
		if (order < 0)
			differ(comparison, "missing", known, "");
		else
			compare_lines(comparison, comparison->line, line, path);
		comparison->line[0] = '\0';
		if (order == 0)
			return 0;
	}
	if (err->text[0] != '\0')
		return -1;
	differ(comparison, "added", path, "");
	return 0;
}

static int finish(void *context, struct error *err)
{
	struct comparison *comparison = context;

	err->text[0] = '\0';
	while (comparison->line[0] != '\0' || next_line(comparison, err)) {
		differ(comparison, "missing", image_manifest_path(comparison->line), "");
		comparison->line[0] = '\0';
	}
	if (err->text[0] != '\0')
		return -1;
	if (*comparison->differences > SHOWN_MAX)
		printf("%s: %lld more\n", comparison->name, (long long)*comparison->differences - SHOWN_MAX);
	return fflush(stdout) == 0 ? 0 : error_set(err, errno, "standard output");
}

static int64_t compare(int treefd, const char *name, enum image_ids ids, int64_t *differences, struct error *err)
{
	static const struct image_size any = {UINT64_MAX, UINT64_MAX};
	_cleanup_(close_fd) int root = openat(treefd, "root", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_(close_fd) int fd = openat(treefd, "manifest", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_(close_file) FILE *manifest = fd >= 0 ? fdopen(fd, "r") : NULL;
	struct comparison comparison = {.name = name, .manifest = manifest, .differences = differences};
	struct image_size size;
	int result;

	if (manifest == NULL || root < 0)
		return error_set(err, errno, "image: %s: manifest", name);
	(void)take_fd(&fd);
	comparison.room = LINE_MAX;
	comparison.line = calloc(1, comparison.room);
	if (comparison.line == NULL)
		return error_set(err, ENOMEM, "image: %s", name);
	result = image_walk_inside(ids, root, &any, compare_entry, finish, &comparison, &size, err);
	free(comparison.line);
	return result < 0 ? error_context(err, "image: %s", name) : *differences;
}

int64_t image_verify(const struct image_store *store, const char *name, struct error *err)
{
	int64_t *differences, result;
	char tree[IMAGE_TREE_SIZE];
	const int fd = image_hold(store, name, tree, err);
	_cleanup_(close_fd) int held = fd;

	if (fd < 0)
		return -1;
	fflush(stdout); /* what is buffered is written once, not by the other process too */
	differences = mmap(NULL, sizeof *differences, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (differences == MAP_FAILED)
		return error_set(err, errno, "image: %s", name);
	result = compare(held, name, image_ids_of_tree(tree), differences, err);
	munmap(differences, sizeof *differences);
	return result;
}
