#include "tests/hub/tenant.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/hub/encode.h"
#include "tests/hub/memory.h"
#include "tests/hub/oauth.h"
#include "tests/hub/runners.h"

#include <stdbool.h>
#include <string.h>

#define INSTANCE "5f3c1f60-8a2e-4d0e-9d3a-7c0a5d1b2c3e"
#define OWNER "a85b8835-c1a1-4aac-ae97-1c3d0ba72dbd" /* the service that runners ask for (TaskResourceIds.AreaId) */
#define NOBODY "00000000-0000-0000-0000-000000000000"

#define POOL TENANT_AGENTS_PATH "{poolId}/"
#define PLAN TENANT_PLANS_PATH "{planId}/"

/* The calls that exist, by the names that the client has for them. */
static const struct service {
	const char *id, *name, *path;
	int version;
	bool older; /* in the v1 flow only */
} services[] = {
	{"13b5d709-74aa-470b-a8e9-bf9f3ded3f18", "runnerconfig", TENANT_CONFIG_PATH "{agentId}/{configType}", 1, false},
	{"8cc1b02b-ae49-4516-b5ad-4f9b29967c30", "updates", POOL "agents/{agentId}/updates", 1, false},
	/* who is registered */
	{"a8c47e17-4d56-4a56-92bb-de7ea7dc65be", "pools", TENANT_AGENTS_PATH "{poolId}", 1, true},
	{"e298ef32-5878-4cab-993c-043836571f42", "agents", POOL "agents/{agentId}", 2, true},
	/* what a Listener asks for */
	{"134e239e-2df3-4794-a6f6-24f1f19ec8dc", "sessions", POOL "sessions/{sessionId}", 1, true},
	{"c3a054f6-7a8a-49c0-944e-3a8e5d7adfd7", "messages", POOL "messages/{messageId}", 1, true},
	{"fc825784-c92a-4299-9221-998a02d1b54f", "jobrequests", POOL "jobrequests/{requestId}", 1, true},
	{"8ffcd551-079c-493a-9c02-54346299d144", "packages", TENANT_PACKAGES_PATH "{packageType}/{platform}", 2, true},
	/* what a job says of itself */
	{"83597576-cc2c-453c-bea6-2882ae6a1653", "timelines", PLAN "timelines/{timelineId}", 1, true},
	{"8893bc5b-35b2-4be7-83cb-99e683551db4", "records", PLAN "timelines/{timelineId}/records/{recordId}", 1, true},
	{"858983e4-19bd-4c5e-864c-507b59b58b12", "feed", PLAN "timelines/{timelineId}/records/{recordId}/feed", 1,
		true},
	{"7898f959-9cdf-4096-b29e-7f293031629e", "attachments",
		PLAN "timelines/{timelineId}/records/{recordId}/attachments/{type}/{name}", 1, true},
	{"46f5667d-263a-4684-91b1-dff7fdcf64e2", "logs", PLAN "logs/{logId}", 1, true},
	{"557624af-b29e-4c20-8ab0-0399d2204f3f", "events", PLAN "events", 1, true},
	{"27d7f831-88c1-4719-8ca1-6a061dad90eb", "actiondownloadinfo", PLAN "actiondownloadinfo", 1, true},
};

void tenant_refuse(struct call *call, unsigned int status, const char *kind, const char *message)
{
	_cleanup_(freep) char *type =
		must(format("GitHub.DistributedTask.WebApi.%s, GitHub.DistributedTask.WebApi", kind));

	call_answer(call, status,
		must(json_pack("{s:s, s:s, s:s, s:i}", "message", message, "typeName", type, "typeKey", kind,
			"errorCode", 0)));
}

json_t *tenant_collection(json_t *list)
{
	return must(json_pack("{s:i, s:o}", "count", (int)json_array_size(list), "value", list));
}

char *tenant_url(const struct store *store)
{
	return must(format("%s/tenant/", store->settings.base));
}

static json_t *service_definitions(bool older)
{
	json_t *list = must(json_array());

	for (size_t i = 0; i < sizeof services / sizeof services[0]; i++)
		if (older || !services[i].older)
			json_array_append_new(
				list, must(json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:s, s:s, s:s}", "serviceType",
					      "distributedtask", "identifier", services[i].id, "displayName",
					      services[i].name, "relativeToSetting", "context", "relativePath",
					      services[i].path + 1, "resourceVersion", services[i].version,
					      "minVersion", "1.0", "maxVersion", "6.0", "releasedVersion", "0.0")));
	return list;
}

void tenant_connection_data(struct call *call)
{
	_cleanup_(freep) char *url = tenant_url(call->store);
	json_t *user = must(json_pack("{s:s, s:s, s:s, s:b}", "id", NOBODY, "descriptor",
		"Microsoft.IdentityModel.Claims.ClaimsIdentity;anonymous", "providerDisplayName", "Anonymous",
		"isActive", 1));
	json_t *mapping = must(json_pack("{s:s, s:s, s:s, s:s}", "displayName", "Host Guid Access Mapping", "moniker",
		"HostGuidAccessMapping", "accessPoint", url, "serviceOwner", NOBODY));
	json_t *location = must(json_pack("{s:s, s:s, s:s, s:[o], s:b, s:i, s:i, s:o}", "serviceOwner", OWNER,
		"defaultAccessMappingMoniker", "HostGuidAccessMapping", "webApplicationRelativeDirectory", "",
		"accessMappings", mapping, "clientCacheFresh", 0, "clientCacheTimeToLive", 3600, "lastChangeId", 1,
		"serviceDefinitions", service_definitions(call->store->settings.older)));

	call_answer(call, MHD_HTTP_OK,
		must(json_pack("{s:o, s:O, s:s, s:s, s:s, s:o}", "authenticatedUser", user, "authorizedUser", user,
			"instanceId", INSTANCE, "deploymentId", INSTANCE, "deploymentType", "hosted",
			"locationServiceData", location)));
}

/* The calling runner, which must be the one that the path names; NULL with the answer set. */
static struct runner *named_runner(struct call *call, size_t index)
{
	struct runner *runner = runner_or_retired(call->store, call->owner);

	if (runner != NULL && call_arg_number(call, index) == runner->id)
		return runner;
	call_error(call, MHD_HTTP_NOT_FOUND, "There is no such agent");
	return NULL;
}

/* The JSON text in base64 that is the body, a JSON string. NULL when it is not that. A new reference. */
static json_t *config_of(const struct call *call)
{
	json_t *body = call->body == NULL ? NULL : json_loadb(call->body, call->body_len, JSON_DECODE_ANY, NULL),
	       *config;
	const char *encoded = json_string_value(body);
	size_t len = 0;
	_cleanup_(freep) char *text = encoded == NULL ? NULL : base64_decode(encoded, strlen(encoded), &len);

	config = text == NULL ? NULL : json_loadb(text, len, 0, NULL);
	json_decref(body);
	return config;
}

void tenant_refresh_config(struct call *call)
{
	const char *kind = call->args[1];
	json_t *config = config_of(call);
	_cleanup_(freep) char *url = must(format("%s" OAUTH_V2_PATH, call->store->settings.base)), *text = NULL;
	_cleanup_(freep) char *encoded = NULL;

	if (config == NULL || (strcmp(kind, "credentials") != 0 && strcmp(kind, "runner") != 0)) {
		call_error(call, MHD_HTTP_BAD_REQUEST, "The configuration is no JSON text in base64");
	} else if (named_runner(call, 0) != NULL) {
		if (strcmp(kind, "credentials") == 0)
			json_object_set_new(
				json_object_get(config, "data"), "authorizationUrlV2", must(json_string(url)));
		text = must(json_dumps(config, JSON_COMPACT));
		encoded = base64_encode(text, strlen(text));
		/* In the wrapper of collections: for the client a string is one. */
		call_answer(call, MHD_HTTP_OK, must(json_pack("{s:i, s:s}", "count", 1, "value", encoded)));
	}
	json_decref(config);
}

void tenant_agent_update(struct call *call)
{
	const char *state = call_query(call, "currentState"), *trace = call_query(call, "updateTrace");
	struct runner *runner = named_runner(call, 1);

	if (runner == NULL)
		return;
	json_array_append_new(
		runner->updates, must(json_pack("{s:o, s:o}", "state", text_json(state == NULL ? "" : state), "trace",
					 text_json(trace == NULL ? "" : trace))));
	call_answer(
		call, MHD_HTTP_OK, must(json_pack("{s:I, s:s}", "id", (json_int_t)runner->id, "name", runner->name)));
}
