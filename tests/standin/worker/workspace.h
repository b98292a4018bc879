/* The directories of a job below the work folder. */
#pragma once

#include "common/error.h"
#include "tests/standin/shared/settings.h"

#include <stdbool.h>

struct workspace {
	char *work;      /* absolute */
	char *temp;      /* <work>/_temp */
	char *commands;  /* <work>/_temp/_runner_file_commands */
	char *tool;      /* <work>/_tool, or RUNNER_TOOL_CACHE or AGENT_TOOLSDIRECTORY */
	char *runner;    /* <work>/REPO: RUNNER_WORKSPACE */
	char *directory; /* <work>/REPO/REPO: GITHUB_WORKSPACE */
};

/* Wipes _temp and _actions, and makes the directories of `repository` ("OWNER/REPO"). */
int workspace_make(struct workspace *workspace, const char *root, const struct settings *settings,
	const char *repository, struct error *err);

/* Wipes _temp again, as far as it can. */
void workspace_end(struct workspace *workspace);
