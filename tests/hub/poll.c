#include "tests/hub/poll.h"

#include "tests/hub/clock.h"

#include <string.h>

void poll_message(struct call *call, poll_runner *find, poll_deliver *deliver)
{
	const char *status = call_query(call, "status");
	const bool wants_job = status == NULL || strcasecmp(status, "Busy") != 0;
	const int64_t deadline = now_ns() + call->store->settings.poll_ns;
	struct runner *runner = find(call);
	bool waiting = true;

	if (runner == NULL)
		return;
	runner->polls++;
	store_changed(call->store); /* the runner may just have come online */
	do {
		if (call_client_gone(call)) {
			call->drop = true; /* a job handed to a dead client would be lost */
			break;
		}
		if (deliver(call, runner, wants_job))
			break;
		waiting = store_wait(call->store, deadline);
		/* Meanwhile the runner may have been deleted, or its session replaced. */
		runner = find(call);
		if (runner == NULL)
			return;
		if (!waiting)
			call_answer(call, MHD_HTTP_ACCEPTED, NULL);
	} while (waiting);
	runner->polls--;
	runner->session_seen_ns = now_ns();
}
