/* What a status of GitHub's REST API means to the person who runs the runner. Pure. */
#pragma once

#include "common/error.h"

#include <stdbool.h>

/* Sets one line for a request that failed, with the remedy where the status has one. Always returns -1. */
int github_explain(const char *what, long status, const char *message, struct error *err);

/* Whether the same request would be refused again: credential, rights, name of a place. */
bool github_is_final(long status);
