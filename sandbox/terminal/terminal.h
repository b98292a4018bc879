/* Relays the job's own terminal, in the launcher.
 *
 * Bytes are copied between the master of the job's pseudo-terminal and the launcher's standard input and output; the
 * caller's terminal is raw meanwhile.
 * Runs in: launcher */
#pragma once

#include "common/error.h"

#include <stdbool.h>

/* How often a launcher in the background looks whether it has come to the foreground: of `fg` for a job that runs
 * nobody is told, neither by the shell nor by the kernel. */
#define TERMINAL_LOOK_NS INT64_C(200000000)

struct terminal;
struct watch;

/* Takes `master` over, in any case; *terminal is NULL before. `fds`, as bits, are those of 0-2 that are
 * the job's terminal (plan_pty_fds()): without 0 it only prints; else, where standard input is a terminal it becomes
 * raw, unless the launcher is in the background, and the job's takes on its size. Adds to the table of `watch` what
 * must be served. In the background nothing is read, so a job there waits for input until `fg`. Nothing that is copied
 * ever blocks: neither a reader that does not read nor a job that does not. The end of standard input is typed as the
 * terminal's end-of-file character. The suspend character (Ctrl-Z), typed at a raw terminal, sends SIGTSTP to the
 * launcher's process group if it would stop nobody at the job's: the command's own process group is in the foreground
 * there, which the kernel takes for orphaned, and the command does not ignore the signal. A reader that is gone is a
 * terminal that hangs up: SIGHUP for the job. */
int terminal_begin(struct terminal **terminal, struct watch *watch, unsigned fds, int master, struct error *err);

/* A signal that the launcher got; `terminal` is NULL where the job has none. True: it is dealt with, and is not for the
 * job. SIGWINCH sets the size, SIGCONT takes the terminal again. */
bool terminal_signal(struct terminal *terminal, struct watch *watch, int sig);

/* Gives the caller's terminal back, stops the launcher (signals_stop()), and takes the terminal again where the
 * launcher is in the foreground then; the job draws its screen again (SIGWINCH). `terminal` may be NULL. */
void terminal_stop(struct terminal *terminal, struct watch *watch, bool as_default);

/* After the death of the last process: copies what the job wrote last, as long as it takes a reader that reads, or
 * until a signal or the time limit comes; for a second where that is what has ended the job. -1: what is left cannot be
 * written. */
int terminal_drain(struct terminal *terminal, struct watch *watch, struct error *err);

/* Gives the caller's terminal back as it was; due on every way out. *terminal may be NULL, and is afterwards. */
void terminal_end(struct terminal **terminal);
