/* Parses the files of /proc and of a cgroup.
 * proc(5), cgroups(7), Documentation/admin-guide/cgroup-v2.rst. Pure.
 * Runs in: launcher, supervisor */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* From the text of /proc/self/cgroup: what follows "0::", up to the end of the line, in place; NULL without a v2 line.
 * The text is taken apart. */
char *cgroup_parse_own(char *text);

enum cgroup_mount {
	CGROUP_MOUNT_NONE,    /* there is no cgroup2 line */
	CGROUP_MOUNT_OUTSIDE, /* none of them shows the cgroup `path` */
	CGROUP_MOUNT_FOUND,
};

/* From the text of /proc/self/mountinfo: root and mount point of the first cgroup2 line that shows the cgroup `path`
 * (as /proc/self/cgroup has it), in place, with what mountinfo writes as octal (space, tab, newline, backslash) put
 * back. In a cgroup namespace the mounts of the one around it have roots like "/../..". The text is taken apart. */
enum cgroup_mount cgroup_parse_mount(char *text, const char *path, char **root, char **point);

/* The number behind `key` in a flat-keyed file; in a single-value file that at its beginning (key ""). 0 when there is
 * none, and for "max". */
uint64_t cgroup_parse_number(const char *text, const char *key);

/* From the text of io.stat: the sum over all devices of what follows `key` and a '=', "rbytes" or "wbytes"; not empty.
 */
uint64_t cgroup_parse_io(const char *text, const char *key);

/* Whether `word`, not empty, is among the words of `text`, as in cgroup.controllers. */
bool cgroup_parse_has(const char *text, const char *word);
