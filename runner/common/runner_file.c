#include "runner/common/runner_file.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/parse.h"
#include "runner/common/json_file.h"
#include "runner/common/wipe.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define FILE_MAX ((size_t)1 << 20)

static json_t *load(const char *text, size_t len, struct error *err)
{
	json_t *root;

	if (len >= 3 && memcmp(text, BYTE_ORDER_MARK, 3) == 0) {
		text += 3;
		len -= 3;
	}
	root = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(root))
		return root;
	json_decref(root);
	error_set(err, 0, ".runner: not a JSON object");
	return NULL;
}

/* The key as it is spelled in this file. */
static const char *spelled(const json_t *root, const char *key)
{
	const char *name;
	json_t *value;

	json_object_foreach ((json_t *)root, name, value)
		if (strcasecmp(name, key) == 0)
			return name;
	return key;
}

int runner_file_read(int rootfd, char **text, size_t *len, struct error *err)
{
	_cleanup_(close_fd) int fd =
		openat(rootfd, ".runner", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set(err, errno, ".runner");
	if (!S_ISREG(st.st_mode))
		return error_set(err, 0, ".runner: not a file");
	return read_all(fd, FILE_MAX, text, len) < 0 ? error_set(err, errno, ".runner") : 0;
}

int runner_file_parse(struct runner_file *file, const char *text, size_t len, struct error *err)
{
	_cleanup_(json_drop) json_t *root = load(text, len, err);
	const json_t *id, *name;
	uint64_t number;
	struct error ignored;

	memset(file, 0, sizeof *file);
	if (root == NULL)
		return -1;
	id = json_object_get(root, spelled(root, "agentId"));
	name = json_object_get(root, spelled(root, "agentName"));
	if (json_is_integer(id))
		file->agent_id = json_integer_value(id);
	else if (json_is_string(id) && parse_count(json_string_value(id), INT64_MAX, &number, &ignored) == 0)
		file->agent_id = (int64_t)number;
	if (file->agent_id <= 0)
		return error_set(err, 0, ".runner: no agentId");
	if (!json_is_string(name) || json_string_length(name) == 0)
		return error_set(err, 0, ".runner: no agentName");
	file->agent_name = strdup(json_string_value(name));
	return file->agent_name != NULL ? 0 : error_set(err, ENOMEM, ".runner");
}

void runner_file_free(struct runner_file *file)
{
	free(file->agent_name);
	memset(file, 0, sizeof *file);
}

char *runner_file_without_update(const char *text, size_t len, struct error *err)
{
	_cleanup_(json_drop) json_t *root = load(text, len, err);
	char *copy = NULL;
	size_t size;

	if (root == NULL)
		return NULL;
	if (json_object_set_new(root, spelled(root, "disableUpdate"), json_true()) == 0 &&
		(size = json_dumpb(root, NULL, 0, JSON_INDENT(2))) > 0 && (copy = wipe_malloc(size + 1)) != NULL)
		copy[json_dumpb(root, copy, size, JSON_INDENT(2))] = '\0';
	else
		error_set(err, ENOMEM, ".runner");
	return copy;
}

char *runner_file_with_work_folder(const char *text, size_t len, const char *work_folder, struct error *err)
{
	_cleanup_(json_drop) json_t *root = load(text, len, err);
	char *copy = NULL;

	if (root == NULL)
		return NULL;
	if (json_object_set_new(root, spelled(root, "workFolder"), json_string(work_folder)) == 0)
		copy = json_dumps(root, JSON_INDENT(2));
	if (copy == NULL)
		error_set(err, 0, ".runner: the work folder %s is not UTF-8", work_folder);
	return copy;
}
