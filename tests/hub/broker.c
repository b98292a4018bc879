#include "tests/hub/broker.h"

#include "common/cleanup.h"
#include "tests/hub/clock.h"
#include "tests/hub/delivery.h"
#include "tests/hub/jobs.h"
#include "tests/hub/memory.h"
#include "tests/hub/poll.h"
#include "tests/hub/runners.h"

#include <stdlib.h>
#include <string.h>

static void refuse(struct call *call, const char *kind, const char *message)
{
	call_answer(call, MHD_HTTP_NOT_FOUND,
		must(json_pack("{s:s, s:s, s:i, s:s}", "source", "actions-broker-listener", "errorKind", kind,
			"statusCode", MHD_HTTP_NOT_FOUND, "errorMessage", message)));
}

/* The runner whose access token the call bears, or NULL with the answer set. */
static struct runner *calling_runner(struct call *call)
{
	struct runner *runner = runner_or_retired(call->store, call->owner);

	if (runner == NULL)
		refuse(call, "RunnerNotFound", "The runner registration has been deleted from the server.");
	return runner;
}

/* The same, and its session must be the one that the call names. */
static struct runner *session_runner(struct call *call)
{
	const char *session = call_query(call, "sessionId");
	struct runner *runner = calling_runner(call);

	if (runner == NULL)
		return NULL;
	if (runner->session_id == NULL || session == NULL || strcmp(runner->session_id, session) != 0) {
		refuse(call, "RunnerSessionInvalid", "There is no such session.");
		return NULL;
	}
	return runner;
}

void broker_open_session(struct call *call)
{
	json_t *request = call_json(call), *answer;
	struct runner *runner;
	const char *owner;

	if (request == NULL || (runner = calling_runner(call)) == NULL)
		return;
	if (runner->retired_ns != 0) {
		refuse(call, "RunnerNotFound", "The ephemeral runner has run its job.");
		return;
	}
	if (runner_online(call->store, runner)) {
		call_answer(call, MHD_HTTP_CONFLICT,
			must(json_pack("{s:s, s:i, s:s}", "source", "actions-broker-listener", "statusCode",
				MHD_HTTP_CONFLICT, "errorMessage", "A session for this runner already exists.")));
		return;
	}
	owner = json_string_value(json_object_get(request, "ownerName"));
	runner_open_session(call->store, runner, owner == NULL ? "" : owner);
	free(runner->os);
	runner->os = copy_text("Linux");
	answer = must(json_copy(request));
	json_object_set_new(answer, "sessionId", must(json_string(runner->session_id)));
	call_answer(call, MHD_HTTP_OK, answer);
}

void broker_close_session(struct call *call)
{
	struct runner *runner = runner_or_retired(call->store, call->owner);
	const char *session = call_query(call, "sessionId");

	/* Ending what has ended already, perhaps with the registration, is no error. */
	if (runner != NULL && runner->session_id != NULL &&
		(session == NULL || strcmp(session, runner->session_id) == 0))
		runner_close_session(call->store, runner);
	call_answer(call, MHD_HTTP_NO_CONTENT, NULL);
}

/* True when there was something to say, and the answer is set. */
static bool deliver(struct call *call, struct runner *runner, bool wants_job)
{
	json_t *next = delivery_next(call->store, runner, wants_job);
	_cleanup_(freep) char *text = NULL;

	if (next == NULL)
		return false;
	/* The body travels as a string within the message. */
	text = must(json_dumps(json_object_get(next, "body"), JSON_COMPACT));
	call_answer(call, MHD_HTTP_OK,
		must(json_pack("{s:I, s:O, s:s}", "messageId", (json_int_t)store_next_id(call->store), "messageType",
			json_object_get(next, "type"), "body", text)));
	json_decref(next);
	return true;
}

void broker_get_message(struct call *call)
{
	poll_message(call, session_runner, deliver);
}

void broker_acknowledge(struct call *call)
{
	json_t *request = call_json(call);
	const char *id = json_string_value(json_object_get(request, "runnerRequestId"));
	struct runner *runner;
	struct job *job;

	if (request == NULL || (runner = session_runner(call)) == NULL)
		return;
	job = id == NULL ? NULL : job_by_request(call->store, id);
	if (job == NULL || job->runner_id != runner->id) {
		refuse(call, "AcknowledgeJobNotFound", "There is no such job to acknowledge.");
		return;
	}
	job->acknowledged = true;
	runner->session_seen_ns = now_ns();
	call_answer(call, MHD_HTTP_OK, must(json_object()));
}
