#include "tests/standin/worker/commands.h"

#include "common/cleanup.h"
#include "common/io.h"

#include <string.h>

struct command {
	const char *name;
	const char *properties;
	char *message; /* unescaped */
};

/* %25 %0D %0A (and in properties %3A %2C) are the escapes of the toolkit. */
static void unescape(char *text)
{
	static const struct {
		const char *code;
		char byte;
	} escapes[] = {{"%0D", '\r'}, {"%0A", '\n'}, {"%25", '%'}, {"%3A", ':'}, {"%2C", ','}};
	char *out = text;

	while (*text != '\0') {
		size_t i = 0;

		while (i < 5 && strncmp(text, escapes[i].code, 3) != 0)
			i++;
		*out++ = i < 5 ? escapes[i].byte : *text;
		text += i < 5 ? 3 : 1;
	}
	*out = '\0';
}

/* The value of a property; the caller frees. NULL when there is none. */
static char *property(const char *properties, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = properties; *p != '\0';) {
		size_t n = strcspn(p, ",");

		if (n > len && strncmp(p, name, len) == 0 && p[len] == '=') {
			char *value = strndup(p + len + 1, n - len - 1);

			if (value != NULL)
				unescape(value);
			return value;
		}
		p += n + (p[n] == ',');
	}
	return NULL;
}

static void mask(struct work *work, const struct command *c)
{
	masks_add(&work->log.masks, c->message);
	job_log_line(&work->log, "::add-mask::***");
}

static void issue(struct work *work, const struct command *c)
{
	_cleanup_(freep) char *title = property(c->properties, "title");

	job_log_print(&work->log, "##[%s]%s", c->name, c->message);
	work_annotate(work, strcmp(c->name, "error") == 0 ? "failure" : c->name, c->message, title);
}

static void mark(struct work *work, const struct command *c)
{
	job_log_print(&work->log, "##[%s]%s", c->name, c->message);
}

static const struct {
	const char *name;
	void (*handle)(struct work *work, const struct command *c);
} table[] = {
	{"add-mask", mask},
	{"error", issue},
	{"warning", issue},
	{"notice", issue},
	{"debug", mark},
	{"group", mark},
	{"endgroup", mark},
};

/* Splits "::name properties::message" in place; false when it is no command. */
static bool split(char *line, struct command *c)
{
	char *end, *space;

	line += strspn(line, " \t");
	if (strncmp(line, "::", 2) != 0)
		return false;
	end = strstr(line + 2, "::");
	if (end == NULL || end == line + 2)
		return false;
	*end = '\0';
	c->name = line + 2;
	c->message = end + 2;
	space = strchr(line + 2, ' ');
	if (space != NULL)
		*space++ = '\0';
	c->properties = space == NULL ? "" : space + strspn(space, " ");
	unescape(c->message);
	return true;
}

void commands_line(struct work *work, struct command_state *state, const char *line)
{
	_cleanup_(freep) char *copy = strdup(line);
	struct command c;

	if (copy == NULL || !split(copy, &c)) {
		job_log_line(&work->log, line);
		return;
	}
	if (state->stopped != NULL) {
		if (strcmp(c.name, state->stopped) == 0)
			freep(&state->stopped);
		job_log_line(&work->log, line);
		return;
	}
	if (strcmp(c.name, "stop-commands") == 0 && *c.message != '\0') {
		state->stopped = strdup(c.message);
		job_log_line(&work->log, line);
		return;
	}
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		if (strcmp(table[i].name, c.name) == 0) {
			table[i].handle(work, &c);
			return;
		}
	}
	job_log_line(&work->log, line);
}

void commands_end(struct command_state *state)
{
	freep(&state->stopped);
}
