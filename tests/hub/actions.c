#include "tests/hub/actions.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/hub/files.h"
#include "tests/hub/jobs.h"
#include "tests/hub/memory.h"
#include "tests/hub/tenant.h"

#include <stdlib.h>
#include <string.h>

#define SHA_LEN 40

/* Names of files that have a slash are out of reach of /files/NAME. */
static char *file_name(const char *owner, const char *name, const char *ref)
{
	return must(format("actions/%s/%s@%s", owner, name, ref));
}

/* Commits are not kept: the commit of a tarball is the beginning of its SHA-256. The caller frees. */
static char *commit_of(const struct file *file)
{
	char *sha = file_sha256(file);

	sha[SHA_LEN] = '\0';
	return sha;
}

void actions_put(struct call *call)
{
	_cleanup_(freep) char *name = file_name(call->args[0], call->args[1], call->args[2]);
	const struct file *file = file_keep(call->store, name, call->body, call->body_len);
	_cleanup_(freep) char *sha = file == NULL ? NULL : commit_of(file);
	_cleanup_(freep) char *by_sha = sha == NULL ? NULL : file_name(call->args[0], call->args[1], sha);

	if (file == NULL || file_keep(call->store, by_sha, call->body, call->body_len) == NULL)
		call_error(call, MHD_HTTP_INTERNAL_SERVER_ERROR, "The file cannot be kept");
	else
		call_answer(call, MHD_HTTP_CREATED, must(json_pack("{s:s}", "sha", sha)));
}

static json_t *download(const struct store *store, const char *action, const char *version, const struct file *file)
{
	_cleanup_(freep) char *sha = commit_of(file);
	const char *base = store->settings.base;
	_cleanup_(freep) char *tar = must(format("%s/api/v3/repos/%s/tarball/%s", base, action, sha));
	_cleanup_(freep) char *zip = must(format("%s/api/v3/repos/%s/zipball/%s", base, action, sha));

	return must(json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "name", action, "resolved_name", action, "resolved_sha",
		sha, "tar_url", tar, "zip_url", zip, "version", version));
}

/* Adds what one reference resolves to, or why it does not. */
static void resolve(const struct store *store, const json_t *reference, json_t *found, json_t *errors)
{
	const char *action = json_string_value(json_object_get(reference, "action"));
	const char *version = json_string_value(json_object_get(reference, "version"));
	_cleanup_(freep) char *key =
		must(format("%s@%s", action == NULL ? "" : action, version == NULL ? "" : version));
	_cleanup_(freep) char *name = must(format("actions/%s", key));
	const struct file *file = file_find(store, name);
	_cleanup_(freep) char *wrong = NULL;

	if (file != NULL) {
		json_object_set_new(found, key, download(store, action, version, file));
		return;
	}
	wrong = must(format(
		"Unable to resolve action `%s`, unable to find version `%s`", key, version == NULL ? "" : version));
	json_object_set_new(errors, key, must(json_pack("{s:s}", "message", wrong)));
}

void actions_resolve(struct call *call)
{
	json_t *request = call_json(call), *found, *errors, *reference;
	const struct job *job = job_by_uuid(call->store, call->args[1]);
	size_t i;

	if (request == NULL)
		return;
	if (job == NULL || job->id != call->owner || strcmp(job->plan_id, call->args[0]) != 0) {
		call_error(call, MHD_HTTP_NOT_FOUND, "Not Found");
		return;
	}
	found = must(json_object());
	errors = must(json_object());
	json_array_foreach (json_object_get(request, "actions"), i, reference) {
		resolve(call->store, reference, found, errors);
	}
	if (json_object_size(errors) > 0)
		call_answer(call, MHD_HTTP_UNPROCESSABLE_CONTENT, must(json_pack("{s:O}", "errors", errors)));
	else
		call_answer(call, MHD_HTTP_OK, must(json_pack("{s:O}", "actions", found)));
	json_decref(found);
	json_decref(errors);
}

/* The same in the words of the v1 flow. */
static json_t *older_download(const json_t *found)
{
	return must(json_pack("{s:O, s:O, s:O, s:O, s:O, s:O}", "nameWithOwner", json_object_get(found, "name"),
		"resolvedNameWithOwner", json_object_get(found, "resolved_name"), "resolvedSha",
		json_object_get(found, "resolved_sha"), "ref", json_object_get(found, "version"), "tarballUrl",
		json_object_get(found, "tar_url"), "zipballUrl", json_object_get(found, "zip_url")));
}

void actions_resolve_older(struct call *call)
{
	json_t *request = call_json(call), *found, *errors, *answer, *value;
	const struct job *job = job_by_plan(call->store, call->args[0]);
	const char *key;
	size_t i;

	if (request == NULL)
		return;
	if (job == NULL || job->id != call->owner) {
		tenant_refuse(
			call, MHD_HTTP_NOT_FOUND, "TaskOrchestrationPlanNotFoundException", "There is no such plan.");
		return;
	}
	found = must(json_object());
	errors = must(json_object());
	json_array_foreach (json_object_get(request, "actions"), i, value) {
		json_t *reference = must(json_pack("{s:O?, s:O?}", "action", json_object_get(value, "nameWithOwner"),
			"version", json_object_get(value, "ref")));

		resolve(call->store, reference, found, errors);
		json_decref(reference);
	}
	answer = must(json_object());
	json_object_foreach (found, key, value)
		json_object_set_new(answer, key, older_download(value));
	value = json_object_iter_value(json_object_iter(errors));
	if (value != NULL)
		tenant_refuse(call, MHD_HTTP_UNPROCESSABLE_CONTENT, "UnresolvableActionDownloadInfoException",
			json_string_value(json_object_get(value, "message")));
	else
		call_answer(call, MHD_HTTP_OK, must(json_pack("{s:O}", "actions", answer)));
	json_decref(answer);
	json_decref(found);
	json_decref(errors);
}

void actions_tarball(struct call *call)
{
	const char *repository = strchr(call->scope, '/') + 1;
	_cleanup_(freep) char *name = must(format("actions/%s@%s", repository, call->args[0]));
	_cleanup_(freep) char *to =
		must(format("%s/codeload/%s/%s", call->store->settings.base, repository, call->args[0]));

	if (strncmp(call->scope, "repos/", 6) != 0 || file_find(call->store, name) == NULL) {
		call_error(call, MHD_HTTP_NOT_FOUND, "Not Found");
		return;
	}
	call_answer(call, MHD_HTTP_FOUND, NULL);
	call_header(call, "Location", to);
}

void actions_codeload(struct call *call)
{
	_cleanup_(freep) char *name = file_name(call->args[0], call->args[1], call->args[2]);

	file_answer(call, file_find(call->store, name));
	if (call->status == MHD_HTTP_OK)
		call->type = "application/x-gzip";
}
