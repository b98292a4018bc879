#include "tests/hub/routes.h"

#include "common/io.h"
#include "tests/hub/actions.h"
#include "tests/hub/admin.h"
#include "tests/hub/agents.h"
#include "tests/hub/app.h"
#include "tests/hub/artifacts.h"
#include "tests/hub/auth.h"
#include "tests/hub/blobs.h"
#include "tests/hub/broker.h"
#include "tests/hub/caches.h"
#include "tests/hub/faults.h"
#include "tests/hub/feed.h"
#include "tests/hub/files.h"
#include "tests/hub/jit.h"
#include "tests/hub/mailbox.h"
#include "tests/hub/memory.h"
#include "tests/hub/notices.h"
#include "tests/hub/oauth.h"
#include "tests/hub/register.h"
#include "tests/hub/requests.h"
#include "tests/hub/rest.h"
#include "tests/hub/results.h"
#include "tests/hub/runservice.h"
#include "tests/hub/tenant.h"
#include "tests/hub/timeline.h"

#include <stdlib.h>
#include <string.h>

#define API_BASE "/api/v3"
#define PLAN "/tenant" TENANT_PLANS_PATH "*/"
#define REMOTE (ALLOW_REGISTER | ALLOW_REMOVE)

static const struct route routes[] = {
	/* facts 1.d.1: administration */
	{"POST", "{E}/actions/runners/registration-token", ALLOW_PAT | ALLOW_BASIC, true, 0, rest_registration_token},
	{"POST", "{E}/actions/runners/remove-token", ALLOW_PAT | ALLOW_BASIC, true, 0, rest_remove_token},
	{"POST", "{E}/actions/runners/generate-jitconfig", ALLOW_PAT, true, 0, jit_generate},
	{"GET", "{E}/actions/runners/downloads", ALLOW_PAT, true, 0, rest_downloads},
	{"GET", "{E}/actions/runners", ALLOW_PAT | REMOTE, true, 0, rest_list_runners},
	{"GET", "{E}/actions/runners/*", ALLOW_PAT, true, 0, rest_get_runner},
	{"DELETE", "{E}/actions/runners/*", ALLOW_PAT | REMOTE, true, 0, rest_delete_runner},
	{"GET", "{E}/actions/runners/*/labels", ALLOW_PAT, true, 0, rest_get_labels},
	{"GET", "{E}/actions/runner-groups", ALLOW_PAT | REMOTE, true, 0, rest_runner_groups},
	/* GitHub Apps */
	{"GET", "{E}/installation", ALLOW_APP, true, 0, app_installation},
	{"POST", "/app/installations/*/access_tokens", ALLOW_APP, true, 0, app_access_token},
	/* 1.d.2: registration by config.sh */
	{"POST", "/actions/runner-registration", REMOTE, true, 0, register_event},
	{"POST", "/actions/runners/register", ALLOW_REGISTER, true, 0, register_runner},
	{"GET", "/tenant/_apis/connectionData", 0, false, 0, tenant_connection_data},
	/* the v1 flow: registration, the Listener, the job */
	{"GET", "/tenant" TENANT_AGENTS_PATH, ALLOW_TENANT | ALLOW_RUNNER, false, 0, agents_pools},
	{"GET", "/tenant" TENANT_AGENTS_PATH "*/agents", ALLOW_TENANT, false, 0, agents_list},
	{"POST", "/tenant" TENANT_AGENTS_PATH "*/agents", ALLOW_TENANT, false, 0, agents_add},
	{"PUT", "/tenant" TENANT_AGENTS_PATH "*/agents/*", ALLOW_TENANT, false, 0, agents_replace},
	{"DELETE", "/tenant" TENANT_AGENTS_PATH "*/agents/*", ALLOW_TENANT, false, 0, agents_delete},
	{"GET", "/tenant" TENANT_PACKAGES_PATH "*/*", ALLOW_JOB, false, 0, agents_packages},
	{"POST", "/tenant" TENANT_AGENTS_PATH "*/sessions", ALLOW_RUNNER, false, 0, mailbox_open_session},
	{"DELETE", "/tenant" TENANT_AGENTS_PATH "*/sessions/*", ALLOW_RUNNER, false, 0, mailbox_close_session},
	{"GET", "/tenant" TENANT_AGENTS_PATH "*/messages", ALLOW_RUNNER, false, 0, mailbox_get_message},
	{"DELETE", "/tenant" TENANT_AGENTS_PATH "*/messages/*", ALLOW_RUNNER, false, 0, mailbox_delete_message},
	{"PATCH", "/tenant" TENANT_AGENTS_PATH "*/jobrequests/*", ALLOW_RUNNER, false, 0, mailbox_renew_job},
	{"POST", PLAN "timelines", ALLOW_JOB, false, 0, timeline_add},
	{"GET", PLAN "timelines/*", ALLOW_JOB, false, 0, timeline_get},
	{"PATCH", PLAN "timelines/*/records", ALLOW_JOB, false, 0, timeline_update},
	{"POST", PLAN "timelines/*/records/*/feed", ALLOW_JOB, false, 0, timeline_feed},
	{"PUT", PLAN "timelines/*/records/*/attachments/*/*", ALLOW_JOB, false, BLOB_MAX, timeline_attach},
	{"POST", PLAN "logs", ALLOW_JOB, false, 0, timeline_add_log},
	{"POST", PLAN "logs/*", ALLOW_JOB, false, BLOB_MAX, timeline_append_log},
	{"POST", PLAN "events", ALLOW_JOB, false, 0, timeline_event},
	{"POST", PLAN "actiondownloadinfo", ALLOW_JOB, false, 0, actions_resolve_older},
	/* 1.d.3 to 1.d.5: the runner at work */
	{"POST", "/tenant" TENANT_CONFIG_PATH "*/*", ALLOW_RUNNER, false, 0, tenant_refresh_config},
	{"PUT", "/tenant" TENANT_AGENTS_PATH "*/agents/*/updates", ALLOW_RUNNER, false, 0, tenant_agent_update},
	{"POST", OAUTH_PATH, 0, false, 0, oauth_token},
	{"POST", OAUTH_V2_PATH, 0, false, 0, oauth_token},
	{"POST", "/broker/session", ALLOW_RUNNER, false, 0, broker_open_session},
	{"DELETE", "/broker/session", ALLOW_RUNNER, false, 0, broker_close_session},
	{"GET", "/broker/message", ALLOW_RUNNER, false, 0, broker_get_message},
	{"POST", "/broker/acknowledge", ALLOW_RUNNER, false, 0, broker_acknowledge},
	{"POST", "/run/acquirejob", ALLOW_RUNNER, false, 0, run_acquire},
	{"POST", "/run/renewjob", ALLOW_RUNNER | ALLOW_JOB, false, 0, run_renew},
	{"POST", "/run/completejob", ALLOW_RUNNER | ALLOW_JOB, false, 0, run_complete},
	/* 1.d.6: results */
	{"POST", RECEIVER "GetStepLogsSignedBlobURL", ALLOW_JOB, false, 0, results_step_logs_url},
	{"POST", RECEIVER "CreateStepLogsMetadata", ALLOW_JOB, false, 0, results_step_logs_done},
	{"POST", RECEIVER "GetStepSummarySignedBlobURL", ALLOW_JOB, false, 0, results_step_summary_url},
	{"POST", RECEIVER "CreateStepSummaryMetadata", ALLOW_JOB, false, 0, results_step_summary_done},
	{"POST", RECEIVER "GetJobLogsSignedBlobURL", ALLOW_JOB, false, 0, results_job_logs_url},
	{"POST", RECEIVER "CreateJobLogsMetadata", ALLOW_JOB, false, 0, results_job_logs_done},
	{"POST", RECEIVER "GetJobDiagLogsSignedBlobURL", ALLOW_JOB, false, 0, results_diag_logs_url},
	{"POST", STEP_UPDATES "WorkflowStepsUpdate", ALLOW_JOB, false, 0, results_steps_update},
	{"GET", FEED_PATH, ALLOW_JOB, false, 0, feed_open},
	{"POST", ARTIFACTS "CreateArtifact", ALLOW_JOB, false, 0, artifacts_create},
	{"POST", ARTIFACTS "FinalizeArtifact", ALLOW_JOB, false, 0, artifacts_finalize},
	{"POST", ARTIFACTS "ListArtifacts", ALLOW_JOB, false, 0, artifacts_list},
	{"POST", ARTIFACTS "GetSignedArtifactURL", ALLOW_JOB, false, 0, artifacts_signed_url},
	{"POST", ARTIFACTS "DeleteArtifact", ALLOW_JOB, false, 0, artifacts_delete},
	{"POST", CACHES "CreateCacheEntry", ALLOW_JOB, false, 0, caches_create},
	{"POST", CACHES "FinalizeCacheEntryUpload", ALLOW_JOB, false, 0, caches_finalize},
	{"POST", CACHES "GetCacheEntryDownloadURL", ALLOW_JOB, false, 0, caches_download_url},
	{"PUT", BLOBS "*", 0, false, BLOB_MAX, blobs_put},
	{"GET", BLOBS "*", 0, false, 0, blobs_get},
	{"GET", "/files/*", 0, false, 0, files_get},
	/* 1.d.6: actions */
	{"POST", "/actions/build/*/jobs/*/runnerresolve/actions", ALLOW_JOB, false, 0, actions_resolve},
	{"GET", "{E}/tarball/*", 0, true, 0, actions_tarball},
	{"GET", "/codeload/*/*/*", 0, false, 0, actions_codeload},
	/* for tests */
	{"POST", "/_hub/jobs", 0, false, 0, admin_add_job},
	{"GET", "/_hub/jobs", 0, false, 0, admin_list_jobs},
	{"GET", "/_hub/jobs/*", 0, false, 0, admin_get_job},
	{"GET", "/_hub/jobs/*/wait", 0, false, 0, admin_wait_job},
	{"GET", "/_hub/jobs/*/log", 0, false, 0, admin_job_log},
	{"GET", "/_hub/jobs/*/steps", 0, false, 0, admin_job_steps},
	{"POST", "/_hub/jobs/*/cancel", 0, false, 0, admin_cancel_job},
	{"POST", "/_hub/jobs/*/lose", 0, false, 0, admin_lose_job},
	{"GET", "/_hub/runners", 0, false, 0, admin_runners},
	{"POST", "/_hub/runners/*/messages", 0, false, 0, notices_post},
	{"GET", "/_hub/wait-runner", 0, false, 0, admin_wait_runner},
	{"POST", "/_hub/faults", 0, false, 0, faults_post},
	{"GET", "/_hub/faults", 0, false, 0, faults_get},
	{"DELETE", "/_hub/faults", 0, false, 0, faults_delete},
	{"GET", "/_hub/requests", 0, false, 0, requests_get},
	{"DELETE", "/_hub/requests", 0, false, 0, requests_delete},
	{"PUT", "/_hub/actions/*/*/*", 0, false, FILE_MAX, actions_put},
	{"PUT", "/_hub/files/*", 0, false, FILE_MAX, files_put},
};

/* Paths of the REST API without its base; /actions and the entities are nowhere else. */
static const char *const entities[] = {"/repos/", "/orgs/", "/enterprises/"};

static bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool route_is_api(const char *url)
{
	if (starts_with(url, "/actions/build/")) /* the launch service, elsewhere at GitHub */
		return false;
	if (starts_with(url, API_BASE "/") || starts_with(url, "/actions/") || starts_with(url, "/app/"))
		return true;
	for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++)
		if (starts_with(url, entities[i]))
			return true;
	return false;
}

/* The length of "/repos/o/r", "/orgs/o" or "/enterprises/e" at the start of `path`, or 0. */
static size_t entity_len(const char *path)
{
	for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++) {
		size_t len = strlen(entities[i]);

		if (strncmp(path, entities[i], len) != 0)
			continue;
		for (int names = i == 0 ? 2 : 1; names > 0; names--) {
			size_t name =
				strspn(path + len, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

			if (name == 0 || path[len + name] != '/')
				return 0;
			len += name + (names > 1 ? 1 : 0);
		}
		return len;
	}
	return 0;
}

/* Compares segment by segment; a double slash counts as one, since clients join URLs carelessly. */
static bool matches(const char *pattern, const char *path, char *args[CALL_ARGS_MAX])
{
	size_t used = 0;

	while (*pattern != '\0' || *path != '\0') {
		size_t want, have;

		path += strspn(path, "/");
		pattern += strspn(pattern, "/");
		want = strcspn(pattern, "/");
		have = strcspn(path, "/");
		if (want == 1 && *pattern == '*' && have > 0 && used < CALL_ARGS_MAX)
			args[used++] = must(strndup(path, have));
		else if (want != have || memcmp(pattern, path, want) != 0)
			return false;
		pattern += want;
		path += have;
	}
	return true;
}

static void clear_args(struct call *call)
{
	for (size_t i = 0; i < CALL_ARGS_MAX; i++) {
		free(call->args[i]);
		call->args[i] = NULL;
	}
}

const struct route *route_find(struct call *call)
{
	size_t entity;

	if (starts_with(call->path, API_BASE "/"))
		call->path += strlen(API_BASE);
	entity = entity_len(call->path);
	for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
		bool wants_entity = starts_with(routes[i].pattern, "{E}");

		if (strcmp(routes[i].method, call->method) != 0 || wants_entity != (entity > 0))
			continue;
		if (call->path != call->url && !routes[i].api)
			continue;
		if (matches(routes[i].pattern + (wants_entity ? 3 : 0), call->path + entity, call->args)) {
			if (wants_entity)
				call->scope = must(strndup(call->path + 1, entity - 1));
			return &routes[i];
		}
		clear_args(call);
	}
	return NULL;
}
