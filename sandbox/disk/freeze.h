/* Stops a job from outside without a cgroup, and lets it continue.
 *
 * SIGSTOP goes to each of its processes, SIGCONT to those that it had not stopped itself. signal(7), proc_pid_stat(5).
 * Runs in: launcher, helper */
#pragma once

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct freeze_process {
	pid_t pid, parent;
	unsigned long long start; /* in clock ticks: with the number, which process it is */
	unsigned depth;           /* below PID 1; 0: not inspected yet, or not of the job */
	char state;               /* as in /proc/PID/stat */
	bool stopped;             /* by us */
	bool running;             /* a thread of it, at the last pass */
	bool due;                 /* to be stopped */
};

struct freeze {
	pid_t init; /* PID 1, which is not stopped; the caller sets it */
	struct freeze_process *processes;
	size_t n;
};

/* An error where /proc hides processes (hidepid): what cannot be seen cannot be stopped, nor what descends from it be
 * found. proc(5) */
int freeze_check(struct error *err);

/* Every process that descends from `init`, by number; the caller frees the list, also after failure. False when memory
 * ran out or there is no /proc. */
bool freeze_list(pid_t init, struct freeze_process **list, size_t *n);

/* Stops every descendant of `init`, parents before their children for as long as there is time, and waits until none of
 * their threads runs any more, or until `limit_ns` is over. One that waits for a device, or for the child of its
 * vfork(2), cannot be stopped there, and counts as stopped. The caller needs CAP_KILL in the user namespace of the job.
 * True when all stand still; freeze_end() is due in either case. */
bool freeze_begin(struct freeze *still, long long limit_ns);

/* Lets them go on, children before their parents: a shell that found its child stopped would take it for Ctrl-Z. */
void freeze_end(struct freeze *still);
