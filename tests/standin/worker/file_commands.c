#include "tests/standin/worker/file_commands.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/standin/shared/root.h"

#include <fcntl.h>
#include <string.h>

/* The official limit of a summary; the others are held to it too. */
#define FILE_MAX ((size_t)1 << 20)

static const struct {
	const char *variable;
	const char *file;
} table[FILE_COMMANDS] = {
	[FILE_ENV] = {"GITHUB_ENV", "set_env"},
	[FILE_PATH] = {"GITHUB_PATH", "add_path"},
	[FILE_OUTPUT] = {"GITHUB_OUTPUT", "set_output"},
	[FILE_STATE] = {"GITHUB_STATE", "save_state"},
	[FILE_SUMMARY] = {"GITHUB_STEP_SUMMARY", "step_summary"},
};

const char *file_commands_variable(int which)
{
	return table[which].variable;
}

int file_commands_make(struct file_commands *files, const char *directory, struct error *err)
{
	char id[37];

	memset(files, 0, sizeof *files);
	root_uuid(id);
	for (int i = 0; i < FILE_COMMANDS; i++) {
		_cleanup_(close_fd) int fd = -1;

		files->path[i] = format("%s/%s_%s", directory, table[i].file, id);
		fd = files->path[i] == NULL ? -1 : open(files->path[i], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
		if (fd < 0)
			return error_set(err, errno, "create %s", table[i].file);
	}
	return 0;
}

/* The next line of *text as a copy without its end; NULL at the end. */
static char *take_line(const char **text)
{
	size_t len = strcspn(*text, "\n");
	char *line;

	if (**text == '\0')
		return NULL;
	line = strndup(*text, len > 0 && (*text)[len - 1] == '\r' ? len - 1 : len);
	*text += len + ((*text)[len] == '\n');
	return line;
}

static int set_pair(json_t *pairs, const char *name, const char *value, struct error *err)
{
	if (json_object_set_new(pairs, name, json_string(value)) < 0)
		return error_set(err, 0, "value of '%.80s': not UTF-8", name);
	return 0;
}

/* `value` and one more line; takes `value` over. NULL when memory ran out. */
static char *add_line(char *value, const char *line, bool first)
{
	char *longer = format("%s%s%s", value, first ? "" : "\n", line);

	free(value);
	return longer;
}

static int take_heredoc(const char **text, const char *name, const char *delimiter, json_t *pairs, struct error *err)
{
	_cleanup_(freep) char *value = NULL;
	bool first = true;

	if (*name == '\0' || *delimiter == '\0')
		return error_set(err, 0, "name or delimiter is empty: '%.80s<<%.80s'", name, delimiter);
	value = strdup("");
	while (value != NULL) {
		_cleanup_(freep) char *line = take_line(text);

		if (line == NULL)
			return error_set(err, 0, "no line '%.80s' ends the value", delimiter);
		if (strcmp(line, delimiter) == 0)
			return set_pair(pairs, name, value, err);
		value = add_line(value, line, first);
		first = false;
	}
	return error_set(err, ENOMEM, "file command");
}

int file_commands_parse_pairs(const char *text, json_t *pairs, struct error *err)
{
	for (;;) {
		_cleanup_(freep) char *line = take_line(&text);
		char *equals, *heredoc;

		if (line == NULL)
			return 0;
		if (*line == '\0')
			continue;
		equals = strchr(line, '=');
		heredoc = strstr(line, "<<");
		if (equals != NULL && (heredoc == NULL || equals < heredoc)) {
			*equals = '\0';
			if (*line == '\0')
				return error_set(err, 0, "name is empty: '=%.80s'", equals + 1);
			if (set_pair(pairs, line, equals + 1, err) < 0)
				return -1;
		} else if (heredoc != NULL) {
			*heredoc = '\0';
			if (take_heredoc(&text, line, heredoc + 2, pairs, err) < 0)
				return -1;
		} else {
			return error_set(err, 0, "neither NAME=VALUE nor NAME<<DELIMITER: '%.80s'", line);
		}
	}
}

static int read_pairs(const struct file_commands *files, enum file_command which, json_t *into, struct error *err)
{
	_cleanup_(freep) char *text = NULL;
	json_t *pairs = json_object();
	size_t len;
	int rc;

	rc = read_file_at(AT_FDCWD, files->path[which], FILE_MAX, &text, &len, err);
	if (rc == 0)
		rc = file_commands_parse_pairs(text, pairs, err);
	if (rc == 0 && which == FILE_ENV && json_object_get(pairs, "NODE_OPTIONS") != NULL)
		rc = error_set(err, 0, "NODE_OPTIONS may not be set by GITHUB_ENV");
	if (rc == 0)
		json_object_update(into, pairs);
	else
		error_context(err, "file command %s", table[which].variable);
	json_decref(pairs);
	return rc;
}

static int read_paths(const struct file_commands *files, json_t *paths, struct error *err)
{
	_cleanup_(freep) char *text = NULL;
	const char *rest;
	size_t len;

	if (read_file_at(AT_FDCWD, files->path[FILE_PATH], FILE_MAX, &text, &len, err) < 0)
		return error_context(err, "file command GITHUB_PATH");
	rest = text;
	for (;;) {
		_cleanup_(freep) char *line = take_line(&rest);

		if (line == NULL)
			return 0;
		if (*line != '\0')
			json_array_insert_new(paths, 0, json_string(line));
	}
}

int file_commands_read(const struct file_commands *files, json_t *environment, json_t *paths, json_t *outputs,
	char **summary, struct error *err)
{
	size_t len;

	if (read_pairs(files, FILE_ENV, environment, err) < 0 || read_paths(files, paths, err) < 0 ||
		read_pairs(files, FILE_OUTPUT, outputs, err) < 0)
		return -1;
	return read_file_at(AT_FDCWD, files->path[FILE_SUMMARY], FILE_MAX, summary, &len, err);
}

void file_commands_end(struct file_commands *files)
{
	for (int i = 0; i < FILE_COMMANDS; i++) {
		if (files->path[i] != NULL)
			unlink(files->path[i]);
		freep(&files->path[i]);
	}
}
