/* What a status of GitHub's REST API means to the person who runs the runner. Pure. */
#pragma once

#include "common/error.h"

/* Sets one line for a request that failed, with the remedy where the status has one. Always returns -1. */
int github_explain(const char *what, long status, const char *message, struct error *err);
