#include "cli/why.h"

#include "cli/plan.h"
#include "common/cleanup.h"
#include "common/io.h"
#include "common/json.h"
#include "common/visible.h"
#include "policy/messages/catalogue.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* A log's end is what counts, and `tail` gives that. */
#define TEXT_MAX ((size_t)1 << 20)
#define LINE_SHOWN 300

static void print_field(const char *name, const char *text)
{
	if (*text != '\0')
		printf("  %-8s%s\n", name, text);
}

static void print_text(const struct causes *causes)
{
	for (size_t i = 0; i < causes->n; i++) {
		const struct cause *cause = &causes->items[i];
		char line[LINE_SHOWN];

		visible(line, sizeof line, cause->line, cause->len, VISIBLE_TEXT);
		if (i == 0 || cause->line != causes->items[i - 1].line)
			printf("%s%s\n", i == 0 ? "" : "\n", line);
		else
			puts("or");
		print_field("object", cause->message.object);
		print_field("cause", cause->message.cause);
		print_field("see", cause->message.see);
		print_field("remedy", cause->message.remedy);
	}
}

static void print_json(const struct causes *causes)
{
	_cleanup_(json_decrefp) json_t *all = json_object();
	json_t *rows = json_array();

	for (size_t i = 0; i < causes->n; i++) {
		const struct cause *cause = &causes->items[i];
		char line[LINE_SHOWN];

		visible(line, sizeof line, cause->line, cause->len, VISIBLE_TEXT);
		json_array_append_new(
			rows, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "id", cause->message.id, "line", line,
				      "object", cause->message.object, "cause", cause->message.cause, "see",
				      cause->message.see, "remedy", cause->message.remedy));
	}
	json_object_set_new(all, "causes", rows);
	json_dumpf(all, stdout, JSON_SHOWN);
	putchar('\n');
}

/* Takes what standard input has. */
static int read_text(char **text, size_t *len, struct error *err)
{
	if (read_all(STDIN_FILENO, TEXT_MAX, text, len) < 0) {
		error_set(err, errno, "doctor: --why: standard input");
		return errno == EFBIG
			       ? error_hint(err, "search the end of it: tail -n 1000 LOG | cofferdam doctor --why -")
			       : -1;
	}
	return 0;
}

int why(const char *text, bool json)
{
	_cleanup_(catalogue_free) struct catalogue catalogue = {0};
	_cleanup_(freep) char *read = NULL;
	struct causes causes;
	size_t len = strlen(text);
	struct error err;

	if (strcmp(text, "-") == 0) {
		if (read_text(&read, &len, &err) < 0)
			return cli_failed(&err);
		text = read;
	}
	if (catalogue_load(&catalogue, &err) < 0)
		return cli_failed(&err);
	while (len > 0 && text[len - 1] == '\n')
		len--;
	catalogue_search(&catalogue, text, len, &causes);
	if (json)
		print_json(&causes);
	else if (causes.n > 0)
		print_text(&causes);
	else
		puts("no cause is known for this text; `cofferdam doctor` checks the host");
	return cli_printed(causes.n > 0 ? 0 : 1);
}
