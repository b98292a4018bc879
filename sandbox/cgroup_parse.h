/* The texts of /proc and of a cgroup's files. proc(5), cgroups(7), Documentation/admin-guide/cgroup-v2.rst. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* From the text of /proc/self/cgroup: what follows "0::", up to the end of the line, in place; NULL without a v2 line.
 * The text is taken apart. */
char *cgroup_parse_own(char *text);

/* From the text of /proc/self/mountinfo: root and mount point of the first cgroup2 line, in place, with what mountinfo
 * writes as octal (space, tab, newline, backslash) put back. The text is taken apart. */
bool cgroup_parse_mount(char *text, char **root, char **point);

/* The number behind `key` in a flat-keyed file; in a single-value file that at its beginning (key ""). 0 when there is
 * none, and for "max". */
uint64_t cgroup_parse_number(const char *text, const char *key);

/* From the text of io.stat: the sum over all devices of what follows `key` and a '=', "rbytes" or "wbytes". */
uint64_t cgroup_parse_io(const char *text, const char *key);

/* Whether `word` is among the words of `text`, as in cgroup.controllers. */
bool cgroup_parse_has(const char *text, const char *word);
