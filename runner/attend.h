/* The event loop of a slot while its Listener runs: the Listener's output and end, the shim's socket, the job's end,
 * the stop signals. */
#pragma once

#include "common/error.h"
#include "runner/job.h"
#include "runner/lines.h"
#include "runner/record.h"
#include "runner/slot_paths.h"
#include "runner/supervisor.h"

#include <systemd/sd-event.h>

struct attend {
	struct supervisor *supervisor;
	const struct slot_paths *paths;
	struct record *record;
	sd_event *event;

	pid_t listener; /* its launcher; 0: gone */
	int status;     /* of it, then */
	struct ending ending;
	struct lines out, err;
	int listening; /* the shim's socket */

	struct job job;
	sd_event_source *shim_source;
	sd_event_source *shim_timer;  /* a job was announced, and its shim must come */
	sd_event_source *stop_timer;  /* what follows when a stop takes too long */
	sd_event_source *leave_timer; /* the next try to leave */

	unsigned announced;    /* "Running job" lines */
	unsigned handed_over;  /* shims that came */
	bool bypassed;         /* a job ran without its shim */
	bool leaving;          /* the Listener was told to end */
	enum stop_step obeyed; /* the last step that was acted upon */
};

/* Starts the Listener and stays until it and its job are gone. -1: it could not be started. `attend` says how it went:
 * status, handed_over, bypassed, leaving. */
int attend(struct attend *attend, struct supervisor *supervisor, const struct slot_paths *paths, struct record *record,
	struct error *err);

/* Acts upon the stop step, if that has changed. attend_stop.c */
void attend_obey(struct attend *attend);

/* The job is over, and we are leaving. attend_stop.c */
void attend_leave(struct attend *attend);

/* Ends the Listener now. attend_stop.c */
void attend_end_listener(struct attend *attend);

/* Leaves the loop when there is nothing more to wait for. */
void attend_check_done(struct attend *attend);
