#include "runner/command.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "runner/common/log.h"
#include "runner/reload.h"

#include <stdlib.h>
#include <string.h>

enum { DONE = 0, FAILED = 1, NOTHING_SO_NAMED = 2 };

static void say(struct control_client *client, const struct problems *lines)
{
	for (size_t i = 0; i < lines->n; i++) {
		log_line("reload: %s", lines->lines[i]);
		if (client != NULL)
			control_reply(client, CONTROL_SAY, "%s", lines->lines[i]);
	}
}

void command_reload(struct commands *commands, struct control_client *client)
{
	_cleanup_(problems_free) struct problems said = {0}, wrong = {0};
	int reloaded = -1;

	if (commands->slots->supervisor->stop.step > STOP_NONE) {
		problem(&wrong, NULL, "the supervisor is stopping");
	} else {
		notify_reloading(commands->notify);
		reloaded = reload(commands->slots, &said, &wrong);
		notify_reloaded(commands->notify);
	}
	if (reloaded < 0)
		problem(&wrong, NULL, "nothing was changed");
	say(client, &said);
	say(client, &wrong);
	if (client != NULL)
		control_reply(client, CONTROL_END, "%d", reloaded < 0 ? FAILED : DONE);
}

/* Finds those of a number or of a pool. Returns how many. */
static unsigned find_slots(const struct slots *slots, const char *target, bool found[POOL_SLOTS_MAX])
{
	char *end;
	const unsigned long number = strtoul(target, &end, 10);
	const bool is_number = *end == '\0';
	unsigned n = 0;

	for (unsigned i = 0; i < CONFIG_SLOTS_MAX; i++) {
		const struct slot_process *process = &slots->process[i];

		found[i] = process->is_used &&
			   (is_number ? number == i + 1
				      : !process->leaves && strcmp(slots_pool(slots, i)->name, target) == 0);
		n += found[i];
	}
	return n;
}

static const char *state_text(enum slot_state state)
{
	switch (state) {
	case SLOT_BUSY:
		return "its job runs on";
	case SLOT_HELD:
		return "the failed job that it holds is released";
	case SLOT_IDLE:
		return "it has no job";
	case SLOT_STARTING:
		return "it starts or ends";
	default:
		return "it does not run";
	}
}

static void drain_some(struct slots *slots, struct control_client *client, const struct control_request *request)
{
	if (find_slots(slots, request->target, client->slots) == 0) {
		control_reply(
			client, CONTROL_SAY, "%s: no slot has this number, and no pool this name", request->target);
		control_reply(client, CONTROL_END, "%d", NOTHING_SO_NAMED);
		return;
	}
	for (unsigned i = 0; i < CONFIG_SLOTS_MAX; i++) {
		if (!client->slots[i])
			continue;
		log_line("slot %u: drains: %s", i + 1, state_text(slots->process[i].state));
		control_reply(client, CONTROL_SAY, "slot %u: drains: %s", i + 1, state_text(slots->process[i].state));
		slots_drain(slots, i, request->deadline_ns, false);
	}
}

static void stop_all(struct slots *slots, struct control_client *client, enum stop_step step, const char *what)
{
	struct stop *stop = &slots->supervisor->stop;

	if (stop->step < step)
		stop->step = step;
	log_line("%s, as a command asks", what);
	control_reply(client, CONTROL_SAY, "%s", what);
	client->waits_for_end = true;
}

static void drain(struct slots *slots, struct control_client *client, const struct control_request *request)
{
	if (request->deadline_ns > slots->supervisor->config.drain_ns) {
		control_reply(client, CONTROL_SAY,
			"--deadline: longer than COFFERDAM_DRAIN of the supervisor, after which it cancels a job in any case");
		control_reply(client, CONTROL_END, "%d", NOTHING_SO_NAMED);
		return;
	}
	if (request->target[0] != '\0') {
		drain_some(slots, client, request);
		return;
	}
	if (request->deadline_ns >= 0)
		slots->cancel_at_ns = clock_monotonic_ns() + request->deadline_ns;
	stop_all(slots, client, STOP_DRAIN, "all slots drain, then the supervisor ends");
}

void command_handle(void *context, struct control_client *client, const struct control_request *request)
{
	struct commands *commands = context;

	switch (request->verb) {
	case CONTROL_DRAIN:
		drain(commands->slots, client, request);
		break;
	case CONTROL_STOP:
		stop_all(commands->slots, client, STOP_CANCEL, "jobs are canceled, then the supervisor ends");
		break;
	case CONTROL_RELOAD:
		command_reload(commands, client);
		break;
	}
}

/* Of the slots that it waits for, those that run. */
static void progress(const struct slots *slots, struct control_client *client)
{
	unsigned left = 0, busy = 0;

	for (unsigned i = 0; i < CONFIG_SLOTS_MAX; i++) {
		const bool waits = client->waits_for_end || client->slots[i];

		if (!waits)
			continue;
		client->has_failed |= slots->process[i].ended_badly;
		if (slots_is_down(slots, i)) {
			client->slots[i] = false;
			continue;
		}
		left++;
		busy += slots->process[i].state == SLOT_BUSY;
	}
	if (left == 0 && client->waits_for_end) {
		control_progress(client, "waiting for the supervisor to end");
		return;
	}
	if (left > 0) {
		control_progress(client, "waiting for %u %s, %u with a job", left, left == 1 ? "slot" : "slots", busy);
		return;
	}
	control_reply(client, CONTROL_SAY,
		client->has_failed ? "drained; a slot ended with an error, which the supervisor's log names"
				   : "drained; `cofferdam runner reload` starts it again");
	control_reply(client, CONTROL_END, "%d", client->has_failed ? FAILED : DONE);
}

void command_progress(struct commands *commands)
{
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		struct control_client *client = &commands->control.client[i];

		if (client->fd > 0 && client->line_end_ns == 0)
			progress(commands->slots, client);
	}
}

void command_end(struct commands *commands, int code)
{
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		struct control_client *client = &commands->control.client[i];

		if (client->fd == 0 || client->line_end_ns != 0)
			continue;
		control_reply(client, CONTROL_SAY,
			code == RUNNER_OK ? "the supervisor has ended"
					  : "the supervisor has ended with an error, which its log names");
		control_reply(client, CONTROL_END, "%d", code == RUNNER_OK ? DONE : FAILED);
	}
	control_close(&commands->control);
}
