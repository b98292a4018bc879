#include "runner/launch/ending.h"

#include <signal.h>
#include <string.h>
#include <time.h>

static const struct {
	int signo;
	uint64_t then_usec; /* until the next step */
} steps[] = {{SIGTERM, 200000}, {SIGTERM, 15000000}, {SIGKILL, 15000000}};
#define STEP_COUNT ((int)(sizeof steps / sizeof steps[0]))

static int on_time(sd_event_source *source, uint64_t usec, void *context)
{
	struct ending *ending = context;
	int step = ending->step < STEP_COUNT ? ending->step++ : STEP_COUNT - 1;

	(void)usec;
	kill(ending->pid, steps[step].signo);
	sd_event_source_set_time_relative(source, steps[step].then_usec);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

int ending_begin(struct ending *ending, sd_event *event, pid_t pid, struct error *err)
{
	int r;

	if (ending->timer != NULL)
		return 0;
	ending->pid = pid;
	ending->step = 0;
	r = sd_event_add_time_relative(event, &ending->timer, CLOCK_MONOTONIC, 0, 1000, on_time, ending);
	return r < 0 ? error_set(err, -r, "timer") : 0;
}

void ending_stop(struct ending *ending)
{
	sd_event_source_disable_unref(ending->timer);
	memset(ending, 0, sizeof *ending);
}
