#include "tests/hub/runners.h"

#include "tests/hub/clock.h"
#include "tests/hub/encode.h"
#include "tests/hub/jobs.h"
#include "tests/hub/memory.h"

#include <stdlib.h>
#include <string.h>

struct runner *runner_add(struct store *store, const char *scope, const char *name)
{
	struct runner *runner = must(calloc(1, sizeof *runner)), **end = &store->runners;

	runner->id = store_next_id(store);
	runner->scope = copy_text(scope);
	runner->name = copy_text(name);
	runner->os = copy_text("unknown");
	runner->client_id = random_uuid();
	runner->group_id = 1;
	runner->labels = must(json_array());
	runner->notices = must(json_array());
	runner->updates = must(json_array());
	while (*end != NULL)
		end = &(*end)->next;
	*end = runner;
	return runner;
}

bool runner_has_label(const struct runner *runner, const char *name)
{
	json_t *label;
	size_t i;

	json_array_foreach (runner->labels, i, label) {
		if (strcasecmp(json_string_value(json_object_get(label, "name")), name) == 0)
			return true;
	}
	return false;
}

void runner_add_label(struct runner *runner, const char *name)
{
	static const char *const system_labels[] = {"self-hosted", "Linux", "X64", "X86", "ARM", "ARM64"};
	const char *type = "custom";
	json_t *label;

	if (runner_has_label(runner, name))
		return;
	for (size_t i = 0; i < sizeof system_labels / sizeof system_labels[0]; i++)
		if (strcasecmp(name, system_labels[i]) == 0)
			type = "read-only";
	label = must(json_pack(
		"{s:I, s:s, s:s}", "id", (json_int_t)json_array_size(runner->labels) + 1, "name", name, "type", type));
	json_array_append_new(runner->labels, label);
}

struct runner *runner_or_retired(struct store *store, int64_t id)
{
	for (struct runner *r = store->runners; r != NULL; r = r->next)
		if (r->id == id)
			return r;
	return NULL;
}

struct runner *runner_find(struct store *store, const char *scope, int64_t id)
{
	struct runner *runner = runner_or_retired(store, id);

	if (runner == NULL || runner->retired_ns != 0)
		return NULL;
	return scope == NULL || strcasecmp(runner->scope, scope) == 0 ? runner : NULL;
}

struct runner *runner_by_name(struct store *store, const char *scope, const char *name)
{
	for (struct runner *r = store->runners; r != NULL; r = r->next)
		if (r->retired_ns == 0 && (scope == NULL || strcasecmp(r->scope, scope) == 0) &&
			strcasecmp(r->name, name) == 0)
			return r;
	return NULL;
}

struct runner *runner_by_client(struct store *store, const char *client_id)
{
	for (struct runner *r = store->runners; r != NULL; r = r->next)
		if (r->retired_ns == 0 && strcmp(r->client_id, client_id) == 0)
			return r;
	return NULL;
}

static void runner_free(struct runner *runner)
{
	free(runner->name);
	free(runner->scope);
	free(runner->os);
	free(runner->version);
	free(runner->client_id);
	free(runner->session_id);
	free(runner->session_owner);
	json_decref(runner->labels);
	json_decref(runner->notices);
	json_decref(runner->updates);
	EVP_PKEY_free(runner->key);
	free(runner);
}

void runner_remove(struct store *store, struct runner *runner)
{
	runner_close_session(store, runner);
	for (struct runner **at = &store->runners; *at != NULL; at = &(*at)->next)
		if (*at == runner) {
			*at = runner->next;
			runner_free(runner);
			return;
		}
}

void runner_retire(struct runner *runner)
{
	runner->retired_ns = now_ns();
}

bool runner_online(const struct store *store, const struct runner *runner)
{
	return runner->session_id != NULL &&
	       (runner->polls > 0 || now_ns() - runner->session_seen_ns < store->settings.session_ns);
}

struct job *runner_job(const struct store *store, const struct runner *runner)
{
	for (struct job *job = store->jobs; job != NULL; job = job->next)
		if (job->runner_id == runner->id && job->status != JOB_COMPLETED)
			return job;
	return NULL;
}

void runner_open_session(struct store *store, struct runner *runner, const char *owner)
{
	runner_close_session(store, runner);
	runner->session_id = random_uuid();
	runner->session_owner = copy_text(owner);
	runner->session_seen_ns = now_ns();
}

void runner_close_session(struct store *store, struct runner *runner)
{
	struct job *job = runner_job(store, runner);

	if (job != NULL && job->status == JOB_QUEUED)
		job_withdraw(job);
	free(runner->session_id);
	free(runner->session_owner);
	runner->session_id = NULL;
	runner->session_owner = NULL;
	runner->polls = 0;
}

json_t *runner_json(const struct store *store, const struct runner *runner)
{
	return must(json_pack("{s:I, s:s, s:s, s:s, s:b, s:b, s:I, s:O}", "id", (json_int_t)runner->id, "name",
		runner->name, "os", runner->os, "status", runner_online(store, runner) ? "online" : "offline", "busy",
		runner_job(store, runner) != NULL, "ephemeral", runner->ephemeral, "runner_group_id",
		(json_int_t)runner->group_id, "labels", runner->labels));
}

void runners_sweep(struct store *store)
{
	for (struct runner *r = store->runners, *next; r != NULL; r = next) {
		next = r->next;
		if (r->retired_ns != 0 &&
			(r->session_id == NULL || now_ns() - r->retired_ns > store->settings.session_ns))
			runner_remove(store, r);
	}
}

void runners_free(struct store *store)
{
	while (store->runners != NULL) {
		struct runner *runner = store->runners;

		store->runners = runner->next;
		runner_free(runner);
	}
}
