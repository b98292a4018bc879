/* Collects the secrets and removes them from the environment.
 *
 * /proc/PID/environ shows the block that execve(2) made, whatever unsetenv(3) does later. A program that was started
 * with a secret in its environment therefore re-executes itself without it, and passes the secret through a sealed
 * memory file. */
#pragma once

#include "common/error.h"
#include "runner/common/secret.h"
#include "runner/config/problems.h"

#include <stdbool.h>

enum credential {
	CREDENTIAL_TOKEN,        /* TOKEN: a registration token, valid for an hour */
	CREDENTIAL_ACCESS_TOKEN, /* ACCESS_TOKEN: a personal access token */
	CREDENTIAL_JIT,          /* ACTIONS_RUNNER_INPUT_JITCONFIG: one runner, registered already */
	CREDENTIAL_APP,          /* APP_PRIVATE_KEY: of a GitHub App, whose id is APP_ID */
	CREDENTIAL_COUNT,
};

struct credentials {
	struct secret secrets[CREDENTIAL_COUNT];
};

/* Returns the variable's name. */
const char *credential_name(enum credential which);

/* Called before anything else: if the environment contains a secret, re-executes this program with argv and the secrets
 * in a memory file, and does not return. 0 if the environment contains none. */
int credentials_leave_environment(char *const argv[], struct error *err);

/* Whether this is the second start, which has what the first one left: the environment is not to be read anew. */
bool credentials_have_left(void);

/* Collects the secrets from the memory file, NAME_FILE and $CREDENTIALS_DIRECTORY/NAME (systemd). Adds errors to
 * `problems`, with the variable's name and never with its value. */
void credentials_collect(struct credentials *credentials, struct problems *problems);

/* Locks the pages again, in a child. */
int credentials_lock(const struct credentials *credentials, struct error *err);

void credentials_free(struct credentials *credentials);
