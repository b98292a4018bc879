#include "runner/registration.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "runner/jit.h"
#include "runner/listener.h"
#include "runner/log.h"
#include "runner/registration_api.h"
#include "runner/runner_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define CONFIG_SH_LIMIT_NS (5 * 60 * NS_PER_S)
#define BUSY_FIRST_NS (2 * NS_PER_S)
#define BUSY_MOST_NS (30 * NS_PER_S)
#define CALL_BOUND_NS (15 * NS_PER_S)

static void begin_record(const struct supervisor *supervisor, unsigned slot, struct record *record)
{
	const struct config *config = &supervisor->config;
	char random[RANDOM_ID_LEN + 1];

	memset(record, 0, sizeof *record);
	random_id(random);
	snprintf(record->key, sizeof record->key, "%u-%s", slot, random);
	record->slot = slot;
	record->credential = config->credential;
	snprintf(record->entity, sizeof record->entity, "%s", config->has_url ? config->github.entity : "");
	snprintf(record->api, sizeof record->api, "%s", config->has_url ? config->github.api : "");
	if (config->name_is_given && config->slots > 1)
		snprintf(record->name, sizeof record->name, "%.*s-%u", CONFIG_NAME_MAX - 3, config->name, slot);
	else if (config->name_is_given || (config->slots == 1 && !config->ephemeral))
		snprintf(record->name, sizeof record->name, "%.*s", CONFIG_NAME_MAX, config->name);
	else
		registration_unique_name(record, config->name);
}

/* What the registration wrote says who we are. */
static int read_runner_file(int rootfd, struct record *record, struct error *err)
{
	_cleanup_(runner_file_free) struct runner_file file = {0};
	_cleanup_(freep) char *text = NULL;
	size_t len;

	if (runner_file_read(rootfd, &text, &len, err) < 0 || runner_file_parse(&file, text, len, err) < 0)
		return -1;
	record->id = file.agent_id;
	snprintf(record->name, sizeof record->name, "%s", file.agent_name);
	return 0;
}

static int from_blob(struct supervisor *supervisor, int rootfd, struct record *record, struct error *err)
{
	const struct secret *blob = &supervisor->credentials.secrets[CREDENTIAL_JIT];
	_cleanup_(jit_free) struct jit_config jit = {0};

	if (jit_decode(&jit, blob->text, blob->len, err) < 0)
		return error_context(err, "ACTIONS_RUNNER_INPUT_JITCONFIG");
	record->begun = true;
	if (jit_write(&jit, rootfd, err) < 0)
		return -1;
	return read_runner_file(rootfd, record, err);
}

static char *join_labels(const struct config *config)
{
	char *all = strdup("");

	for (size_t i = 0; i < config->n_labels && all != NULL; i++) {
		char *more = format("%s%s%s", all, i > 0 ? "," : "", config->labels[i]);

		free(all);
		all = more;
	}
	return all;
}

static int by_config_sh(struct supervisor *supervisor, const struct slot_paths *paths, const struct secret *token,
	int rootfd, struct record *record, struct error *err)
{
	const struct config *config = &supervisor->config;
	_cleanup_(freep) char *labels = join_labels(config);
	const char *arguments[16] = {
		"--unattended", "--disableupdate", "--url", config->github.url, "--name", record->name};
	size_t n = 6;
	int code;

	if (labels == NULL)
		return error_set(err, ENOMEM, "config.sh");
	if (config->n_labels > 0) {
		arguments[n++] = "--labels";
		arguments[n++] = labels;
	}
	if (config->group != NULL) {
		arguments[n++] = "--runnergroup";
		arguments[n++] = config->group;
	}
	if (config->replace)
		arguments[n++] = "--replace";
	if (config->ephemeral)
		arguments[n++] = "--ephemeral";
	record->begun = true;
	code = config_sh(supervisor, paths, arguments, token, CONFIG_SH_LIMIT_NS, err);
	if (code == 0)
		return read_runner_file(rootfd, record, err);
	/* It says no before it registers, or leaves a file that says what it registered. */
	record->begun = code < 0 || faccessat(rootfd, ".runner", F_OK, 0) == 0;
	return -1;
}

static int with_access_token(struct supervisor *supervisor, const struct slot_paths *paths, int rootfd,
	struct record *record, struct error *err)
{
	_cleanup_(secret_free) struct secret token = {0};
	_cleanup_(github_close) struct github github = {0};

	if (github_open(&github, record->api, &supervisor->credentials.secrets[CREDENTIAL_ACCESS_TOKEN],
		    &supervisor->stop, err) < 0)
		return -1;
	if (supervisor->config.ephemeral)
		return registration_jit(supervisor, &github, rootfd, record, err);
	if (registration_token(&github, record, &token, err) < 0)
		return -1;
	return by_config_sh(supervisor, paths, &token, rootfd, record, err);
}

int registration_make(
	struct supervisor *supervisor, const struct slot_paths *paths, struct record *record, struct error *err)
{
	_cleanup_(close_fd) int rootfd = open(paths->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int made;

	begin_record(supervisor, paths->number, record);
	if (rootfd < 0)
		return error_set(err, errno, "%s", paths->root);
	if (record_write(&supervisor->state, record, err) < 0)
		return -1;
	switch (supervisor->config.credential) {
	case CREDENTIAL_JIT:
		made = from_blob(supervisor, rootfd, record, err);
		break;
	case CREDENTIAL_TOKEN:
		made = by_config_sh(
			supervisor, paths, &supervisor->credentials.secrets[CREDENTIAL_TOKEN], rootfd, record, err);
		break;
	default:
		made = with_access_token(supervisor, paths, rootfd, record, err);
	}
	if (made < 0) {
		struct error ignored;

		if (!record->begun && record_remove(&supervisor->state, record, &ignored) == 0)
			memset(record, 0, sizeof *record);
		return error_context(err, "registration");
	}
	return record_write(&supervisor->state, record, err);
}

/* DELETE until it is gone: GitHub says 422 while it believes that the runner is busy. */
static int delete_until_gone(struct supervisor *supervisor, struct github *github, struct record *record,
	int64_t bound_ns, struct error *err)
{
	int64_t end = clock_monotonic_ns() + bound_ns, wait = BUSY_FIRST_NS;

	for (;;) {
		int64_t left = end - clock_monotonic_ns();
		int status = registration_delete(github, record, record->id, left, err);

		if (status < 0)
			return -1;
		if (status == 204 || status == 404)
			break;
		if (wait > end - clock_monotonic_ns() || stop_sleep(&supervisor->stop, wait))
			return -1; /* with GitHub's reason in err */
		wait = wait * 2 < BUSY_MOST_NS ? wait * 2 : BUSY_MOST_NS;
	}
	if (registration_exists(github, record, CALL_BOUND_NS, err) == 0)
		return 0;
	return error_set(err, 0, "deregistration: GitHub still lists the runner");
}

static enum registration_state end_by_api(
	struct supervisor *supervisor, struct record *record, int64_t bound_ns, struct error *err)
{
	_cleanup_(github_close) struct github github = {0};
	int found = 1;
	bool idle;

	/* A token is for the server it was given for. */
	if (strcmp(record->api, supervisor->config.github.api) != 0) {
		error_set(err, 0, "registered at %s, and GITHUB_URL is another server", record->api);
		return REGISTRATION_LEFT;
	}
	if (github_open(&github, record->api, &supervisor->credentials.secrets[CREDENTIAL_ACCESS_TOKEN],
		    &supervisor->stop, err) < 0)
		return REGISTRATION_LEFT;
	/* Registration was cut short: a name with a random end can be nobody else's. */
	if (record->id == 0 && record->unique)
		found = registration_look_up(&github, record, bound_ns, &record->id, &idle, err);
	else if (record->id == 0)
		return REGISTRATION_UNKNOWN;
	if (found == 0)
		return REGISTRATION_GONE;
	if (found < 0 || delete_until_gone(supervisor, &github, record, bound_ns, err) < 0)
		return REGISTRATION_LEFT;
	return REGISTRATION_GONE;
}

static enum registration_state end_by_config_sh(struct supervisor *supervisor, const struct slot_paths *paths,
	bool after_job, int64_t bound_ns, struct error *err)
{
	static const char *const arguments[] = {"remove", NULL};
	_cleanup_(freep) char *file = format("%s/.runner", paths->root);

	if (file == NULL || access(file, F_OK) < 0)
		/* An ephemeral Listener deletes its own files when GitHub has deregistered it. */
		return after_job ? REGISTRATION_GONE : REGISTRATION_UNKNOWN;
	if (config_sh(supervisor, paths, arguments, &supervisor->credentials.secrets[CREDENTIAL_TOKEN], bound_ns,
		    err) == 0)
		return REGISTRATION_GONE;
	return after_job ? REGISTRATION_UNKNOWN : REGISTRATION_LEFT;
}

enum registration_state registration_end(struct supervisor *supervisor, const struct slot_paths *paths,
	struct record *record, bool after_job, int64_t bound_ns, struct error *err)
{
	const struct credentials *credentials = &supervisor->credentials;
	enum registration_state state = REGISTRATION_UNKNOWN;
	struct error ignored;

	if (record->key[0] == '\0')
		return REGISTRATION_GONE;
	err->text[0] = err->hint[0] = '\0';
	if (credentials->secrets[CREDENTIAL_ACCESS_TOKEN].text != NULL && record->entity[0] != '\0' &&
		supervisor->config.has_url)
		state = end_by_api(supervisor, record, bound_ns, err);
	else if (credentials->secrets[CREDENTIAL_TOKEN].text != NULL)
		state = end_by_config_sh(supervisor, paths, after_job, bound_ns, err);
	/* What a PAT has registered, one can deregister: so it is not forgotten for want of one now. */
	if (state == REGISTRATION_UNKNOWN && record->credential == CREDENTIAL_ACCESS_TOKEN &&
		credentials->secrets[CREDENTIAL_ACCESS_TOKEN].text == NULL) {
		error_set(err, 0, "it takes ACCESS_TOKEN and GITHUB_URL to deregister it");
		return REGISTRATION_LEFT;
	}
	if (state != REGISTRATION_LEFT && record_remove(&supervisor->state, record, &ignored) < 0)
		log_error(&ignored);
	return state;
}

int registration_try_delete(
	struct supervisor *supervisor, const struct record *record, int64_t bound_ns, struct error *err)
{
	_cleanup_(github_close) struct github github = {0};
	int status;

	if (github_open(&github, record->api, &supervisor->credentials.secrets[CREDENTIAL_ACCESS_TOKEN],
		    &supervisor->stop, err) < 0)
		return -1;
	status = registration_delete(&github, record, record->id, bound_ns, err);
	return status < 0 ? -1 : status != 422;
}
