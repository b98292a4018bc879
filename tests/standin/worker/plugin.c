#include "tests/standin/worker/plugin.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/standin/shared/fields.h"
#include "tests/standin/shared/root.h"

#include <string.h>

static int check_action(const struct work *work, const char *path, struct error *err)
{
	_cleanup_(freep) char *directory = format("%s/%s", work->workspace.directory, path);
	_cleanup_(freep) char *text = NULL;
	size_t len;

	if (directory == NULL)
		return error_set(err, ENOMEM, "action");
	if (root_read(directory, "action.yml", &text, &len, err) < 0)
		return -1;
	if (strstr(text, "plugin: checkout") == NULL)
		return error_set(err, 0, "%s: of actions the stand-in runs `plugin: checkout` only", path);
	return 0;
}

int plugin_make(struct plugin *plugin, const struct work *work, const json_t *reference, struct error *err)
{
	static char verb[] = "action", type[] = "GitHub.Runner.Plugins.Repository.v1_0.CheckoutTask, Runner.Plugins";
	const char *path = field_text(reference, "path");
	_cleanup_(freep) char *bin = NULL, *text = NULL;
	json_t *context;

	if (path == NULL)
		return error_set(err, 0, "action: it has no path");
	if (check_action(work, path, err) < 0)
		return -1;
	bin = root_binaries(err);
	if (bin == NULL)
		return -1;
	context = json_pack("{s:O?}", "variables", field(work->message, "variables"));
	text = json_dumps(context, JSON_COMPACT);
	json_decref(context);
	plugin->file = format("%s/Runner.PluginHost", bin);
	plugin->context = text != NULL ? format("%s\n", text) : NULL;
	if (plugin->file == NULL || plugin->context == NULL)
		return error_set(err, ENOMEM, "action");
	plugin->argv[0] = plugin->file;
	plugin->argv[1] = verb;
	plugin->argv[2] = type;
	return 0;
}

void plugin_end(struct plugin *plugin)
{
	free(plugin->file);
	free(plugin->context);
	memset(plugin, 0, sizeof *plugin);
}
