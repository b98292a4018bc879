#include "tests/hub/artifacts.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/hub/blobs.h"
#include "tests/hub/entries.h"
#include "tests/hub/memory.h"
#include "tests/hub/results.h"

#include <string.h>

static const char *text_of(const struct call *call, const char *key)
{
	return json_string_value(json_object_get(call->json, key));
}

/* A filter is a wrapped value, {"value": …} in protobuf's JSON or the value itself. NULL: no such filter. */
static const json_t *filter_of(const struct call *call, const char *key)
{
	const json_t *filter = json_object_get(call->json, key);

	return json_is_object(filter) ? json_object_get(filter, "value") : filter;
}

/* The artifact of the calling job's run that the request names. NULL with the answer set. */
static struct entry *named_artifact(struct call *call)
{
	const struct job *job = results_job(call, NULL);
	const char *name;
	struct entry *entry;

	if (job == NULL)
		return NULL;
	name = text_of(call, "name");
	entry = name == NULL ? NULL : entry_find(call->store, ENTRY_ARTIFACT, job->plan_id, name, "", false);
	if (entry == NULL)
		results_refuse(call, MHD_HTTP_NOT_FOUND, "not_found", "there is no such artifact in the run");
	return entry;
}

void artifacts_create(struct call *call)
{
	const struct job *job = results_job(call, NULL);
	_cleanup_(freep) char *url = NULL;
	const char *name;
	struct entry *entry;

	if (job == NULL)
		return;
	name = text_of(call, "name");
	if (name == NULL || *name == '\0') {
		results_refuse(call, MHD_HTTP_BAD_REQUEST, "invalid_argument", "name is required");
		return;
	}
	if (entry_find(call->store, ENTRY_ARTIFACT, job->plan_id, name, "", false) != NULL) {
		results_refuse(call, MHD_HTTP_CONFLICT, "already_exists",
			"an artifact with this name already exists on the workflow run");
		return;
	}
	entry = entry_add(call->store, ENTRY_ARTIFACT, job->plan_id, name, "");
	url = blob_url(call->store, entry->blob);
	call_answer(call, MHD_HTTP_OK, must(json_pack("{s:b, s:s}", "ok", 1, "signed_upload_url", url)));
}

void artifacts_finalize(struct call *call)
{
	struct entry *entry = named_artifact(call);
	const json_t *hash;
	_cleanup_(freep) char *id = NULL;

	if (entry == NULL || !results_uploaded(call, entry->blob, "size"))
		return;
	hash = filter_of(call, "hash");
	entry->digest = hash == NULL ? NULL : copy_text(json_string_value(hash));
	entry->complete = true;
	id = must(format("%lld", (long long)entry->id));
	call_answer(call, MHD_HTTP_OK, must(json_pack("{s:b, s:s}", "ok", 1, "artifact_id", id)));
}

static json_t *artifact_json(const struct entry *entry, const struct job *job)
{
	_cleanup_(freep) char *id = must(format("%lld", (long long)entry->id));
	_cleanup_(freep) char *size = must(format("%zu", entry->blob->len));

	return must(json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s?}", "workflow_run_backend_id", job->plan_id,
		"workflow_job_run_backend_id", job->job_id, "database_id", id, "name", entry->name, "size", size,
		"created_at", entry->created, "digest", entry->digest));
}

void artifacts_list(struct call *call)
{
	const struct job *job = results_job(call, NULL);
	const json_t *name, *id;
	json_t *list;

	if (job == NULL)
		return;
	name = filter_of(call, "name_filter");
	id = filter_of(call, "id_filter");
	if ((name != NULL && !json_is_string(name)) || (id != NULL && !json_is_string(id))) {
		results_refuse(call, MHD_HTTP_BAD_REQUEST, "invalid_argument", "a filter is a string");
		return;
	}
	list = must(json_array());
	for (const struct entry *entry = call->store->entries; entry != NULL; entry = entry->next) {
		_cleanup_(freep) char *number = must(format("%lld", (long long)entry->id));

		if (entry->kind != ENTRY_ARTIFACT || !entry->complete || strcmp(entry->scope, job->plan_id) != 0 ||
			(name != NULL && strcmp(json_string_value(name), entry->name) != 0) ||
			(id != NULL && strcmp(json_string_value(id), number) != 0))
			continue;
		json_array_append_new(list, artifact_json(entry, job));
	}
	call_answer(call, MHD_HTTP_OK, must(json_pack("{s:o}", "artifacts", list)));
}

void artifacts_signed_url(struct call *call)
{
	const struct entry *entry = named_artifact(call);
	_cleanup_(freep) char *url = NULL;

	if (entry == NULL)
		return;
	if (!entry->complete) {
		results_refuse(call, MHD_HTTP_NOT_FOUND, "not_found", "the artifact is not complete");
		return;
	}
	url = blob_url(call->store, entry->blob);
	call_answer(call, MHD_HTTP_OK, must(json_pack("{s:s}", "signed_url", url)));
}

void artifacts_delete(struct call *call)
{
	struct entry *entry = named_artifact(call);
	_cleanup_(freep) char *id = NULL;

	if (entry == NULL)
		return;
	id = must(format("%lld", (long long)entry->id));
	entry_remove(call->store, entry);
	call_answer(call, MHD_HTTP_OK, must(json_pack("{s:b, s:s}", "ok", 1, "artifact_id", id)));
}
