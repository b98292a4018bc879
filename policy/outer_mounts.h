/* What mountinfo says of the container around us: covered parts of /proc, the root, cgroup v2. proc_pid_mountinfo(5) */
#pragma once

#include "policy/outer.h"

/* Fills the facts about mounts from a text in that format, which is taken apart. Lines of another form are skipped. */
void outer_mounts_parse(char *text, struct outer_facts *facts);
