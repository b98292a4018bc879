/* Explains a status of GitHub's REST API to the administrator of the runner. Pure. */
#pragma once

#include "common/error.h"
#include "runner/github/github.h"

#include <stdbool.h>

/* In place of GitHub's message, where the answer is a page for people. */
#define GITHUB_IS_HTML "an HTML page, not an answer of GitHub's API"

/* Sets the error of a failed request, with a remedy if the answer has one. Always returns -1. */
int github_explain(const char *what, const struct github_reply *reply, struct error *err);

/* Whether the same request would be refused again, for its credential, permissions or address. A rate limit ends by
 * itself, and a suspension when somebody lifts it. */
bool github_is_final(const struct github_reply *reply);
