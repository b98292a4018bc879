/* How "PATH[:INSIDE]", "INSIDE[:SIZE]" and "INSIDE" become rows of a plan's mount table. */
#pragma once

#include "policy/settings.h"

/* Each appends one mount, and drops the one that had its target. 0, or -1 with err. */
int setting_apply_bind(
	struct plan *plan, const struct setting *setting, const char *text, const char *origin, struct error *err);
int setting_apply_tmpfs(
	struct plan *plan, const struct setting *setting, const char *text, const char *origin, struct error *err);
int setting_apply_hide(
	struct plan *plan, const struct setting *setting, const char *text, const char *origin, struct error *err);
