#include "tests/hub/agents.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/hub/encode.h"
#include "tests/hub/memory.h"
#include "tests/hub/oauth.h"
#include "tests/hub/rsa.h"
#include "tests/hub/runners.h"
#include "tests/hub/tenant.h"
#include "tests/hub/tokens.h"

#include <stdlib.h>
#include <string.h>

/* The entity that the caller's token was made for, or NULL with the answer set. */
static const char *scope_of(struct call *call)
{
	const struct token *token = token_find(call->store, TOKEN_TENANT, call->secret);

	if (token != NULL && token->scope != NULL)
		return token->scope;
	tenant_refuse(call, MHD_HTTP_FORBIDDEN, "AccessDeniedException", "The token is for no repository or owner");
	return NULL;
}

void agents_pools(struct call *call)
{
	json_t *list = must(json_array());

	for (size_t i = 0; i < call->store->group_count; i++) {
		const struct group *group = &call->store->groups[i];

		json_array_append_new(
			list, must(json_pack("{s:I, s:s, s:b, s:b}", "id", (json_int_t)group->id, "name", group->name,
				      "isHosted", group->hosted, "isInternal", group->id == 1)));
	}
	call_answer(call, MHD_HTTP_OK, tenant_collection(list));
}

/* Labels in the words of the v1 flow. */
static json_t *labels_json(const struct runner *runner)
{
	json_t *list = must(json_array()), *label;
	size_t i;

	json_array_foreach (runner->labels, i, label) {
		const char *type = json_string_value(json_object_get(label, "type"));
		bool system = type != NULL && strcmp(type, "read-only") == 0;

		json_array_append_new(
			list, must(json_pack("{s:O, s:O, s:s}", "id", json_object_get(label, "id"), "name",
				      json_object_get(label, "name"), "type", system ? "system" : "user")));
	}
	return list;
}

static json_t *agent_json(const struct store *store, const struct runner *runner)
{
	_cleanup_(freep) char *oauth = must(format("%s" OAUTH_PATH, store->settings.base));

	return must(json_pack("{s:I, s:s, s:s?, s:b, s:b, s:o, s:{s:s, s:s}, s:{s:{s:s, s:b}}}", "id",
		(json_int_t)runner->id, "name", runner->name, "version", runner->version, "ephemeral",
		runner->ephemeral, "disableUpdate", runner->no_update, "labels", labels_json(runner), "authorization",
		"clientId", runner->client_id, "authorizationUrl", oauth, "properties", "RequireFipsCryptography",
		"$type", "System.Boolean", "$value", 1));
}

void agents_list(struct call *call)
{
	const char *scope = scope_of(call), *name = call_query(call, "agentName");
	json_t *list;

	if (scope == NULL)
		return;
	list = must(json_array());
	for (const struct runner *r = call->store->runners; r != NULL; r = r->next)
		if (r->retired_ns == 0 && strcasecmp(r->scope, scope) == 0 &&
			(name == NULL || strcasecmp(r->name, name) == 0))
			json_array_append_new(list, agent_json(call->store, r));
	call_answer(call, MHD_HTTP_OK, tenant_collection(list));
}

/* The key of an agent in the request. NULL: none, or no key. */
static EVP_PKEY *key_of(json_t *request)
{
	json_t *key = json_object_get(json_object_get(request, "authorization"), "publicKey");
	const char *modulus = json_string_value(json_object_get(key, "modulus"));
	const char *exponent = json_string_value(json_object_get(key, "exponent"));
	_cleanup_(freep) char *xml =
		must(format("<RSAKeyValue><Modulus>%s</Modulus><Exponent>%s</Exponent></RSAKeyValue>",
			modulus == NULL ? "" : modulus, exponent == NULL ? "" : exponent));

	return rsa_from_xml(xml);
}

/* Makes `runner` what the request says. */
static void take(struct runner *runner, json_t *request, EVP_PKEY *key)
{
	const char *version = json_string_value(json_object_get(request, "version"));
	json_t *label;
	size_t i;

	EVP_PKEY_free(runner->key);
	runner->key = key;
	runner->fips = true;
	runner->ephemeral = json_is_true(json_object_get(request, "ephemeral"));
	runner->no_update = json_is_true(json_object_get(request, "disableUpdate"));
	free(runner->version);
	runner->version = version == NULL ? NULL : copy_text(version);
	free(runner->os);
	runner->os = copy_text("Linux");
	json_array_foreach (json_object_get(request, "labels"), i, label) {
		const char *name = json_string_value(json_object_get(label, "name"));

		if (name != NULL)
			runner_add_label(runner, name);
	}
}

void agents_add(struct call *call)
{
	json_t *request = call_json(call);
	const char *scope = request == NULL ? NULL : scope_of(call);
	const char *name = json_string_value(json_object_get(request, "name"));
	EVP_PKEY *key;
	struct runner *runner;

	if (scope == NULL)
		return;
	if (store_group(call->store, call_arg_number(call, 0)) == NULL) {
		tenant_refuse(call, MHD_HTTP_NOT_FOUND, "TaskAgentPoolNotFoundException", "There is no such pool");
		return;
	}
	if (name == NULL || runner_by_name(call->store, scope, name) != NULL) {
		tenant_refuse(call, MHD_HTTP_CONFLICT, "TaskAgentExistsException", "There is such an agent already");
		return;
	}
	key = key_of(request);
	if (key == NULL) {
		tenant_refuse(call, MHD_HTTP_BAD_REQUEST, "VssPropertyValidationException", "There is no public key");
		return;
	}
	runner = runner_add(call->store, scope, name);
	runner->group_id = call_arg_number(call, 0);
	take(runner, request, key);
	call_answer(call, MHD_HTTP_OK, agent_json(call->store, runner));
}

/* The agent that the path names, if the caller may touch it; NULL with the answer set. */
static struct runner *named(struct call *call)
{
	const char *scope = scope_of(call);
	struct runner *runner = scope == NULL ? NULL : runner_find(call->store, scope, call_arg_number(call, 1));

	if (scope != NULL && runner == NULL)
		tenant_refuse(call, MHD_HTTP_NOT_FOUND, "TaskAgentNotFoundException", "There is no such agent");
	else if (runner != NULL && runner_job(call->store, runner) != NULL) {
		tenant_refuse(call, MHD_HTTP_CONFLICT, "TaskAgentJobStillRunningException", "The agent runs a job");
		return NULL;
	}
	return runner;
}

void agents_replace(struct call *call)
{
	json_t *request = call_json(call);
	struct runner *runner = request == NULL ? NULL : named(call);
	EVP_PKEY *key = runner == NULL ? NULL : key_of(request);

	if (runner == NULL)
		return;
	if (key == NULL) {
		tenant_refuse(call, MHD_HTTP_BAD_REQUEST, "VssPropertyValidationException", "There is no public key");
		return;
	}
	json_array_clear(runner->labels);
	take(runner, request, key);
	call_answer(call, MHD_HTTP_OK, agent_json(call->store, runner));
}

void agents_delete(struct call *call)
{
	struct runner *runner = named(call);

	if (runner == NULL)
		return;
	runner_remove(call->store, runner);
	call_answer(call, MHD_HTTP_NO_CONTENT, NULL);
}

void agents_packages(struct call *call)
{
	call_answer(call, MHD_HTTP_OK, tenant_collection(must(json_array())));
}
