/* Sets what `ps` shows of PID 1 inside: the launcher's command line names paths of the host.
 * Runs in: launcher, child, PID 1, helper */
#pragma once

/* In main(), before argv is used: remembers where the process's argument strings lie. */
void title_remember(int argc, char **argv);

/* Overwrites them with `name`. All pointers into the old argv dangle after this. */
void title_cover(const char *name);

/* The same, and sets the thread's name. */
void title_set(const char *name);

/* Where the memory is shared with the process that called one of them: puts back what was there. */
void title_restore(void);
