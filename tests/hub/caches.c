#include "tests/hub/caches.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/hub/blobs.h"
#include "tests/hub/entries.h"
#include "tests/hub/jobs.h"
#include "tests/hub/memory.h"
#include "tests/hub/results.h"

#include <string.h>

/* What every request of this service has: the repository that the caller's job belongs to, a key and a version. */
struct asked {
	const char *repository, *key, *version;
};

/* False with the answer set. */
static bool read_request(struct call *call, struct asked *asked)
{
	json_t *request = call_json(call);
	const struct job *job = job_find(call->store, call->owner);

	if (request == NULL) {
		results_refuse(call, MHD_HTTP_BAD_REQUEST, "malformed", "the request is no JSON object");
		return false;
	}
	if (job == NULL || job->status != JOB_IN_PROGRESS) {
		results_refuse(call, MHD_HTTP_FORBIDDEN, "permission_denied", "the job has ended");
		return false;
	}
	asked->repository = job->repository;
	asked->key = json_string_value(json_object_get(request, "key"));
	asked->version = json_string_value(json_object_get(request, "version"));
	if (asked->key != NULL && *asked->key != '\0' && asked->version != NULL)
		return true;
	results_refuse(call, MHD_HTTP_BAD_REQUEST, "invalid_argument", "key and version are required");
	return false;
}

void caches_create(struct call *call)
{
	_cleanup_(freep) char *url = NULL;
	const struct entry *entry;
	struct asked asked;

	if (!read_request(call, &asked))
		return;
	if (entry_find(call->store, ENTRY_CACHE, asked.repository, asked.key, asked.version, false) != NULL) {
		results_refuse(call, MHD_HTTP_CONFLICT, "already_exists",
			"cache entry with the same key, version, and scope already exists");
		return;
	}
	entry = entry_add(call->store, ENTRY_CACHE, asked.repository, asked.key, asked.version);
	url = blob_url(call->store, entry->blob);
	call_answer(call, MHD_HTTP_OK, must(json_pack("{s:b, s:s}", "ok", 1, "signed_upload_url", url)));
}

void caches_finalize(struct call *call)
{
	_cleanup_(freep) char *id = NULL;
	struct entry *entry;
	struct asked asked;

	if (!read_request(call, &asked))
		return;
	entry = entry_find(call->store, ENTRY_CACHE, asked.repository, asked.key, asked.version, false);
	if (entry == NULL) {
		results_refuse(call, MHD_HTTP_NOT_FOUND, "not_found", "there is no such cache entry");
		return;
	}
	if (!results_uploaded(call, entry->blob, "size_bytes"))
		return;
	entry->complete = true;
	id = must(format("%lld", (long long)entry->id));
	call_answer(call, MHD_HTTP_OK, must(json_pack("{s:b, s:s}", "ok", 1, "entry_id", id)));
}

/* The key itself first, then what begins with it, then what begins with each of the restore keys: the newest of each.
 */
static const struct entry *restored(const struct call *call, const struct asked *asked)
{
	json_t *keys = json_object_get(call->json, "restore_keys"), *key;
	const struct entry *entry =
		entry_find(call->store, ENTRY_CACHE, asked->repository, asked->key, asked->version, false);
	size_t i;

	if (entry == NULL || !entry->complete)
		entry = entry_find(call->store, ENTRY_CACHE, asked->repository, asked->key, asked->version, true);
	json_array_foreach (keys, i, key) {
		if (entry != NULL)
			break;
		if (json_is_string(key))
			entry = entry_find(call->store, ENTRY_CACHE, asked->repository, json_string_value(key),
				asked->version, true);
	}
	return entry;
}

void caches_download_url(struct call *call)
{
	_cleanup_(freep) char *url = NULL;
	const struct entry *entry;
	struct asked asked;

	if (!read_request(call, &asked))
		return;
	entry = restored(call, &asked);
	if (entry == NULL) {
		call_answer(call, MHD_HTTP_OK,
			must(json_pack("{s:b, s:s, s:s}", "ok", 0, "signed_download_url", "", "matched_key", "")));
		return;
	}
	url = blob_url(call->store, entry->blob);
	call_answer(call, MHD_HTTP_OK,
		must(json_pack("{s:b, s:s, s:s}", "ok", 1, "signed_download_url", url, "matched_key", entry->name)));
}
