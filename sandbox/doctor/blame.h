/* Finds the cause of a failed launch: what the host, the mount table or the command lacks.
 * Runs in: launcher */
#pragma once

#include "common/error.h"
#include "policy/plan.h"

/* Replaces the text and hint of `err`, with which a launch of the plan failed, by a cause that the caller can mend, if
 * one is found. `search` is the caller's PATH, or NULL. */
void blame_launch(const struct plan *plan, const char *search, struct error *err);
