#include "tests/hub/notices.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/hub/files.h"
#include "tests/hub/memory.h"
#include "tests/hub/runners.h"
#include "tests/hub/tenant.h"

#include <string.h>

static const char *text_of(json_t *spec, const char *key)
{
	return json_string_value(json_object_get(spec, key));
}

/* An update offered: to `version`, as the uploaded `file`; `sha256` is the file's own unless it is given. */
static json_t *refresh(struct call *call, const struct runner *runner, json_t *spec)
{
	const char *version = text_of(spec, "version"), *name = text_of(spec, "file"),
		   *sha256 = text_of(spec, "sha256");
	const struct file *file = name == NULL ? NULL : file_find(call->store, name);
	_cleanup_(freep) char *digest = NULL, *url = NULL;

	(void)runner;
	if (version == NULL || file == NULL) {
		call_error(call, MHD_HTTP_UNPROCESSABLE_CONTENT,
			"RunnerRefresh has a version and a file that was uploaded");
		return NULL;
	}
	digest = file_sha256(file);
	url = must(format("%s/files/%s", call->store->settings.base, name));
	return must(json_pack("{s:s, s:s, s:s, s:s}", "target_version", version, "download_url", url, "sha256_checksum",
		sha256 == NULL ? digest : sha256, "os", "linux-x64"));
}

/* The runner is to fetch its `config` anew: "credentials" or "runner". */
static json_t *refresh_config(struct call *call, const struct runner *runner, json_t *spec)
{
	const char *config = text_of(spec, "config");
	_cleanup_(freep) char *id = NULL, *url = NULL;

	if (config == NULL || (strcmp(config, "credentials") != 0 && strcmp(config, "runner") != 0)) {
		call_error(call, MHD_HTTP_UNPROCESSABLE_CONTENT,
			"RunnerRefreshConfig has a config: credentials or runner");
		return NULL;
	}
	id = must(format("hub/%s/1/%lld", runner->client_id, (long long)runner->id));
	url = tenant_url(call->store);
	return must(json_pack("{s:s, s:s, s:s, s:s}", "runnerQualifiedId", id, "configType", config, "serviceType",
		"pipelines", "configRefreshURL", url));
}

static json_t *refresh_token(struct call *call, const struct runner *runner, json_t *spec)
{
	(void)call;
	(void)runner;
	(void)spec;
	return must(json_object());
}

static const struct notice {
	const char *type;
	json_t *(*body)(struct call *call, const struct runner *runner, json_t *spec); /* NULL: the answer is set */
} notices[] = {
	{"RunnerRefresh", refresh},
	{"RunnerRefreshConfig", refresh_config},
	{"ForceTokenRefresh", refresh_token},
};

void notices_post(struct call *call)
{
	json_t *spec = call_json(call), *body;
	struct runner *runner = runner_by_name(call->store, NULL, call->args[0]);
	const char *type;

	if (spec == NULL)
		return;
	type = text_of(spec, "type");
	if (runner == NULL) {
		call_error(call, MHD_HTTP_NOT_FOUND, "There is no such runner");
		return;
	}
	for (size_t i = 0; i < sizeof notices / sizeof notices[0]; i++) {
		if (type == NULL || strcmp(type, notices[i].type) != 0)
			continue;
		body = notices[i].body(call, runner, spec);
		if (body == NULL)
			return;
		json_array_append_new(runner->notices, must(json_pack("{s:s, s:o}", "type", type, "body", body)));
		call_answer(call, MHD_HTTP_CREATED, must(json_object()));
		return;
	}
	call_error(call, MHD_HTTP_UNPROCESSABLE_CONTENT,
		"type is RunnerRefresh, RunnerRefreshConfig or ForceTokenRefresh");
}

json_t *notices_next(struct runner *runner)
{
	json_t *notice = json_incref(json_array_get(runner->notices, 0));

	if (notice != NULL)
		json_array_remove(runner->notices, 0);
	return notice;
}
