/* Parser of /proc/PID/mountinfo. proc_pid_mountinfo(5) */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The maximum size of such a file. */
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

/* Parses the next line of *text in place and advances *text. Skips lines of another form. Space, tab, newline and
 * backslash remain octal escapes. False at the end. */
bool mountinfo_next(char **text, struct mountinfo *line);

/* Decodes octal escapes in place. The result is foreign text that may contain any byte. */
void mountinfo_unescape(char *name);
