/* Looks for what could keep a sandbox from starting on this host, and says how to mend it. Changes nothing. */
#pragma once

#include "common/error.h"
#include "policy/outer.h"

enum probe_state { PROBE_OK, PROBE_DEGRADED, PROBE_MISSING };

struct probe {
	const char *name; /* "user namespaces" */
	const char *why;  /* what it is needed for; static */
	enum probe_state state;
	char found[ERROR_TEXT_MAX];  /* what was seen */
	char remedy[ERROR_HINT_MAX]; /* the exact step, "" when ok */
};

#define PROBE_COUNT 5

/* Says of what outer_look() saw: kernel, user namespaces, /proc, seccomp, mount API: what every profile needs. Fills
 * all PROBE_COUNT entries. */
void probe_host(const struct outer_facts *facts, struct probe probes[PROBE_COUNT]);
