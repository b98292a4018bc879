/* A command's end of the control socket: sends a request, passes on the lines that come back. */
#pragma once

#include "common/error.h"
#include "runner/control/request.h"

/* Called for each line; CONTROL_END is not passed on. */
typedef void control_line(void *context, enum control_tag tag, const char *text);

/* No supervisor has the state directory. */
#define CONTROL_ABSENT (-2)

/* Sends the request to the supervisor of the state directory, and returns when it is done with it: the exit code that
 * it sends, or -1 or CONTROL_ABSENT with err. A drain takes as long as the jobs take. */
int control_ask(const char *state_dir, const struct control_request *request, control_line *line, void *context,
	struct error *err);
