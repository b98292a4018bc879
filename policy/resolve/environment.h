/* Resolves the command's variables: `env` and `unset_env` against the caller's environment. */
#pragma once

#include "common/error.h"
#include "policy/plan.h"

/* In `unset_env`: all that policy/resolve/secret_like.h takes for a secret. */
#define ENVIRONMENT_SECRETS "@secrets"

/* Replaces plan->command.env by what is passed on, each with its value. An entry with a value, and one that names a
 * variable, decide about that variable. What no entry names is passed on when a pattern (a name with a '*', as in
 * fnmatch(3)) matches it, unless a pattern of `unset_env` or ENVIRONMENT_SECRETS in it does too. The names of the
 * caller's variables that `unset_env` keeps back go to plan->withheld. `environment` may be NULL. */
int environment_resolve(struct plan *plan, char *const *environment, struct error *err);
