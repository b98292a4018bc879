/* Parses the files of /proc and of a cgroup that show the state of a sandbox. Pure. proc(5), cgroups(7).
 * Runs in: launcher, command */
#pragma once

#include "policy/limits.h"
#include "policy/plan.h"
#include "sandbox/verify/seen.h"

#include <stdbool.h>
#include <stdint.h>

/* /proc/PID/status: capabilities and no_new_privs go to `seen`, as the command's or as those of PID 1. */
void seen_parse_status(const char *status, bool pid1, struct seen_values *seen);

/* The same file: mode of seccomp, and the number of filters (Linux 5.10); SEEN_NOT for what is not in it. */
void seen_parse_seccomp(const char *status, uint64_t *mode, uint64_t *filters);

/* /proc/self/uid_map: how many ids are mapped. */
uint64_t seen_parse_ids(const char *map);

/* /proc/self/net/dev: how many interfaces are up, lo apart; SEEN_NOT where is_up(), which gets `data`, does not know
 * one
 * (< 0). Those that are down are the kernel's own: some modules (ipip, sit, gre) give one to every new network
 * namespace (net.core.fb_tunnels_only_for_init_net). */
uint64_t seen_parse_interfaces(const char *dev, int (*is_up)(const char *name, void *data), void *data);

/* /proc/self/stat: 1 where the session has a controlling terminal, else 0; SEEN_NOT where it does not say. */
uint64_t seen_parse_terminal(const char *stat);

/* /proc/PID/stat: whether the process is about to end (PF_EXITING), or has. */
bool seen_parse_exiting(const char *stat);

/* A file of a cgroup: its first number; "max" is SEEN_UNLIMITED, no number SEEN_NOT. */
uint64_t seen_parse_number(const char *text);

/* cgroup.procs: 1 where the process is a member, else 0. */
uint64_t seen_parse_member(const char *procs, pid_t pid);

/* io.max: how many of the devices have the rates that are enforced for them. `first` of the limits of the file.
 */
uint64_t seen_parse_rates(
	const char *text, const struct plan_limits *limits, unsigned degraded, const struct limit *first);
