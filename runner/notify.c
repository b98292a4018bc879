#include "runner/notify.h"

#include "common/clock.h"
#include "runner/common/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#define NS_PER_US 1000
#define READY_NS (60 * NS_PER_S)

/* Said once: a manager that does not listen is no reason to stop. */
static void send_state(const char *state)
{
	static bool has_failed;
	const int r = sd_notify(0, state);

	if (r < 0 && !has_failed)
		log_line("service manager: NOTIFY_SOCKET: %s", strerror(-r));
	has_failed |= r < 0;
}

void notify_begin(struct notify *notify)
{
	uint64_t usec = 0;

	*notify = (struct notify){.ready_by_ns = clock_monotonic_ns() + READY_NS};
	if (sd_watchdog_enabled(0, &usec) > 0)
		notify->watchdog_ns = (int64_t)usec * NS_PER_US / 2;
}

static void send_alive(struct notify *notify)
{
	const int64_t now = clock_monotonic_ns();

	if (notify->watchdog_ns == 0 || now < notify->alive_at_ns)
		return;
	send_state("WATCHDOG=1");
	notify->alive_at_ns = now + notify->watchdog_ns;
}

static void send_status(struct notify *notify, const struct slots *slots)
{
	const unsigned busy = slots_count(slots, SLOT_BUSY), idle = slots_count(slots, SLOT_IDLE);
	const unsigned starting = slots_count(slots, SLOT_STARTING), held = slots_count(slots, SLOT_HELD);
	char status[NOTIFY_STATUS_MAX], state[NOTIFY_STATUS_MAX + 16], kept[32] = "";

	if (held > 0)
		snprintf(kept, sizeof kept, "%u held, ", held);
	snprintf(status, sizeof status, "%s%u %s, %s%u idle, %u starting or ending",
		notify->is_stopping ? "stopping: " : "", busy, busy == 1 ? "job" : "jobs", kept, idle, starting);
	if (strcmp(status, notify->status) == 0)
		return;
	memcpy(notify->status, status, sizeof status);
	snprintf(state, sizeof state, "STATUS=%s", status);
	send_state(state);
}

/* A full disk, or GitHub that does not answer, may last longer than the service manager waits for a start. */
static bool is_up(const struct notify *notify, const struct slots *slots)
{
	return slots_count(slots, SLOT_IDLE) + slots_count(slots, SLOT_BUSY) > 0 ||
	       clock_monotonic_ns() >= notify->ready_by_ns;
}

int64_t notify_serve(struct notify *notify, const struct slots *slots)
{
	int64_t due = INT64_MAX;

	if (!notify->is_stopping && slots->supervisor->stop.step > STOP_NONE) {
		notify->is_stopping = true;
		send_state("STOPPING=1");
	}
	if (!notify->is_ready && !notify->is_stopping && is_up(notify, slots)) {
		notify->is_ready = true;
		send_state("READY=1");
	}
	send_status(notify, slots);
	send_alive(notify);
	if (!notify->is_ready && !notify->is_stopping)
		due = notify->ready_by_ns;
	if (notify->watchdog_ns > 0 && notify->alive_at_ns < due)
		due = notify->alive_at_ns;
	return due < INT64_MAX ? due - clock_monotonic_ns() : -1;
}

void notify_reloading(struct notify *notify)
{
	char state[80];

	notify->alive_at_ns = 0;
	send_alive(notify);
	snprintf(
		state, sizeof state, "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)(clock_monotonic_ns() / NS_PER_US));
	send_state(state);
}

void notify_reloaded(struct notify *notify)
{
	send_state("READY=1");
	notify->alive_at_ns = 0;
	send_alive(notify);
}

void notify_alive(struct notify *notify)
{
	if (notify != NULL)
		send_alive(notify);
}

void notify_forget(void)
{
	static const char *const names[] = {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS",
		"LISTEN_PID", "LISTEN_FDNAMES", "JOURNAL_STREAM"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		unsetenv(names[i]);
}
