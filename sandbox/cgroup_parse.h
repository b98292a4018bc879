/* The two texts of /proc that say where our cgroup is. proc(5), cgroups(7). Pure. */
#pragma once

#include <stdbool.h>

/* From the text of /proc/self/cgroup: what follows "0::", up to the end of the line, in place; NULL without a v2 line.
 * The text is taken apart. */
char *cgroup_parse_own(char *text);

/* From the text of /proc/self/mountinfo: root and mount point of the first cgroup2 line, in place. The text is taken
 * apart. */
bool cgroup_parse_mount(char *text, char **root, char **point);
