/* The job's own terminal, seen from the launcher: copies between the master of the job's pseudo-terminal and what the
 * launcher has as standard input and output, and keeps the caller's terminal raw as long as that lasts. */
#pragma once

#include "common/error.h"

#include <stdbool.h>

struct terminal;
struct watch;

/* Takes `master` over, in any case. A job without a terminal of its own only prints (plan_pty_fds()); else, where
 * standard input is a terminal it becomes raw, unless the launcher is in the background, and the job's takes on its
 * size. Adds to the table of `watch` what must be served. Nothing that is copied ever blocks: neither a reader that
 * does not read nor a job that does not. The end of standard input is typed as the terminal's end-of-file character. A
 * reader that is gone is a terminal that hangs up: SIGHUP for the job. */
int terminal_begin(struct watch *watch, int master, struct error *err);

/* A signal that the launcher got while a job has a terminal. True: it is dealt with, and is not for the job. SIGWINCH
 * sets the size, SIGTSTP gives the terminal back and stops the launcher, SIGCONT takes the terminal again. */
bool terminal_signal(struct watch *watch, int sig);

/* After the death of the last process: copies what the job wrote last, as long as it takes a reader that reads, or
 * until a signal or the time limit comes; for a second where that is what has ended the job. -1: what is left cannot be
 * written. */
int terminal_drain(struct watch *watch, struct error *err);

/* Gives the caller's terminal back as it was; due on every way out. *terminal may be NULL, and is afterwards. */
void terminal_end(struct terminal **terminal);
