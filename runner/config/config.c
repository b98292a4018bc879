#include "runner/config/config.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/parse.h"
#include "runner/config/inputs.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define APP_ID_MAX 64
#define DEFAULT_FREE_DISK (UINT64_C(1) << 30)
#define DEFAULT_FREE_MEMORY (UINT64_C(256) << 20)
#define DEFAULT_DRAIN_NS (INT64_C(6) * 3600 * 1000000000)

struct reader {
	const struct config_facts *facts;
	struct problems *problems;
};

/* An empty variable counts as one that is not set: compose files pass them on like that. */
static const char *get(const struct reader *r, const char *name)
{
	const char *value = r->facts->lookup(r->facts->context, name);

	return value != NULL && *value != '\0' ? value : NULL;
}

static char *copy(const char *text)
{
	char *same = strdup(text);

	if (same == NULL)
		abort(); /* a configuration half read must not run */
	return same;
}

static bool get_bool(const struct reader *r, const char *name, bool otherwise)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {{"true", true}, {"1", true}, {"yes", true}, {"false", false}, {"0", false}, {"no", false}};
	const char *value = get(r, name);

	if (value == NULL)
		return otherwise;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcasecmp(value, words[i].word) == 0)
			return words[i].value;
	problem(r->problems, "expected true or false", "%s: %s: not a boolean", name, value);
	return otherwise;
}

static bool get_plugin_host(const struct reader *r)
{
	const char *value = get(r, "COFFERDAM_PLUGIN_HOST");

	if (value == NULL || strcmp(value, "refuse") == 0)
		return false;
	if (strcmp(value, "allow") != 0)
		problem(r->problems, "expected refuse or allow", "COFFERDAM_PLUGIN_HOST: %s: unknown value", value);
	return true;
}

static enum job_notes get_job_notes(const struct reader *r)
{
	if (get(r, "COFFERDAM_JOB_NOTES") == NULL)
		return JOB_NOTES_WITH_HOOK;
	return get_bool(r, "COFFERDAM_JOB_NOTES", false) ? JOB_NOTES_ALWAYS : JOB_NOTES_NEVER;
}

/* main() has read it. */
static void check_log(const struct reader *r)
{
	const char *value = get(r, "COFFERDAM_LOG");

	if (value != NULL && strcmp(value, "text") != 0 && strcmp(value, "json") != 0)
		problem(r->problems, "expected text or json", "COFFERDAM_LOG: %.80s: unknown value", value);
}

bool is_clean_path(const char *path, bool strict)
{
	const char *p = path + (*path == '/');

	for (;;) {
		size_t len = strcspn(p, "/");

		if (len == 2 && p[0] == '.' && p[1] == '.')
			return false;
		if (strict && (len == 0 || (len == 1 && p[0] == '.')))
			return false;
		p += len;
		if (*p++ == '\0')
			break;
	}
	return strchr(path, ':') == NULL && strchr(path, '\n') == NULL;
}

/* The value of `name`, or what follows from `source`. */
static char *get_path(const struct reader *r, const char *name, const char *source, const char *otherwise)
{
	const char *value = get(r, name);

	if (value == NULL) {
		value = otherwise;
		name = source;
	}
	if (*value != '/')
		problem(r->problems, NULL, "%s: %s: not an absolute path", name, value);
	else if (!is_clean_path(value, false))
		problem(r->problems, NULL, "%s: %s: contains \"..\", a colon or a newline", name, value);
	return copy(value);
}

/* Relative to the runner's directory, or absolute. NULL: not given. */
static char *get_workdir(const struct reader *r)
{
	const char *value = get(r, "RUNNER_WORKDIR");
	char *path = value != NULL ? copy(value) : NULL;
	size_t len = path != NULL ? strlen(path) : 0;

	if (path == NULL)
		return NULL;
	while (len > 1 && path[len - 1] == '/')
		path[--len] = '\0';
	if (!is_clean_path(path, true))
		problem(r->problems, NULL,
			"RUNNER_WORKDIR: %s: contains an empty component, \".\", \"..\", a colon or a newline", value);
	return path;
}

/* What GitHub is sent, and what a record of ours holds, is JSON. */
static void check_utf8(const struct reader *r, const char *name, const char *value)
{
	json_t *text = value != NULL ? json_string(value) : NULL;

	if (value != NULL && text == NULL)
		problem(r->problems, NULL, "%s: not UTF-8", name);
	json_decref(text);
}

static void read_labels(struct pool *pool, const struct reader *r)
{
	const char *p = get(r, "RUNNER_LABELS");

	check_utf8(r, "RUNNER_LABELS", p);
	while (p != NULL && *p != '\0') {
		size_t len = strcspn(p, ","), lead = strspn(p, " ");
		const char *label = p + (lead < len ? lead : len);
		size_t n = len - (size_t)(label - p);

		while (n > 0 && label[n - 1] == ' ')
			n--;
		if (n == 0 || n > 256) {
			problem(r->problems, NULL, "RUNNER_LABELS: a label is empty or longer than 256 bytes");
			return;
		}
		if (pool->n_labels == CONFIG_LABELS_MAX) {
			problem(r->problems, NULL, "RUNNER_LABELS: more than %d labels", CONFIG_LABELS_MAX);
			return;
		}
		pool_add_label(pool, label, n);
		p += len + (p[len] == ',');
	}
}

static void read_name(struct config *config, const struct reader *r)
{
	const char *name = get(r, "RUNNER_NAME");

	config->name_is_given = name != NULL;
	if (name == NULL)
		name = r->facts->hostname;
	check_utf8(r, config->name_is_given ? "RUNNER_NAME" : "RUNNER_NAME (the host name)", name);
	for (const char *p = name; *p != '\0'; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f) {
			problem(r->problems, NULL, "RUNNER_NAME: contains a space or control character");
			break;
		}
	if (config->name_is_given && strlen(name) > CONFIG_NAME_MAX)
		problem(r->problems, NULL, "RUNNER_NAME: longer than %d bytes", CONFIG_NAME_MAX);
	config->name = copy(name);
}

/* Whether that is a URL of an API does not depend on what it is for. */
static void check_api(const struct reader *r, const char *api)
{
	struct github_url scratch = {0};
	struct error err;

	if (github_url_set_api(&scratch, api, &err) < 0)
		problem_error(r->problems, "GITHUB_API_URL", &err);
	github_url_free(&scratch);
}

static void read_url(struct config *config, const struct reader *r)
{
	const char *url = get(r, "GITHUB_URL"), *api = get(r, "GITHUB_API_URL");
	struct error err;

	config->has_url = url != NULL;
	if (url != NULL && github_url_parse(&config->github, url, &err) < 0)
		problem_error(r->problems, "GITHUB_URL", &err);
	if (api == NULL)
		return;
	check_api(r, api);
	if (url == NULL)
		problem(r->problems, "unset it", "GITHUB_API_URL: requires GITHUB_URL");
	else if (config->github.api != NULL)
		github_url_set_api(&config->github, api, &err);
}

/* Also a file that could not be read: that has been said, and is not the same as none. */
static bool is_given(const struct reader *r, enum credential which)
{
	_cleanup_(freep) char *file = format("%s_FILE", credential_name(which));

	return r->facts->given[which] || (file != NULL && get(r, file) != NULL);
}

/* A number, or a client id such as Iv23liABC. */
static bool is_app_id(const char *id)
{
	return strlen(id) <= APP_ID_MAX &&
	       id[strspn(id, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._-")] == '\0';
}

#define APP_ID_HINT "the number that GitHub shows as App ID, or the Client ID"

static void read_app(struct config *config, const struct reader *r)
{
	const char *id = get(r, "APP_ID");

	if (id != NULL && is_app_id(id))
		config->app_id = copy(id);
	else if (id != NULL)
		problem(r->problems, APP_ID_HINT, "APP_ID: %.80s: not the id of an App", id);
	else if (is_given(r, CREDENTIAL_APP))
		problem(r->problems, APP_ID_HINT, "APP_ID: required with APP_PRIVATE_KEY");
}

static void read_credential(struct config *config, const struct reader *r)
{
	size_t n = 0;

	for (size_t i = 0; i < CREDENTIAL_COUNT; i++)
		if (is_given(r, (enum credential)i)) {
			config->credential = (enum credential)i;
			n++;
		}
	if (n == 0)
		problem(r->problems, "each also as NAME_FILE or as a systemd credential",
			"no credential: set TOKEN, ACCESS_TOKEN, APP_PRIVATE_KEY or ACTIONS_RUNNER_INPUT_JITCONFIG");
	else if (n > 1)
		problem(r->problems, "set only one", "more than one credential:%s%s%s%s",
			is_given(r, CREDENTIAL_TOKEN) ? " TOKEN" : "",
			is_given(r, CREDENTIAL_ACCESS_TOKEN) ? " ACCESS_TOKEN" : "",
			is_given(r, CREDENTIAL_APP) ? " APP_PRIVATE_KEY" : "",
			is_given(r, CREDENTIAL_JIT) ? " ACTIONS_RUNNER_INPUT_JITCONFIG" : "");
	read_app(config, r);
	if (config->app_id != NULL && !is_given(r, CREDENTIAL_APP))
		problem(r->problems, "or unset it", "APP_PRIVATE_KEY: required with APP_ID");
	if (!config->has_url && !(n == 1 && config->credential == CREDENTIAL_JIT))
		problem(r->problems, "such as https://github.com/OWNER/REPOSITORY", "GITHUB_URL: required");
}

static void read_numbers(struct config *config, const struct reader *r)
{
	const char *drain = get(r, "COFFERDAM_DRAIN");
	struct error err;

	config->drain_ns = DEFAULT_DRAIN_NS;
	if (drain != NULL && parse_duration(drain, &config->drain_ns, &err) < 0)
		problem_error(r->problems, "COFFERDAM_DRAIN", &err);
}

static void read_journal(struct config *config, const struct reader *r)
{
	const char *keep = get(r, "COFFERDAM_JOURNAL_KEEP");
	struct error err;

	config->journal_keep = (struct journal_keep){JOURNAL_KEEP_NS, JOURNAL_KEEP_ROWS};
	if (keep != NULL && journal_keep_parse(keep, &config->journal_keep, &err) < 0)
		problem_error(r->problems, "COFFERDAM_JOURNAL_KEEP", &err);
}

/* Below it no job is taken. 0: not looked at. */
static uint64_t get_size(const struct reader *r, const char *name, uint64_t otherwise)
{
	const char *value = get(r, name);
	uint64_t bytes = otherwise;
	struct error err;

	/* A size is at least one byte elsewhere. */
	if (value != NULL && strcmp(value, "0") == 0)
		return 0;
	if (value != NULL && parse_size(value, &bytes, &err) < 0)
		problem_error(r->problems, name, &err);
	return bytes;
}

static void read_listen(struct config *config, const struct reader *r)
{
	const char *text = get(r, "COFFERDAM_LISTEN");
	struct error err;

	if (listen_parse(text != NULL ? text : LISTEN_DEFAULT, &config->listen, &err) < 0)
		problem_error(r->problems, "COFFERDAM_LISTEN", &err);
	config->listen.is_given = text != NULL;
}

static void read_state_dir(struct config *config, const struct reader *r)
{
	const char *state = get(r, "XDG_STATE_HOME"), *home = get(r, "HOME");
	_cleanup_(freep) char *otherwise = NULL;

	if (get(r, "COFFERDAM_STATE_DIR") == NULL && state == NULL && home == NULL) {
		problem(r->problems, NULL, "COFFERDAM_STATE_DIR: required if neither XDG_STATE_HOME nor HOME is set");
		return;
	}
	otherwise = state != NULL ? format("%s/cofferdam", state)
				  : format("%s/.local/state/cofferdam", home != NULL ? home : "");
	if (otherwise == NULL)
		abort();
	config->state_dir = get_path(r, "COFFERDAM_STATE_DIR", state != NULL ? "XDG_STATE_HOME" : "HOME", otherwise);
}

/* The launcher reads it; a path that it would refuse with each job is refused at once. */
static void check_images(const struct reader *r)
{
	if (get(r, "COFFERDAM_IMAGES") != NULL)
		free(get_path(r, "COFFERDAM_IMAGES", NULL, NULL));
}

static void read_layers(struct config *config, const struct reader *r)
{
	if (get(r, "COFFERDAM_LAYERS") != NULL)
		config->layers = get_path(r, "COFFERDAM_LAYERS", NULL, NULL);
}

static void read_runner_dir(struct config *config, const struct reader *r)
{
	config->runner_dir_is_given = get(r, "RUNNER_DIR") != NULL;
	config->runner_dir = get_path(r, "RUNNER_DIR", "RUNNER_DIR", "/home/runner/actions-runner");
}

/* What a file says of each pool: a variable would say it of all, or of none. */
static void check_file(struct config *config, const struct reader *r)
{
	static const char *const names[] = {
		"RUNNER_LABELS", "RUNNER_GROUP", "EPHEMERAL", "COFFERDAM_PROFILE", "COFFERDAM_SLOTS"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (get(r, names[i]) != NULL)
			problem(r->problems, "unset it", "%s: contradicts %s, which says it for each pool", names[i],
				config->file);
}

/* The pool that the environment describes. */
static void read_pool(struct config *config, const struct reader *r)
{
	struct pool *pool = pools_add(&config->pools);
	const char *slots = get(r, "COFFERDAM_SLOTS"), *group = get(r, "RUNNER_GROUP");
	const char *profile = get(r, "COFFERDAM_PROFILE");
	struct error err;
	uint64_t n = 1;

	snprintf(pool->name, sizeof pool->name, "%s", POOL_DEFAULT_NAME);
	pool->group = group != NULL ? copy(group) : NULL;
	check_utf8(r, "RUNNER_GROUP", group);
	read_labels(pool, r);
	pool->ephemeral = get_bool(r, "EPHEMERAL", is_given(r, CREDENTIAL_JIT));
	pool->once = pool->ephemeral;
	pool->prepares = true;
	pool->profile = copy(profile != NULL ? profile : "job");
	pool->profile_origin = copy("COFFERDAM_PROFILE");
	if (slots != NULL && parse_count(slots, CONFIG_SLOTS_MAX, &n, &err) < 0)
		problem_error(r->problems, "COFFERDAM_SLOTS", &err);
	else if (n == 0)
		problem(r->problems, NULL, "COFFERDAM_SLOTS: 0: must be at least 1");
	pool->slots = pool->max = (unsigned)n;
	config->is_alone = n == 1;
}

/* What the single variables cannot know of each other. */
static void check_together(const struct config *config, const struct reader *r)
{
	const struct pool *pool = config->pools.v;
	bool jit = is_given(r, CREDENTIAL_JIT);

	if (jit && config->file != NULL)
		problem(r->problems, "describe its runner by environment variables",
			"--config: a JIT configuration is for one runner");
	if (config->file != NULL)
		return;
	if (jit && pool->slots > 1)
		problem(r->problems, "use ACCESS_TOKEN, which requests one for each slot",
			"COFFERDAM_SLOTS: a JIT configuration is for one runner");
	if (jit && get(r, "EPHEMERAL") != NULL && !pool->ephemeral)
		problem(r->problems, "unset it", "EPHEMERAL: a JIT configuration is for one job");
	if (jit && (config->name_is_given || pool->group != NULL || pool->n_labels > 0 || config->replace))
		problem(r->problems, "unset them",
			"RUNNER_NAME, RUNNER_GROUP, RUNNER_LABELS, REPLACE_EXISTING: a JIT configuration has fixed these already");
	if (pool->group != NULL && config->has_url && config->github.entity != NULL &&
		config->github.scope == GITHUB_REPOSITORY)
		problem(r->problems, "unset it", "RUNNER_GROUP: a repository has no runner groups");
}

void config_read(struct config *config, const struct config_facts *facts, struct problems *problems)
{
	const struct reader r = {facts, problems};

	memset(config, 0, sizeof *config);
	for (const struct input *input = inputs; input->name != NULL; input++)
		if ((input->flags & INPUT_LATER) != 0 && get(&r, input->name) != NULL)
			input_refuse(input, "", problems);
	read_url(config, &r);
	read_credential(config, &r);
	read_name(config, &r);
	config->workdir = get_workdir(&r);
	if (get(&r, "COFFERDAM_CONFIG") != NULL)
		config->file = copy(get(&r, "COFFERDAM_CONFIG"));
	if (config->file != NULL)
		check_file(config, &r);
	else
		read_pool(config, &r);
	config->replace = get_bool(&r, "REPLACE_EXISTING", false);
	config->plugin_host = get_plugin_host(&r);
	config->job_notes = get_job_notes(&r);
	config->wants_update = !get_bool(&r, "DISABLE_AUTO_UPDATE", true);
	read_runner_dir(config, &r);
	check_log(&r);
	read_numbers(config, &r);
	read_journal(config, &r);
	config->room.disk = get_size(&r, "COFFERDAM_MIN_FREE_DISK", DEFAULT_FREE_DISK);
	config->room.memory = get_size(&r, "COFFERDAM_MIN_FREE_MEMORY", DEFAULT_FREE_MEMORY);
	read_listen(config, &r);
	read_state_dir(config, &r);
	check_images(&r);
	read_layers(config, &r);
	check_together(config, &r);
}

void config_read_for_sweep(struct config *config, const struct config_facts *facts, struct problems *problems)
{
	const struct reader r = {facts, problems};

	memset(config, 0, sizeof *config);
	read_url(config, &r);
	for (size_t i = 0; i < CREDENTIAL_COUNT; i++)
		if (facts->given[i])
			config->credential = (enum credential)i;
	read_app(config, &r);
	read_runner_dir(config, &r);
	read_state_dir(config, &r);
}

void config_read_for_state(struct config *config, const struct config_facts *facts, struct problems *problems)
{
	const struct reader r = {facts, problems};

	memset(config, 0, sizeof *config);
	read_state_dir(config, &r);
}

void config_read_for_fetch(struct config *config, const struct config_facts *facts, struct problems *problems)
{
	const struct reader r = {facts, problems};

	memset(config, 0, sizeof *config);
	read_url(config, &r);
	if (!config->has_url)
		problem(problems, "such as https://github.com/OWNER/REPOSITORY", "GITHUB_URL: required");
	config->credential = is_given(&r, CREDENTIAL_APP) ? CREDENTIAL_APP : CREDENTIAL_ACCESS_TOKEN;
	if (!is_given(&r, CREDENTIAL_ACCESS_TOKEN) && !is_given(&r, CREDENTIAL_APP))
		problem(problems, "GitHub shows its list to no other credential; --from FILE --sha256 HEX does without",
			"ACCESS_TOKEN or APP_PRIVATE_KEY: required");
	read_app(config, &r);
	read_state_dir(config, &r);
}

void config_free(struct config *config)
{
	github_url_free(&config->github);
	pools_free(&config->pools);
	free(config->file);
	free(config->app_id);
	free(config->name);
	free(config->workdir);
	free(config->runner_dir);
	free(config->state_dir);
	free(config->layers);
	memset(config, 0, sizeof *config);
}
