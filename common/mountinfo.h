/* The lines of /proc/PID/mountinfo. proc_pid_mountinfo(5) */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No such file that a kernel makes is longer. */
#define MOUNTINFO_MAX ((size_t)64 << 20)

struct mountinfo {
	uint64_t id;   /* as in statx(2) */
	char *device;  /* of the file system, "98:0" */
	char *root;    /* of the mount, in its file system */
	char *point;   /* where it is mounted, from the reader's root */
	char *options; /* of the mount, "rw,nosuid" */
	char *type;    /* of the file system */
	char *super;   /* options of the file system, "rw,hidepid=invisible"; "" where there are none */
};

/* The next line of *text, which is taken apart and moved on; lines of another form are skipped. Space, tab, newline and
 * backslash are still written as octal. False: there is none. */
bool mountinfo_next(char **text, struct mountinfo *line);

/* Puts back, in place, what is written as octal: the name is then a foreign one, with any byte in it. */
void mountinfo_unescape(char *name);
