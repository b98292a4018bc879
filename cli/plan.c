#include "cli/plan.h"

#include "common/json.h"
#include "common/status.h"
#include "policy/plan_json.h"

#include <errno.h>
#include <stdio.h>
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

int cli_print_plan(const struct plan *plan, struct error *err)
{
	json_t *json = plan_to_json(plan);
	int result = json == NULL ? -1 : json_dumpf(json, stdout, JSON_SHOWN);

	json_decref(json);
	if (result < 0 || putchar('\n') == EOF || fflush(stdout) != 0)
		return error_set(err, errno, "print the plan");
	return 0;
}

void cli_wipe_environment(void)
{
	for (char **variable = environ; *variable != NULL; variable++)
		explicit_bzero(*variable, strlen(*variable));
	environ = NULL;
}
