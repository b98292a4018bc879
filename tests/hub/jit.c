#include "tests/hub/jit.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/hub/encode.h"
#include "tests/hub/memory.h"
#include "tests/hub/oauth.h"
#include "tests/hub/rsa.h"
#include "tests/hub/runners.h"
#include "tests/hub/tenant.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#define LABELS_MAX 100

/* True when the request has all it needs; otherwise the answer is set. */
static bool check_request(struct call *call, json_t *request)
{
	static const struct {
		const char *key;
		json_type type;
	} required[] = {{"name", JSON_STRING}, {"runner_group_id", JSON_INTEGER}, {"labels", JSON_ARRAY}};
	json_t *labels = json_object_get(request, "labels"), *label;
	size_t i;

	for (i = 0; i < sizeof required / sizeof required[0]; i++) {
		const json_t *value = json_object_get(request, required[i].key);

		if (value == NULL) {
			call_error(call, MHD_HTTP_UNPROCESSABLE_CONTENT,
				"Invalid request.\n\nInvalid input: object is missing required key: %s.",
				required[i].key);
			return false;
		}
		if (json_typeof(value) != required[i].type) {
			call_error(call, MHD_HTTP_UNPROCESSABLE_CONTENT,
				"Invalid request.\n\nFor 'properties/%s', the value has the wrong type.",
				required[i].key);
			return false;
		}
	}
	json_array_foreach (labels, i, label) {
		if (!json_is_string(label))
			break;
	}
	if (i != json_array_size(labels) || i == 0 || i > LABELS_MAX) {
		call_error(call, MHD_HTTP_UNPROCESSABLE_CONTENT,
			"Invalid request.\n\nFor 'properties/labels', 1 to %d strings are wanted.", LABELS_MAX);
		return false;
	}
	return true;
}

/* True when there is such a group and no such name; otherwise the answer is set. */
static bool check_place(struct call *call, const char *name, json_int_t group_id)
{
	const struct group *group = store_group(call->store, group_id);

	if (group == NULL)
		call_error(call, MHD_HTTP_NOT_FOUND, "Not Found");
	else if (group->hosted)
		call_error(call, MHD_HTTP_FORBIDDEN, "Resource not accessible: the group is for hosted runners");
	else if (runner_by_name(call->store, call->scope, name) != NULL)
		call_error(call, MHD_HTTP_CONFLICT, "Already exists - A runner with the name %s already exists.", name);
	else
		return true;
	return false;
}

/* Adds a file to the blob: its name, and its text in base64. Consumes `content`. */
static void add_file(json_t *blob, const char *name, json_t *content)
{
	char *text = must(json_dumps(content, JSON_COMPACT));
	char *encoded = base64_encode(text, strlen(text));

	json_object_set_new(blob, name, must(json_string(encoded)));
	OPENSSL_cleanse(text, strlen(text));
	OPENSSL_cleanse(encoded, strlen(encoded));
	free(text);
	free(encoded);
	json_decref(content);
}

/* .runner as GitHub writes it here: PascalCase, and strings for numbers and truth values. */
static json_t *runner_file(const struct store *store, const struct runner *runner, const char *work_folder)
{
	_cleanup_(freep) char *id = must(format("%lld", (long long)runner->id));
	_cleanup_(freep) char *url = must(format("%s/%s", store->settings.base,
		strncmp(runner->scope, "enterprises/", 12) == 0 ? runner->scope : strchr(runner->scope, '/') + 1));
	_cleanup_(freep) char *broker = must(format("%s/broker/", store->settings.base));
	_cleanup_(freep) char *tenant = tenant_url(store);
	json_t *file = must(json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "AgentId", id, "AgentName",
		runner->name, "PoolId", "1", "PoolName", store_group(store, runner->group_id)->name, "DisableUpdate",
		"false", "Ephemeral", "true", "ServerUrl", tenant, "GitHubUrl", url, "WorkFolder", work_folder));

	if (!store->settings.older) {
		json_object_set_new(file, "ServerUrlV2", must(json_string(broker)));
		json_object_set_new(file, "UseV2Flow", must(json_string("true")));
	}
	return file;
}

static char *make_blob(const struct store *store, const struct runner *runner, const char *work_folder)
{
	_cleanup_(freep) char *oauth = must(format("%s" OAUTH_PATH, store->settings.base));
	json_t *blob = must(json_object());
	char *text, *encoded;

	add_file(blob, ".runner", runner_file(store, runner, work_folder));
	add_file(blob, ".credentials",
		must(json_pack("{s:s, s:{s:s, s:s, s:s}}", "scheme", "OAuth", "data", "clientId", runner->client_id,
			"authorizationUrl", oauth, "requireFipsCryptography", "false")));
	add_file(blob, ".credentials_rsaparams", rsa_params(runner->key));
	text = must(json_dumps(blob, JSON_COMPACT));
	encoded = base64_encode(text, strlen(text));
	OPENSSL_cleanse(text, strlen(text));
	free(text);
	json_decref(blob);
	return encoded;
}

void jit_generate(struct call *call)
{
	json_t *request = call_json(call), *label;
	const char *name, *work_folder;
	_cleanup_(freep) char *blob = NULL;
	struct runner *runner;
	json_int_t group_id;
	size_t i;

	if (request == NULL || !check_request(call, request))
		return;
	name = json_string_value(json_object_get(request, "name"));
	work_folder = json_string_value(json_object_get(request, "work_folder"));
	group_id = json_integer_value(json_object_get(request, "runner_group_id"));
	if (!check_place(call, name, group_id))
		return;
	runner = runner_add(call->store, call->scope, name);
	runner->group_id = group_id;
	runner->ephemeral = true;
	runner->jit = true;
	runner->key = rsa_generate();
	json_array_foreach (json_object_get(request, "labels"), i, label) {
		runner_add_label(runner, json_string_value(label));
	}
	blob = make_blob(call->store, runner, work_folder == NULL ? "_work" : work_folder);
	call_answer(call, MHD_HTTP_CREATED,
		must(json_pack("{s:o, s:s}", "runner", runner_json(call->store, runner), "encoded_jit_config", blob)));
}
