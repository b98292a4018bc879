/* The event loop of a slot while its Listener runs. Implemented in attend.c and attend_*.c.
 *
 * It handles the Listener's output and exit, the shim's socket, the job's exit, and stop signals. */
#pragma once

#include "common/error.h"
#include "runner/common/lines.h"
#include "runner/config/context.h"
#include "runner/job/job.h"
#include "runner/journal/journal.h"
#include "runner/launch/listener_start.h"
#include "runner/registration/record.h"
#include "runner/slot/listener_line.h"
#include "runner/state/slot_paths.h"
#include "runner/state/slot_state.h"

#include <systemd/sd-event.h>

struct attend;

/* Events that epoll(7) handlers cannot process alone. A process that has ended comes with its status of waitpid(2) and
 * is not reaped yet, so that its pid is not reused. */
struct attend_events {
	void (*on_hello)(struct attend *attend);   /* a pending connection sends a hello, or closes */
	void (*on_shim)(struct attend *attend);    /* the running job's shim sends something, or closes */
	void (*on_hold)(struct attend *attend);    /* what would hold the running job sends something, or closes */
	void (*on_visitor)(struct attend *attend); /* somebody comes to look at a held job */
	void (*on_listener_exit)(struct attend *attend, int status);
	void (*on_job_exit)(struct attend *attend, int status);
};

struct attend {
	struct supervisor *supervisor;
	const struct slot_paths *paths;
	struct record *record;
	sd_event *event;
	const struct attend_events *events;

	pid_t listener; /* the Listener's launcher; 0: gone */
	int status;     /* of the launcher, then */
	struct listener_start start;
	bool is_shim;      /* `start` has seen the shim */
	bool is_protected; /* its memory, or that was said to be impossible */
	struct ending ending;
	int output; /* the pipe of the Listener's output */
	struct lines out, err;
	struct listener_lines names;
	int out_errnum; /* why the last line did not reach standard output, or 0 */
	int listening;  /* the shim's socket */
	int pending;    /* a connection without a hello, or -1 */
	sd_event_source *pending_timer;

	struct job job;
	sd_event_source *age_timer;  /* of a prepared sandbox */
	char *surroundings;          /* before the sandbox was prepared; NULL: unknown */
	bool watches_shim;           /* the job's shim is expected to end */
	int visitors;                /* where those come who want to look at a held job, or -1 */
	int releaser;                /* one who waits until it is gone, or -1 */
	sd_event_source *hold_timer; /* the end of its time */

	bool listens;                    /* the Listener waits for jobs, or runs one */
	enum journal_state noted;        /* what the journal has heard last */
	enum slot_state told;            /* what the supervisor has */
	unsigned handed_over;            /* number of shims so far */
	enum stop_step obeyed;           /* the last step that was carried out */
	bool leaving;                    /* the Listener was told to end */
	bool rolling;                    /* it is to end between two jobs: STOP_ROLL_SIGNAL */
	bool is_short;                   /* … or this host has too little room for a job: runner/slot/gate.h */
	sd_event_source *room_timer;     /* the next look at that */
	sd_event_source *roll_timer;     /* the next DELETE for that */
	int64_t leave_end_ns;            /* until when GitHub may call the runner busy; 0: as long as the step lasts */
	sd_event_source *leave_timer;    /* the next DELETE */
	sd_event_source *drain_timer;    /* the time limit of draining */
	sd_event_source *cancel_timer;   /* of the job's cancellation */
	sd_event_source *listener_timer; /* of the Listener's end */
	sd_event_source *start_timer;    /* of the Listener's start */
};

/* Starts the Listener and returns after it and its job have ended. -1 if it could not be started. The result is in
 * `attend`: status, is_shim, handed_over, leaving, rolling. */
int attend(struct attend *attend, struct supervisor *supervisor, const struct slot_paths *paths, struct record *record,
	struct error *err);

/* Carries out the stop step if it has changed. attend_stop.c */
void attend_obey(struct attend *attend);

/* Carries out the stop step again after a job has begun or ended. attend_stop.c */
void attend_obey_anew(struct attend *attend);

/* Gives the runner up between two jobs, as soon as GitHub lets it go, so that its slot can be started again with
 * another distribution. A job is never disturbed. attend_stop.c */
void attend_roll(struct attend *attend);

/* Looks from now on whether this host has room for jobs, and gives the runner up in the same way when it has not; where
 * the credential can register another. attend_stop.c */
int attend_watch_room(struct attend *attend);

/* Ends the Listener now. attend_stop.c */
void attend_end_listener(struct attend *attend);

/* Prepares a sandbox for the next job, if there can be one. attend_prepare.c */
void attend_prepare(struct attend *attend);

/* Starts the shim's job in the prepared sandbox, or in a new one. attend_prepare.c */
int attend_start_job(struct attend *attend, int shim, const struct subject *subject, struct error *err);

/* Ends the prepared sandbox, if there is one. attend_prepare.c */
void attend_discard(struct attend *attend);

/* Handles a connection to the shim's socket. attend_shim.c */
int attend_on_connection(sd_event_source *source, int fd, uint32_t events, void *context);

/* Closes the connection without a hello. attend_shim.c */
void attend_drop_pending(struct attend *attend);

/* Handles the hello or the end of the pending connection. attend_shim.c */
void attend_on_hello(struct attend *attend);

/* Handles the end of the running job's shim. attend_shim.c */
void attend_on_shim(struct attend *attend);

/* Handles what the process says that would hold the job. attend_hold.c */
void attend_on_hold(struct attend *attend);

/* Handles a connection of somebody who comes to look at a held job. attend_hold.c */
void attend_on_visitor(struct attend *attend);

/* Ends the holding of a job, for this reason; its exit follows. Does nothing if none is held. attend_hold.c */
void attend_release(struct attend *attend, const char *why);

/* The same, and returns after its exit has been handled. attend_hold.c */
void attend_release_now(struct attend *attend, const char *why);

/* Called when a job is gone that may have been held: who waits for that is told. attend_hold.c */
void attend_released(struct attend *attend);

/* Whether a job runs: one that is held has ended. */
static inline bool attend_is_busy(const struct attend *attend)
{
	return attend->job.active && attend->job.held_ns == 0;
}

/* Handles the exit of the job or of the prepared sandbox. attend_prepare.c */
void attend_on_job_exit(struct attend *attend, int status);

/* The handlers of these events. attend.c */
extern const struct attend_events attend_events;

/* Tells the journal and the supervisor what the slot does, if that has changed. attend_note.c */
void attend_note(struct attend *attend);

/* Tells it that the job has become active, `startup_ns` after its shim's hello. attend_note.c */
void attend_note_job(struct attend *attend, int64_t startup_ns);

/* Allocates the loop's kernel objects before a job can exhaust them. -errno. attend_loop.c */
int attend_loop_begin(struct attend *attend, const struct attend_events *events);

/* attend_turn() waits for the next events and handles them. attend_loop() repeats this until the loop is left. -errno.
 * attend_loop.c */
int attend_turn(struct attend *attend);
int attend_loop(struct attend *attend);

/* Called after a job's exit, before its Listener knows: if the runner is to leave, asks GitHub not to assign another
 * job. attend_stop.c */
void attend_leave_first(struct attend *attend);

/* Leaves the loop if nothing is left to wait for. attend_done.c */
void attend_check_done(struct attend *attend);
