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
	int out_errnum; /* why the last line did not reach standard output, or 0 */
	int listening;  /* the shim's socket */
	int pending;    /* who has connected and said no hello yet, or -1 */
	sd_event_source *pending_timer;

	struct job job;
	sd_event_source *age_timer; /* of a sandbox that was prepared */
	char *surroundings;         /* as they were before it was prepared; NULL: not known */
	bool watches_shim;          /* the job's shim is expected to end */

	unsigned handed_over;            /* shims that came */
	enum stop_step obeyed;           /* the last step that was acted upon */
	bool leaving;                    /* the Listener was told to end */
	int64_t leave_end_ns;            /* until when GitHub may call the runner busy; 0: as long as the step lasts */
	sd_event_source *leave_timer;    /* the next DELETE */
	sd_event_source *drain_timer;    /* the end of each step that takes too long: of the first, */
	sd_event_source *cancel_timer;   /* of the job's cancellation, */
	sd_event_source *listener_timer; /* and of the Listener's end */
};

/* Starts the Listener and stays until it and its job are gone. -1: it could not be started. `attend` says how it went:
 * status, handed_over, leaving. */
int attend(struct attend *attend, struct supervisor *supervisor, const struct slot_paths *paths, struct record *record,
	struct error *err);

/* Acts upon the stop step, if that has changed. attend_stop.c */
void attend_obey(struct attend *attend);

/* A job has begun or ended: what the step means now. attend_stop.c */
void attend_obey_anew(struct attend *attend);

/* Ends the Listener now. attend_stop.c */
void attend_end_listener(struct attend *attend);

/* Prepares a sandbox for the next job, where there can be one. attend_prepare.c */
void attend_prepare(struct attend *attend);

/* The shim's job: in the sandbox that was prepared, or in a fresh one. attend_prepare.c */
int attend_start_job(struct attend *attend, int shim, struct error *err);

/* Ends the sandbox that was prepared, if there is one. attend_prepare.c */
void attend_discard(struct attend *attend);

/* Somebody connects to the shim's socket. attend_shim.c */
int attend_on_connection(sd_event_source *source, int fd, uint32_t events, void *context);

/* Closes a connection that has said no hello. attend_shim.c */
void attend_drop_pending(struct attend *attend);

/* Who has connected says hello, or goes. attend_shim.c */
void attend_on_hello(struct attend *attend);

/* The shim of the job that runs has gone. attend_shim.c */
void attend_on_shim(struct attend *attend);

/* Listener and job have ended, with a status of waitpid(2). They are not reaped yet, so that their numbers stay theirs.
 * attend.c, attend_prepare.c */
void attend_on_listener_exit(struct attend *attend, int status);
void attend_on_job_exit(struct attend *attend, int status);

/* Makes what the loop itself needs of the kernel, before there is a job that could use it up. -errno. attend_loop.c */
int attend_loop_begin(struct attend *attend);

/* Waits for the next event, and one turn of what is to be done then; turns until the loop is left. -errno.
 * attend_loop.c */
int attend_turn(struct attend *attend);
int attend_loop(struct attend *attend);

/* Leaves the loop when there is nothing more to wait for. */
void attend_check_done(struct attend *attend);
