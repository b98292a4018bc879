#include "cli/plan.h"

#include "common/json.h"
#include "common/status.h"
#include "policy/plan_json.h"
#include "policy/settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int cli_failed(const struct error *err)
{
	error_print("cofferdam", err);
	return STATUS_LAUNCHER;
}

int cli_failed_late(const struct error *err, int status)
{
	int failed = cli_failed(err);

	return status == 0 ? failed : status;
}

int cli_printed(int status)
{
	struct error err;

	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	error_set(&err, errno, "standard output");
	return cli_failed(&err);
}

int cli_print_plan(const struct plan *plan, struct error *err)
{
	json_t *json = plan_to_json(plan);
	int result = json == NULL ? -1 : json_dumpf(json, stdout, JSON_SHOWN);

	json_decref(json);
	if (result < 0 || putchar('\n') == EOF || fflush(stdout) != 0)
		return error_set(err, errno, "print the plan");
	return 0;
}

int cli_cgroup_of_environment(struct plan *plan, struct error *err)
{
	const char *dir = getenv("COFFERDAM_CGROUP");

	if (plan->cgroup != NULL || dir == NULL || dir[0] == '\0')
		return 0;
	return setting_apply(plan, setting_find("cgroup"), dir, "COFFERDAM_CGROUP", err);
}

void cli_wipe_environment(void)
{
	for (char **variable = environ; *variable != NULL; variable++)
		explicit_bzero(*variable, strlen(*variable));
	environ = NULL;
}
