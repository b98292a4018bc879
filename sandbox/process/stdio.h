/* Prepares descriptors 0-2 and those that are kept by name, and restores the caller's afterwards.
 * Runs in: launcher, PID 1, command */
#pragma once

#include "common/error.h"
#include "policy/plan.h"
#include "sandbox/outcome/outcome.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <termios.h>

/* One of them, as the caller left it. */
struct stdio_file {
	int number;    /* by which the job has it */
	int fd;        /* by which the launcher has it until the end; -1: it does not */
	int flags;     /* fcntl(2), F_GETFL; -1: whatever becomes of them is nobody's concern */
	int pipe_size; /* in bytes; -1: no pipe, or not held */
	bool detach;   /* a file open for reading: the job gets another description of it, on a mount of its own */
	bool written;  /* a file open for writing: it has the caller's */
	bool locked;   /* … by the caller, before */
	bool terminal;
	struct stat st;
	struct termios modes; /* of a terminal that is handed over, as an entrypoint does */
	off_t at;             /* of a file to detach, where it stands; -1: it has no offset */
	char *path;           /* of a file to detach, when we looked; NULL: not known */
	int again;            /* the job's description of it, once the child has made it; -1 */
};

struct stdio {
	struct stdio_file *files;
	size_t n;
};

/* Which of 0-2 are terminals, as bits 1 << fd. */
unsigned stdio_terminals(void);

/* Whether the terminal of descriptor 0 controls our session, and another process group is in its foreground. */
bool stdio_in_background(void);

/* Descriptor 1 becomes what 2 is, for the launcher and the job. Returns what it was, close-on-exec, or -1. */
int stdio_divert_output(struct error *err);

/* Whether `fd`, one of 0-2, is /dev/null. */
bool stdio_is_null(int fd);

/* In the launcher, first thing. Refuses what must not reach a job: a directory, through which it could walk out of its
 * root (CVE-2024-21626); what is open as a path only, since the job could open it for more; a terminal that was to be
 * kept by name, for only 0-2 are relayed; and kinds that descriptor_kind_check() does not let pass; unless
 * `held_abi` is 0, what descriptor_kind_check_held() does not for this version of Landlock either. stdio_end() is due
 * also after failure; `stdio` is zero before. */
int stdio_begin(struct stdio *stdio, const struct plan_fds *fds, bool in_container, int held_abi, struct error *err);

/* In the launcher: takes `again` over, the job's description of file number `index`. */
void stdio_received(struct stdio *stdio, int index, int again);

/* Whether looking a file of stdio_detach() up again leads through the mount at `point`. */
bool stdio_leads_through(const struct stdio *stdio, const char *point);

/* When the job is gone, whatever has ended it: the caller's descriptions get back their flags (O_NONBLOCK, O_APPEND,
 * O_ASYNC), a pipe its size; a written file loses the bits of its mode that are new, and set-id bits where the job has
 * touched it, and the job's locks and leases; a file that was read stands where the job left it; an entrypoint's
 * terminal has its modes. What cannot be put back is residue; `outcome` may be NULL. Twice is once. */
void stdio_end(struct stdio *stdio, struct outcome *outcome);
