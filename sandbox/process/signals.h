/* Forwards signals into the sandbox. signal(7), pid_namespaces(7).
 * Runs in: launcher, PID 1, command, helper */
#pragma once

#include "common/error.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/signalfd.h>
#include <sys/types.h>

/* The signals that are handed on to the command, and nothing else. */
void signals_forwarded(sigset_t *set);

/* All that a container can be told by its runtime (STOPSIGNAL may be any): every signal but those that a fault of the
 * receiver's own raises, SIGCHLD, and what the terminal driver does to background processes. */
void signals_of_container(sigset_t *set);

/* Whether it comes from a key at the caller's terminal: the kernel sends those, and the launcher itself, which has that
 * terminal in raw mode. */
bool signals_is_from_terminal(const struct signalfd_siginfo *info);

/* The signals that a process ignores, a bit each, from its /proc/PID/status: proc_pid_status(5). False: not there. */
bool signals_read_ignored(int fd, uint64_t *ignored);

/* Whether the process ignores the signal. False also where that cannot be read. */
bool signals_is_ignored(pid_t pid, int sig);

/* Stops this process until SIGCONT comes. With `as_default` as the default of SIGTSTP does, which is blocked
 * afterwards: not in an orphaned process group, where nobody would continue it. */
void signals_stop(bool as_default);

/* Blocks every signal that can be blocked, for the rest of the process: they are read, not handled. SIGCHLD, where it
 * is or may be ignored, is so no more. */
int signals_block_all(struct error *err);

/* Notes which signals this process ignores, for signals_reset() here and in what it makes: the caller's, since nothing
 * of ours ignores or catches any. */
void signals_note_ignored(void);

/* Back to what a program expects to start with: every disposition default, nothing blocked. Resets what was noted,
 * which takes no call as a rule; without a note all, one by one. */
int signals_reset(struct error *err);
