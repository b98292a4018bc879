#include "cli/runner/control.h"

#include "cli/runner/configure.h"
#include "cli/runner/options.h"
#include "common/cleanup.h"
#include "common/parse.h"
#include "common/phrases.h"
#include "common/visible.h"
#include "runner/common/log.h"
#include "runner/control/client.h"
#include "runner/supervisor.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CLEAR_LINE "\r\033[K"

struct shown {
	bool is_terminal; /* standard error: what is waited for is one line that changes */
	bool has_progress;
};

static void clear(struct shown *shown)
{
	if (shown->has_progress)
		fputs(CLEAR_LINE, stderr);
	shown->has_progress = false;
}

static void on_line(void *context, enum control_tag tag, const char *text)
{
	struct shown *shown = context;
	char shown_text[CONTROL_REPLY_MAX * 4];

	visible(shown_text, sizeof shown_text, text, strlen(text), VISIBLE_ALREADY);
	clear(shown);
	if (tag == CONTROL_SAY) {
		puts(shown_text);
		fflush(stdout);
	} else if (shown->is_terminal) {
		fprintf(stderr, "%s", shown_text);
		shown->has_progress = true;
	} else {
		fprintf(stderr, "%s\n", shown_text);
	}
	fflush(stderr);
}

static int ask(const struct control_request *request)
{
	/* Of the credentials, which a unit may show to its main process alone, nothing is needed. */
	_cleanup_(freep) char *dir = runner_state_directory();
	struct shown shown = {.is_terminal = isatty(STDERR_FILENO) == 1};
	struct error err;
	int code;

	if (dir == NULL)
		return RUNNER_USAGE;
	code = control_ask(dir, request, on_line, &shown, &err);
	clear(&shown);
	if (code >= 0)
		return code;
	log_error(&err);
	return code == CONTROL_ABSENT ? RUNNER_NONE : RUNNER_FAILED;
}

static int read_drain(int id, const char *value, void *context, struct error *err)
{
	struct control_request *request = context;

	if (id == 'd')
		return request->deadline_ns >= 0 ? error_set(err, 0, PHRASE_GIVEN_AGAIN)
						 : parse_duration(value, &request->deadline_ns, err);
	if (request->target[0] != '\0' || !control_is_target(value)) {
		error_set(err, 0, "%.80s: %s", value,
			request->target[0] != '\0' ? PHRASE_UNEXPECTED_ARGUMENT
						   : "neither the number of a slot nor the name of a pool");
		return error_hint(err, "see `cofferdam runner drain --help`");
	}
	snprintf(request->target, sizeof request->target, "%s", value);
	return 0;
}

int runner_drain(int argc, char **argv)
{
	struct control_request request = {.verb = CONTROL_DRAIN, .deadline_ns = -1};
	struct error err;

	if (runner_read_options("runner drain", argc, argv, read_drain, &request, &err) == 0)
		return ask(&request);
	log_error(&err);
	return RUNNER_USAGE;
}

static int without_arguments(const char *path, enum control_verb verb, int argc, char **argv)
{
	const struct control_request request = {.verb = verb, .deadline_ns = -1};
	struct error err;

	if (runner_read_options(path, argc, argv, NULL, NULL, &err) == 0)
		return ask(&request);
	log_error(&err);
	return RUNNER_USAGE;
}

int runner_stop(int argc, char **argv)
{
	return without_arguments("runner stop", CONTROL_STOP, argc, argv);
}

int runner_reload(int argc, char **argv)
{
	return without_arguments("runner reload", CONTROL_RELOAD, argc, argv);
}
