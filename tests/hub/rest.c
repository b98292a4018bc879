#include "tests/hub/rest.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/hub/clock.h"
#include "tests/hub/files.h"
#include "tests/hub/memory.h"
#include "tests/hub/ratelimit.h"
#include "tests/hub/runners.h"
#include "tests/hub/tokens.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PER_PAGE 30
#define PER_PAGE_MAX 100

static void answer_token(struct call *call, enum token_kind kind)
{
	int64_t life_s = call->store->settings.token_s;
	const struct token *token = token_add(call->store, kind, NULL, call->scope, 0, life_s);
	char expires[ISO_TIME_MAX];

	call_answer(call, MHD_HTTP_CREATED,
		must(json_pack("{s:s, s:s}", "token", token->value, "expires_at", iso_time(life_s, expires))));
}

void rest_registration_token(struct call *call)
{
	answer_token(call, TOKEN_REGISTER);
}

void rest_remove_token(struct call *call)
{
	answer_token(call, TOKEN_REMOVE);
}

struct page {
	int64_t number, size, total;
};

/* The Link header: RFC 8288, in GitHub's order. */
static void add_links(struct call *call, const struct page *page)
{
	int64_t last = (page->total + page->size - 1) / page->size;
	const struct {
		const char *rel;
		int64_t number;
		bool shown;
	} links[] = {
		{"prev", page->number - 1, page->number > 1},
		{"next", page->number + 1, page->number < last},
		{"last", last, page->number < last},
		{"first", 1, page->number > 1},
	};
	char value[2048] = "";

	for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
		size_t used = strlen(value);

		if (links[i].shown)
			snprintf(value + used, sizeof value - used, "%s<%s%s?per_page=%lld&page=%lld>; rel=\"%s\"",
				used > 0 ? ", " : "", call->store->settings.base, call->url, (long long)page->size,
				(long long)links[i].number, links[i].rel);
	}
	if (value[0] != '\0')
		call_header(call, "Link", value);
}

/* RFC 9110, section 13.1.2. FNV-1a: nobody here looks for two lists that have the same. */
static void answer_if_changed(struct call *call)
{
	const char *known = call_header_of(call, "If-None-Match");
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	char etag[32];

	for (size_t i = 0; i < call->text_len; i++)
		hash = (hash ^ (unsigned char)call->text[i]) * UINT64_C(0x100000001b3);
	snprintf(etag, sizeof etag, "W/\"%016llx\"", (unsigned long long)hash);
	call_header(call, "ETag", etag);
	if (known == NULL || strcmp(known, etag) != 0)
		return;
	call_answer(call, MHD_HTTP_NOT_MODIFIED, NULL);
	rates_give_back(call);
}

void rest_list_runners(struct call *call)
{
	struct page page = {call_query_number(call, "page", 1), call_query_number(call, "per_page", PER_PAGE), 0};
	const char *name = call_query(call, "name");
	json_t *shown = must(json_array());

	if (page.number < 1)
		page.number = 1;
	if (page.size < 1 || page.size > PER_PAGE_MAX)
		page.size = page.size < 1 ? PER_PAGE : PER_PAGE_MAX;
	for (struct runner *r = call->store->runners; r != NULL; r = r->next) {
		if (runner_find(call->store, call->scope, r->id) == NULL)
			continue;
		if (name != NULL && strcasecmp(name, r->name) != 0)
			continue;
		/* The page that this one falls on; comparing pages cannot overflow, whatever number was asked for. */
		if (page.total / page.size + 1 == page.number)
			json_array_append_new(shown, runner_json(call->store, r));
		page.total++;
	}
	add_links(call, &page);
	call_answer(call, MHD_HTTP_OK,
		must(json_pack("{s:I, s:o}", "total_count", (json_int_t)page.total, "runners", shown)));
	answer_if_changed(call);
}

/* The runner that the path names, or NULL with the answer set. */
static struct runner *named_runner(struct call *call)
{
	struct runner *runner = runner_find(call->store, call->scope, call_arg_number(call, 0));

	if (runner == NULL)
		call_error(call, MHD_HTTP_NOT_FOUND, "Not Found");
	return runner;
}

void rest_get_runner(struct call *call)
{
	const struct runner *runner = named_runner(call);

	if (runner != NULL)
		call_answer(call, MHD_HTTP_OK, runner_json(call->store, runner));
}

void rest_delete_runner(struct call *call)
{
	struct runner *runner = named_runner(call);

	if (runner == NULL)
		return;
	if (runner_job(call->store, runner) != NULL) {
		call_error(call, MHD_HTTP_UNPROCESSABLE_CONTENT, "Bad request - Runner \"%s\" is still running a job\"",
			runner->name);
		return;
	}
	runner_remove(call->store, runner);
	call_answer(call, MHD_HTTP_NO_CONTENT, NULL);
}

void rest_get_labels(struct call *call)
{
	const struct runner *runner = named_runner(call);

	if (runner != NULL)
		call_answer(call, MHD_HTTP_OK,
			must(json_pack("{s:I, s:O}", "total_count", (json_int_t)json_array_size(runner->labels),
				"labels", runner->labels)));
}

void rest_runner_groups(struct call *call)
{
	json_t *groups;

	/* An administrator has groups in organisations and enterprises only; config.sh asks for them everywhere. */
	if (call->auth != AUTH_REMOTE && strncmp(call->scope, "repos/", 6) == 0) {
		call_error(call, MHD_HTTP_NOT_FOUND, "Not Found");
		return;
	}
	groups = must(json_array());
	for (size_t i = 0; i < call->store->group_count; i++) {
		const struct group *group = &call->store->groups[i];

		json_array_append_new(groups,
			must(json_pack("{s:I, s:s, s:b, s:b, s:s}", "id", (json_int_t)group->id, "name", group->name,
				"default", group->id == 1, "is_hosted", group->hosted, "visibility", "all")));
	}
	call_answer(call, MHD_HTTP_OK,
		must(json_pack(
			"{s:I, s:o}", "total_count", (json_int_t)call->store->group_count, "runner_groups", groups)));
	answer_if_changed(call);
}

void rest_downloads(struct call *call)
{
	static const char prefix[] = "actions-runner-linux-";
	json_t *list = must(json_array());

	for (const struct file *file = call->store->files; file != NULL; file = file->next) {
		_cleanup_(freep) char *digest = NULL, *url = NULL, *architecture = NULL;

		if (strncmp(file->name, prefix, sizeof prefix - 1) != 0)
			continue;
		digest = file_sha256(file);
		url = must(format("%s/files/%s", call->store->settings.base, file->name));
		architecture =
			must(strndup(file->name + sizeof prefix - 1, strcspn(file->name + sizeof prefix - 1, "-")));
		json_array_append_new(
			list, must(json_pack("{s:s, s:s, s:s, s:s, s:s}", "os", "linux", "architecture", architecture,
				      "download_url", url, "filename", file->name, "sha256_checksum", digest)));
	}
	call_answer(call, MHD_HTTP_OK, list);
}
