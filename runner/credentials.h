/* The secrets of the environment contract: where they come from, and how they leave the environment.
 *
 * /proc/PID/environ shows the block that execve(2) made, whatever unsetenv(3) does later. So a program that was started
 * with a secret in its environment starts itself again without it, and passes the secret through a sealed memory file.
 */
#pragma once

#include "common/error.h"
#include "runner/problems.h"
#include "runner/secret.h"

#include <stdbool.h>

enum credential {
	CREDENTIAL_TOKEN,        /* TOKEN: a registration token, valid for an hour */
	CREDENTIAL_ACCESS_TOKEN, /* ACCESS_TOKEN: a personal access token */
	CREDENTIAL_JIT,          /* ACTIONS_RUNNER_INPUT_JITCONFIG: one runner, registered already */
	CREDENTIAL_COUNT,
};

struct credentials {
	struct secret secrets[CREDENTIAL_COUNT];
};

/* The variable's name. */
const char *credential_name(enum credential which);

/* To be called before anything else: when the environment holds a secret, replaces this process by itself (argv as
 * given) with the secrets in a memory file, and does not return. 0 when there was nothing to do. */
int credentials_leave_environment(char *const argv[], struct error *err);

/* Collects the secrets: from the memory file, from NAME_FILE, from $CREDENTIALS_DIRECTORY/NAME (systemd). What is wrong
 * is added to `problems`, each with the variable's name and never with its value. */
void credentials_collect(struct credentials *credentials, struct problems *problems);

/* Locks the pages again in a child. False when that failed for one. */
bool credentials_lock(const struct credentials *credentials);

void credentials_free(struct credentials *credentials);
