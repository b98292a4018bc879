/* Probes for what could prevent a sandbox on this host, and names the remedy. Changes nothing.
 * Runs in: launcher */
#pragma once

#include "common/error.h"
#include "sandbox/doctor/host.h"

enum probe_state { PROBE_OK, PROBE_DEGRADED, PROBE_MISSING };

struct probe {
	const char *name; /* "user namespaces" */
	const char *why;  /* what it is needed for; static */
	enum probe_state state;
	char found[ERROR_TEXT_MAX];  /* what was seen */
	char remedy[ERROR_HINT_MAX]; /* the exact step, "" when ok */
};

#define PROBE_COUNT 5

/* Says of what host_detect() saw: kernel, user namespaces, /proc, seccomp, mount API: what every profile needs. Fills
 * all PROBE_COUNT entries. */
void probe_host(const struct host_facts *facts, struct probe probes[PROBE_COUNT]);
