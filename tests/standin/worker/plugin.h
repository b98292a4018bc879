/* An action of the workspace whose action.yml says `runs: {plugin: checkout}`, as it says so when the step begins. The
 * official Worker starts bin/Runner.PluginHost for it, with the environment of the step, and gives it all variables of
 * the job, secrets and tokens among them, on its standard input. */
#pragma once

#include "tests/standin/worker/work.h"

struct plugin {
	char *file;
	char *context; /* for its standard input */
	char *argv[4];
};

/* From the step's reference. */
int plugin_make(struct plugin *plugin, const struct work *work, const json_t *reference, struct error *err);

void plugin_end(struct plugin *plugin);
