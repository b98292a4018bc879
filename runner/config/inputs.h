/* The variables that administrators set for the official runner, and for the usual images of it: the one table of them.
 *
 * In inputs.c and inputs_translate.c. None is ignored: each is honoured, translated with a line in the log, or refused
 * by name. docs/runner.md, "Variables of the official runner and of its images", and cofferdam-runner(1) list the rows.
 * Sources: actions/runner src/Runner.Common/Constants.cs, docs of myoung34/docker-github-actions-runner and of
 * actions-runner-controller. */
#pragma once

#include "runner/config/problems.h"

#include <stdbool.h>
#include <stddef.h>

enum input_kind {
	INPUT_HONOURED,
	INPUT_TRANSLATED, /* one line in the log says into what, or that it has no effect */
	INPUT_REFUSED,    /* exit code 2 */
};

enum {
	INPUT_TO_LISTENER = 1 << 0, /* passed on to Listeners */
	INPUT_TO_JOBS = 1 << 1,     /* passed on to jobs */
	INPUT_SHOWN = 1 << 2,       /* its value is a path, which jobs see read-only: runner/config/shown.h */
	INPUT_HOOK = 1 << 3,        /* … a script of the runner's hooks */
	INPUT_DOTENV = 1 << 4,      /* of Listener or Worker, so that it counts in the runner's .env, too */
	INPUT_IF_TRUE = 1 << 5,     /* "false", "0" and "no" ask for what is done in any case */
	INPUT_LATER = 1 << 6,       /* refused because it is not supported yet */
	INPUT_URL = 1 << 7,         /* a part of GITHUB_URL: inputs_github_url() */
	INPUT_PREFIX = 1 << 8,      /* every name that begins with it and has no row */
};

struct input {
	const char *name;
	enum input_kind kind;
	unsigned flags;
	const char *as;   /* the variable that it is read as, or NULL */
	const char *text; /* what becomes of it; if it is refused, what to do instead */
};

/* Ends with a NULL name. */
extern const struct input inputs[];

/* The row of a name, or NULL. */
const struct input *input_find(const char *name);

/* Whether the row is refused with this value. */
bool input_is_refused(const struct input *input, const char *value);

/* Adds the refusal as a line: "NAME: not supported (TEXT)", after `where` ("" or "/opt/runner/.env: "). */
void input_refuse(const struct input *input, const char *where, struct problems *problems);

typedef const char *input_lookup(void *context, const char *name);

/* GITHUB_URL from ORG_NAME, ENTERPRISE_NAME, RUNNER_SCOPE and GITHUB_HOST, or NULL: they do not name one. The caller
 * frees it. */
char *inputs_github_url(input_lookup *lookup, void *context);

/* Renames the variables of the environment that are read as others, each with a line in `said`. Those whose other name
 * is set, too, stay for config_check_names() to refuse. Before credentials leave the environment: tokens are among
 * them. */
void inputs_translate(struct problems *said);
