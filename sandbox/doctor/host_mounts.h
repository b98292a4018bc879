/* Reads from mountinfo what the container covers: parts of /proc, the root, cgroup v2.
 * proc_pid_mountinfo(5)
 * Runs in: launcher */
#pragma once

#include "sandbox/doctor/host.h"

/* Fills the facts about mounts from a text in that format, which is taken apart. Lines of another form are skipped. */
void host_mounts_parse(char *text, struct host_facts *facts);
