#include "sandbox/doctor/blame.h"

#include "sandbox/doctor/host_detect.h"
#include "sandbox/files/sources.h"
#include "sandbox/process/exec_hint.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* Whether the profile shows a file or directory of the host, as one for an entrypoint does not. */
static bool shows_something(const struct plan *plan)
{
	for (size_t i = 0; i < plan->root.n_mounts; i++)
		if (plan->root.mounts[i].kind == PLAN_MOUNT_BIND && !plan->root.mounts[i].writable)
			return true;
	return plan->root.kind != PLAN_ROOT_HOST;
}

void blame_launch(const struct plan *plan, const char *search, struct error *err)
{
	struct error cause;

	host_blame(err);
	exec_hint_outside(&plan->root, &plan->command, plan->workspace == NULL, search, err);
	if (err->errnum == ENOENT && !shows_something(plan))
		error_hint(err,
			"profile %.100s shows nothing of the system: name default, strict, build or job, or extend one",
			plan->profile);
	if ((err->errnum != ENOENT && err->errnum != ENOTDIR && err->errnum != EROFS) ||
		sources_check(&plan->root, plan->workspace, &cause) == 0)
		return;
	memcpy(err->text, cause.text, sizeof err->text);
	memcpy(err->hint, cause.hint, sizeof err->hint);
}
