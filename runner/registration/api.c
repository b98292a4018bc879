#include "runner/registration/api.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "runner/common/architecture.h"
#include "runner/common/json_file.h"
#include "runner/common/log.h"
#include "runner/github/errors.h"
#include "runner/github/jit.h"
#include "runner/github/shared_list.h"

#include <curl/curl.h>
#include <errno.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#define NAME_TRIES 5
#define PAGE_SIZE 100
#define PAGES_MAX 100
#define GROUPS_NS (60 * NS_PER_S) /* so old a list of groups may be that another slot has asked for */

int registration_fit(const char *name, int most)
{
	int len = (int)strnlen(name, (size_t)most);

	/* A byte that continues a character of UTF-8 is 10xxxxxx. */
	while (len == most && most > 0 && ((unsigned char)name[most] & 0xc0) == 0x80)
		len = --most;
	return len;
}

void registration_unique_name(struct record *record, const char *base)
{
	char end[RANDOM_ID_LEN + 1];

	random_id(end);
	snprintf(record->name, sizeof record->name, "%.*s-%s",
		registration_fit(base, CONFIG_NAME_MAX - RANDOM_ID_LEN - 1), base, end);
	record->unique = true;
}

/* A JIT runner has the labels it is given and no others. */
static json_t *labels(const struct pool *pool, const struct record *record)
{
	const struct architecture *architecture;
	struct utsname host;
	json_t *array;

	uname(&host);
	architecture = architecture_find(host.machine);
	array = json_pack(
		"[s, s, s]", "self-hosted", "Linux", architecture != NULL ? architecture->label : host.machine);

	for (size_t i = 0; i < pool->n_labels; i++)
		json_array_append_new(array, json_string(pool->labels[i]));
	if (record->marker[0] != '\0')
		json_array_append_new(array, json_string(record->marker));
	return array;
}

static int check_page(const char *query, struct github_reply *reply, struct error *err)
{
	if (reply->status == 200)
		return 0;
	github_explain(query, reply, err);
	github_reply_free(reply);
	return -1;
}

static int get_page(struct github *github, const struct record *record, const char *query, int page, int64_t bound_ns,
	struct github_reply *reply, struct error *err)
{
	_cleanup_(freep) char *path =
		format("%s/actions/%s?per_page=%d&page=%d", record->entity, query, PAGE_SIZE, page);
	const char *mark = path != NULL ? strchr(query, '?') : NULL;

	if (path == NULL)
		return error_set(err, ENOMEM, "%s", query);
	if (mark != NULL) {
		free(path);
		path = format("%s/actions/%s&per_page=%d&page=%d", record->entity, query, PAGE_SIZE, page);
	}
	if (path == NULL || github_call(github, "GET", path, NULL, bound_ns, reply, err) < 0)
		return -1;
	return check_page(query, reply, err);
}

/* The first page of a list that all slots ask for, as it was at `since_ns` or later. 1: it has further pages. */
static int get_shared(struct github *github, const struct record *record, enum shared_list which, int64_t since_ns,
	int64_t bound_ns, struct github_reply *reply, struct error *err)
{
	static const char *const queries[] = {[SHARED_RUNNERS] = "runners", [SHARED_GROUPS] = "runner-groups"};
	_cleanup_(freep) char *path =
		format("%s/actions/%s?per_page=%d&page=1", record->entity, queries[which], PAGE_SIZE);
	int got;

	if (path == NULL)
		return error_set(err, ENOMEM, "%s", queries[which]);
	got = shared_list_get(github, which, path, since_ns, bound_ns, reply, err);
	return got != 0 ? got : check_page(queries[which], reply, err);
}

static int group_on_page(const struct pool *pool, const json_t *groups, json_int_t *id)
{
	json_t *group;
	size_t i;

	json_array_foreach (groups, i, group) {
		const char *name = json_string_value(json_object_get(group, "name"));
		bool wanted = pool->group != NULL ? name != NULL && strcasecmp(name, pool->group) == 0
						  : json_is_true(json_object_get(group, "default"));

		if (wanted) {
			*id = json_integer_value(json_object_get(group, "id"));
			return 1;
		}
	}
	return 0;
}

/* In the list as it was lately, which is enough for a group that is there. 1 found, 0 not, -1. */
static int find_known_group(const struct supervisor *supervisor, struct github *github, const struct record *record,
	json_int_t *id, struct error *err)
{
	_cleanup_(github_reply_free) struct github_reply reply = {0};
	const int got = get_shared(
		github, record, SHARED_GROUPS, clock_monotonic_ns() - GROUPS_NS, REGISTER_BOUND_NS, &reply, err);

	if (got != 0)
		return got < 0 ? -1 : 0;
	return group_on_page(supervisor->pool, json_object_get(reply.body, "runner_groups"), id);
}

/* A repository has one group, number 1. */
static int find_group(const struct supervisor *supervisor, struct github *github, const struct record *record,
	json_int_t *id, struct error *err)
{
	int known;

	*id = 1;
	if (supervisor->config.github.scope == GITHUB_REPOSITORY)
		return 0;
	known = find_known_group(supervisor, github, record, id, err);
	if (known != 0)
		return known < 0 ? -1 : 0;
	for (int page = 1, more = 1; page <= PAGES_MAX && more; page++) {
		_cleanup_(github_reply_free) struct github_reply reply = {0};
		const json_t *groups;

		if (get_page(github, record, "runner-groups", page, REGISTER_BOUND_NS, &reply, err) < 0)
			return -1;
		groups = json_object_get(reply.body, "runner_groups");
		if (group_on_page(supervisor->pool, groups, id))
			return 0;
		more = json_array_size(groups) == PAGE_SIZE;
	}
	if (supervisor->pool->group == NULL)
		return error_set(err, 0, "runner groups: no default group");
	return error_set(err, 0, "%s: %s: no such runner group",
		supervisor->pool->is_from_file ? "group" : "RUNNER_GROUP", supervisor->pool->group);
}

static bool has_label(json_t *runner, const char *label)
{
	json_t *one;
	size_t i;

	json_array_foreach (json_object_get(runner, "labels"), i, one) {
		const char *name = json_string_value(json_object_get(one, "name"));

		if (name != NULL && strcasecmp(name, label) == 0)
			return true;
	}
	return false;
}

/* Whether this entry of the list is the record's runner, or has its name. */
static bool is_it(json_t *runner, const struct record *record, struct registration_found *found)
{
	const char *name = json_string_value(json_object_get(runner, "name"));
	const char *status = json_string_value(json_object_get(runner, "status"));

	found->id = json_integer_value(json_object_get(runner, "id"));
	if (record->id > 0 ? found->id != record->id : name == NULL || strcasecmp(name, record->name) != 0)
		return false;
	found->idle =
		status != NULL && strcmp(status, "offline") == 0 && !json_is_true(json_object_get(runner, "busy"));
	found->ours =
		record->id > 0 || record->unique || (record->marker[0] != '\0' && has_label(runner, record->marker));
	return true;
}

/* A page of the list; *missing are the runners that the list has according to this page, and that no page so far has
 * shown. 1 found, 0 not, -1: it is no list, which proves nothing. */
static int search_page(const struct github_reply *reply, const struct record *record, json_int_t *seen,
	json_int_t *missing, struct registration_found *found, struct error *err)
{
	const json_t *total = json_object_get(reply->body, "total_count");
	json_t *runners = json_object_get(reply->body, "runners"), *runner;
	size_t i;

	if (!json_is_array(runners) || !json_is_integer(total))
		return error_set(err, 0, "runners: the answer contains no list");
	json_array_foreach (runners, i, runner) {
		if (json_integer_value(json_object_get(runner, "id")) <= 0 ||
			!json_is_string(json_object_get(runner, "name")))
			return error_set(err, 0, "runners: the list contains an entry that is not a runner");
		if (is_it(runner, record, found))
			return 1;
	}
	*seen += (json_int_t)json_array_size(runners);
	*missing = json_integer_value(total) > *seen ? json_integer_value(total) - *seen : 0;
	return 0;
}

/* Every page: a server may put fewer on one than it is asked for. */
static int search_pages(struct github *github, const struct record *record, const char *query, int64_t bound_ns,
	json_int_t *missing, struct registration_found *found, struct error *err)
{
	json_int_t seen = 0, before = -1;

	*missing = 1;
	for (int page = 1; page <= PAGES_MAX && *missing > 0 && seen > before; page++) {
		_cleanup_(github_reply_free) struct github_reply reply = {0};
		int n;

		before = seen;
		if (get_page(github, record, query, page, bound_ns, &reply, err) < 0)
			return -1;
		n = search_page(&reply, record, &seen, missing, found, err);
		if (n != 0)
			return n;
	}
	return 0;
}

/* In the list that all slots share. As search_pages(). */
static int search_shared(struct github *github, const struct record *record, int64_t since_ns, int64_t bound_ns,
	json_int_t *missing, struct registration_found *found, struct error *err)
{
	_cleanup_(github_reply_free) struct github_reply reply = {0};
	json_int_t seen = 0;
	const int got = get_shared(github, record, SHARED_RUNNERS, since_ns, bound_ns, &reply, err);

	*missing = 1;
	if (got != 0)
		return got < 0 ? -1 : 0;
	return search_page(&reply, record, &seen, missing, found, err);
}

static int search_by_name(struct github *github, const struct record *record, int64_t bound_ns, json_int_t *missing,
	struct registration_found *found, struct error *err)
{
	char *escaped = curl_easy_escape(github->curl, record->name, 0);
	_cleanup_(freep) char *query = escaped != NULL ? format("runners?name=%s", escaped) : NULL;

	curl_free(escaped);
	if (query == NULL)
		return error_set(err, ENOMEM, "runners");
	return search_pages(github, record, query, bound_ns, missing, found, err);
}

int registration_lookup(struct github *github, const struct record *record, int64_t since_ns, int64_t bound_ns,
	struct registration_found *found, struct error *err)
{
	json_int_t missing;
	int n = search_shared(github, record, since_ns, bound_ns, &missing, found, err);

	if (n == 0 && missing > 0)
		n = search_by_name(github, record, bound_ns, &missing, found, err);
	/* Old servers do not know the filter, and one may count what it does not show. */
	if (n == 0 && missing > 0)
		n = search_pages(github, record, "runners", bound_ns, &missing, found, err);
	if (n == 0 && missing > 0)
		return error_set(err, 0, "runners: the list is %lld shorter than its total_count", (long long)missing);
	return n;
}

int registration_delete(
	struct github *github, const struct record *record, int64_t id, int64_t bound_ns, struct error *err)
{
	_cleanup_(freep) char *path = format("%s/actions/runners/%lld", record->entity, (long long)id);
	_cleanup_(github_reply_free) struct github_reply reply = {0};

	if (path == NULL)
		return error_set(err, ENOMEM, "runners");
	if (github_call(github, "DELETE", path, NULL, bound_ns, &reply, err) < 0)
		return -1;
	if (reply.status == 204 || reply.status == 404)
		return (int)reply.status;
	github_explain("deregistration", &reply, err);
	return reply.status == 422 ? 422 : -1;
}

/* The name is taken. By our own try whose answer was lost, or by a runner that may be replaced: it is removed, and the
 * name stays. Otherwise another name. */
static int free_name(struct supervisor *supervisor, struct github *github, struct record *record, struct error *err)
{
	struct registration_found found;
	int n = registration_lookup(github, record, clock_monotonic_ns(), REGISTER_BOUND_NS, &found, err);

	if (n <= 0)
		return n;
	if (found.ours || (found.idle && supervisor->config.replace)) {
		int status = registration_delete(github, record, found.id, REGISTER_BOUND_NS, err);

		if (status < 0 || (status == 422 && found.ours))
			return -1; /* record->begun, or it would be forgotten */
		if (status != 422)
			return 0;
	}
	log_line("runner %s exists and is kept: registering under another name", record->name);
	registration_unique_name(record, supervisor->config.name);
	return 0;
}

int registration_take_over(struct github *github, const struct record *record, struct error *err)
{
	struct registration_found found;
	int n = registration_lookup(github, record, clock_monotonic_ns(), REGISTER_BOUND_NS, &found, err);

	if (n <= 0)
		return n < 0 ? -1 : 1;
	if (!found.idle)
		return 0;
	n = registration_delete(github, record, found.id, REGISTER_BOUND_NS, err);
	return n < 0 ? -1 : n != 422;
}

static int take_blob(const struct state *state, const struct github_reply *reply, int rootfd, struct record *record,
	struct error *err)
{
	_cleanup_(jit_free) struct jit_config jit = {0};
	const json_t *blob = json_object_get(reply->body, "encoded_jit_config");
	const json_t *runner = json_object_get(reply->body, "runner");

	record->id = json_integer_value(json_object_get(runner, "id"));
	if (record->id <= 0 || !json_is_string(blob))
		return error_set(err, 0, "generate-jitconfig: the answer contains no runner");
	if (record_write(state, record, err) < 0)
		return -1;
	if (jit_decode(&jit, json_string_value(blob), json_string_length(blob), err) < 0)
		return error_context(err, "generate-jitconfig");
	return jit_write(&jit, rootfd, err);
}

/* What a refusal says of the next try. */
static int refused(const char *what, const struct github_reply *reply, struct error *err)
{
	github_explain(what, reply, err);
	return github_is_final(reply) ? REGISTRATION_REFUSED : -1;
}

struct registering {
	const struct state *state;
	struct record *record;
};

static int before_try(void *context, struct error *err)
{
	const struct registering *registering = context;

	return record_begin(registering->state, registering->record, GITHUB_CONNECT_S, err);
}

/* One call; *open_s is of all so far. As github_call(). */
static int generate(const struct state *state, struct github *github, const char *path, const json_t *request,
	struct record *record, int64_t *open_s, struct github_reply *reply, struct error *err)
{
	struct registering registering = {.state = state, .record = record};
	int called;

	github->before_try = before_try;
	/* cppcheck-suppress autoVariables ; taken away below */
	github->context = &registering;
	called = github_call(github, "POST", path, request, REGISTER_BOUND_NS, reply, err);
	github->before_try = NULL;
	github->context = NULL;
	if (reply->open_s > 0)
		*open_s = reply->open_s;
	record_note(record, *open_s);
	return called;
}

int registration_jit(
	struct supervisor *supervisor, struct github *github, int rootfd, struct record *record, struct error *err)
{
	_cleanup_(freep) char *path = format("%s/actions/runners/generate-jitconfig", record->entity);
	int64_t open_s = 0;
	json_int_t group;

	if (path == NULL)
		return error_set(err, ENOMEM, "generate-jitconfig");
	if (find_group(supervisor, github, record, &group, err) < 0)
		return -1;
	for (int tries = 0; tries < NAME_TRIES; tries++) {
		_cleanup_(github_reply_free) struct github_reply reply = {0};
		_cleanup_(json_drop) json_t *request = json_pack("{s:s, s:I, s:o, s:s}", "name", record->name,
			"runner_group_id", group, "labels", labels(supervisor->pool, record), "work_folder", "_work");

		if (request == NULL)
			return error_set(err, 0, "the runner's name or labels: not UTF-8");
		if (generate(&supervisor->state, github, path, request, record, &open_s, &reply, err) < 0)
			return -1;
		if (reply.status == 201 && take_blob(&supervisor->state, &reply, rootfd, record, err) == 0)
			return 0;
		if (reply.status == 201 && record->id > 0)
			return -1;
		if (reply.status != 201 && reply.status != 409)
			return refused("generate-jitconfig", &reply, err);
		/* 409: so it is with our own first try. And an answer that was cut is no answer. */
		record_note(record, time(NULL));
		if (free_name(supervisor, github, record, err) < 0)
			return -1;
	}
	return error_set(err, 0, "generate-jitconfig: no free name in %d tries", NAME_TRIES);
}

int registration_token(struct github *github, const struct record *record, struct secret *token, struct error *err)
{
	_cleanup_(freep) char *path = format("%s/actions/runners/registration-token", record->entity);
	_cleanup_(github_reply_free) struct github_reply reply = {0};
	const json_t *text;

	if (path == NULL)
		return error_set(err, ENOMEM, "registration-token");
	if (github_call(github, "POST", path, NULL, REGISTER_BOUND_NS, &reply, err) < 0)
		return -1;
	if (reply.status != 201)
		return refused("registration-token", &reply, err);
	text = json_object_get(reply.body, "token");
	if (!json_is_string(text))
		return error_set(err, 0, "registration-token: the answer contains no token");
	if (secret_set(token, json_string_value(text), json_string_length(text), err) < 0 ||
		secret_check_token(token, err) < 0)
		return error_context(err, "registration-token");
	return 0;
}
