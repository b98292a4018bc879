#include "runner/registration/registration.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "runner/common/log.h"
#include "runner/common/runner_file.h"
#include "runner/github/jit.h"
#include "runner/registration/api.h"
#include "runner/registration/config_sh.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CONFIG_SH_LIMIT_NS (5 * 60 * NS_PER_S)
/* With what it may take after a stop, and to be killed. */
#define CONFIG_SH_SEND_S (6 * 60)

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
	if (config->name_is_given && !config->is_alone)
		snprintf(record->name, sizeof record->name, "%.*s-%u",
			registration_fit(config->name, CONFIG_NAME_MAX - 3), config->name, slot);
	else if (config->name_is_given || (config->is_alone && !supervisor->pool->ephemeral))
		snprintf(record->name, sizeof record->name, "%.*s", registration_fit(config->name, CONFIG_NAME_MAX),
			config->name);
	else
		registration_unique_name(record, config->name);
	/* Anybody may take such a name: what has it is ours only if it has our label, too. */
	if (!record->unique && config->credential != CREDENTIAL_JIT)
		snprintf(record->marker, sizeof record->marker, "cofferdam-%s", record->key);
}

int registration_recall(int rootfd, struct record *record, struct error *err)
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
	/* Whoever made it has registered the runner. */
	if (record_begin(&supervisor->state, record, 0, err) < 0 || jit_write(&jit, rootfd, err) < 0 ||
		registration_recall(rootfd, record, err) < 0)
		return -1;
	record_note(record, 0);
	return 0;
}

static char *join_labels(const struct pool *pool, const struct record *record)
{
	char *all = strdup("");

	for (size_t i = 0; i <= pool->n_labels && all != NULL; i++) {
		const char *label = i < pool->n_labels ? pool->labels[i] : record->marker;
		char *more = format("%s%s%s", all, *all != '\0' && *label != '\0' ? "," : "", label);

		free(all);
		all = more;
	}
	return all;
}

/* One run of config.sh. The kind of its failure, or CONFIG_SH_DONE. */
static enum config_sh_end run_config_sh(struct supervisor *supervisor, const struct slot_paths *paths,
	const struct secret *token, struct record *record, struct error *err)
{
	const struct pool *pool = supervisor->pool;
	_cleanup_(freep) char *labels = join_labels(pool, record);
	const char *arguments[16] = {
		"--unattended", "--disableupdate", "--url", supervisor->config.github.url, "--name", record->name};
	size_t n = 6;

	if (labels == NULL) {
		error_set(err, ENOMEM, "config.sh");
		return CONFIG_SH_NOT_BEGUN;
	}
	if (*labels != '\0') {
		arguments[n++] = "--labels";
		arguments[n++] = labels;
	}
	if (pool->group != NULL) {
		arguments[n++] = "--runnergroup";
		arguments[n++] = pool->group;
	}
	if (pool->ephemeral)
		arguments[n++] = "--ephemeral";
	return config_sh(supervisor, paths, arguments, token, CONFIG_SH_LIMIT_NS, err);
}

/* REPLACE_EXISTING. config.sh would replace a runner that is online, too. 1: the name is free; 0: not to be had, which
 * err says; -1. */
static int replace(struct github *github, const struct record *record, struct error *err)
{
	int freed = registration_take_over(github, record, err);

	if (freed < 0)
		return error_context(
			err, "REPLACE_EXISTING: cannot determine whether runner %s is offline", record->name);
	if (freed == 0) {
		error_set(err, 0, "RUNNER_NAME: a runner with this name exists and is online");
		error_hint(err, "stop it, or choose another RUNNER_NAME");
	}
	return freed;
}

/* Without a token one is asked for when it is used: it lasts for an hour, and a turn may be further away. */
static int by_config_sh(struct supervisor *supervisor, const struct slot_paths *paths, const struct secret *token,
	struct github *github, int rootfd, struct record *record, struct error *err)
{
	const struct config *config = &supervisor->config;
	bool may_replace = config->replace;
	enum config_sh_end end;

	for (;;) {
		_cleanup_(secret_free) struct secret asked = {0};
		int freed = 0, made = 0;

		/* It asks on its own account, but of the same GitHub. */
		if (github_await_turn(github, "config.sh", "POST", REGISTER_BOUND_NS, err) < 0)
			return -1;
		if (token == NULL)
			made = registration_token(github, record, &asked, err);
		if (made < 0)
			return made;
		if (record_begin(&supervisor->state, record, CONFIG_SH_SEND_S, err) < 0)
			return -1;
		end = run_config_sh(supervisor, paths, token != NULL ? token : &asked, record, err);
		record_note(record, end == CONFIG_SH_OPEN ? time(NULL) : 0);
		if (end == CONFIG_SH_NAME_TAKEN && may_replace)
			freed = replace(github, record, err);
		may_replace = false;
		if (freed < 0)
			return -1;
		if (freed > 0)
			continue;
		if (end != CONFIG_SH_NAME_TAKEN || config->name_is_given || record->unique)
			break;
		/* The host's name was only a proposal, and the runner that has it may be one of a lost state directory.
		 */
		log_line("runner %s exists and is kept: registering under another name", record->name);
		registration_unique_name(record, config->name);
	}
	if (end == CONFIG_SH_DONE)
		return registration_recall(rootfd, record, err);
	/* It comes and goes: a killed runner is busy to GitHub until the lock of its job runs out. */
	if (end == CONFIG_SH_NAME_TAKEN && record_has_namesake(&supervisor->state, record)) {
		error_set(err, 0, "RUNNER_NAME: GitHub still has runner %s from before a crash", record->name);
		error_hint(err, "the next start tries again to deregister it");
		return -1;
	}
	return end == CONFIG_SH_NAME_TAKEN || end == CONFIG_SH_REFUSED ? REGISTRATION_REFUSED : -1;
}

static int by_administrator(struct supervisor *supervisor, const struct slot_paths *paths, int rootfd,
	struct record *record, struct error *err)
{
	_cleanup_(github_close) struct github github = {0};
	int made;

	if (administrator_open(
		    &github, &supervisor->administrator, record->api, record->entity, &supervisor->stop, err) < 0)
		return -1;
	made = administrator_check(&github, REGISTER_BOUND_NS, err);
	if (made < 0)
		return made == GITHUB_REFUSED ? REGISTRATION_REFUSED : -1;
	if (supervisor->pool->ephemeral)
		return registration_jit(supervisor, &github, rootfd, record, err);
	return by_config_sh(supervisor, paths, NULL, &github, rootfd, record, err);
}

static int with_token(struct supervisor *supervisor, const struct slot_paths *paths, int rootfd, struct record *record,
	struct error *err)
{
	const struct secret *token = &supervisor->credentials.secrets[CREDENTIAL_TOKEN];
	_cleanup_(github_close) struct github github = {0};

	if (github_open(&github, record->api, GITHUB_REMOTE_AUTH, token, &supervisor->stop, err) < 0)
		return -1;
	return by_config_sh(supervisor, paths, token, &github, rootfd, record, err);
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
		made = with_token(supervisor, paths, rootfd, record, err);
		break;
	default:
		made = by_administrator(supervisor, paths, rootfd, record, err);
	}
	if (made < 0) {
		struct error ignored;

		if (!record->begun && record->id == 0 && record_remove(&supervisor->state, record, &ignored) == 0)
			memset(record, 0, sizeof *record);
		error_context(err, "registration");
		return made;
	}
	return record_write(&supervisor->state, record, err);
}
