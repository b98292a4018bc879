#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "runner/common/log.h"
#include "runner/registration/api.h"
#include "runner/registration/config_sh.h"
#include "runner/registration/registration.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define BUSY_FIRST_NS (2 * NS_PER_S)
#define BUSY_MOST_NS (30 * NS_PER_S)
/* Between two requests for GitHub's list. */
#define POLL_NS NS_PER_S

struct ending_registration {
	struct supervisor *supervisor;
	struct record *record;
	int64_t end_ns;     /* the time that there is */
	bool listed;        /* GitHub's last word was that it has the runner */
	int64_t deleted_id; /* of record->deleted */
	struct github github;
};

static int64_t left_ns(const struct ending_registration *e)
{
	int64_t left = e->end_ns - clock_monotonic_ns();

	return left > 0 ? left : 0;
}

/* False: there is no time left to wait so long, or a stop interrupted. */
static bool sleep_within(const struct ending_registration *e, int64_t ns)
{
	return ns <= left_ns(e) && !stop_sleep(&e->supervisor->stop, ns);
}

/* A call that may register was sent, and nobody knows how it ended: looks until the list has the runner, whose id is
 * then in the record (1), or until GitHub cannot carry the call out any more (0). -1: not known. */
static int find_open(struct ending_registration *e, struct error *err)
{
	struct record *record = e->record;

	for (;;) {
		struct registration_found found = {0};
		bool is_over = record_open_ns(record) == 0; /* before the request, or it proves nothing */
		int n = registration_lookup(&e->github, record, clock_monotonic_ns(), left_ns(e), &found, err);

		if (n < 0)
			return -1;
		if (n == 1 && found.ours) {
			record->id = found.id;
			return record_write(&e->supervisor->state, record, err) < 0 ? -1 : 1;
		}
		if (is_over && n == 1 && record->marker[0] == '\0') {
			error_set(err, 0, "GitHub lists a runner with this name (id %lld), which may not be ours",
				(long long)found.id);
			return error_hint(err, "if it is yours, remove it at GitHub, then remove registrations/%s.json",
				record->key);
		}
		if (is_over)
			return 0;
		if (!sleep_within(e, POLL_NS))
			return error_set(
				err, 0, "the registration request was not answered: GitHub may still carry it out");
	}
}

/* DELETE until the list does not have it: GitHub says 422 while it believes that the runner is busy. One that was
 * carried out is not sent again, unless the list still has the runner. */
static int delete_until_gone(struct ending_registration *e, struct error *err)
{
	bool was_deleted = e->record->deleted && e->record->id == e->deleted_id;
	int64_t wait = BUSY_FIRST_NS;

	for (;; was_deleted = false) {
		struct registration_found found = {0};
		int64_t since = e->record->deleted_ns;
		int status = 204, n;

		if (!was_deleted) {
			status = registration_delete(&e->github, e->record, e->record->id, left_ns(e), err);
			since = clock_monotonic_ns();
		}

		if (status < 0)
			return -1;
		e->listed = status == 422;
		if (status != 422) {
			n = registration_lookup(&e->github, e->record, since, left_ns(e), &found, err);
			e->listed = n > 0;
			if (n <= 0)
				return n;
			error_set(err, 0, "deregistration: GitHub still lists the runner");
		}
		if (!sleep_within(e, wait))
			return -1; /* with GitHub's reason in err */
		wait = wait * 2 < BUSY_MOST_NS ? wait * 2 : BUSY_MOST_NS;
	}
}

/* Deregisters what there is, and what an earlier try of the call that has registered it still makes, now that the name
 * is free: 0 when nothing is there and nothing will be. -1: not known, or it stays. */
static int end_all(struct ending_registration *e, struct error *err)
{
	struct record *record = e->record;
	int64_t last = record->id;
	int found = last != 0 ? 1 : find_open(e, err);

	while (found > 0) {
		if (delete_until_gone(e, err) < 0)
			return -1;
		if (record_open_ns(record) == 0)
			return 0;
		last = record->id;
		record->id = 0;
		found = find_open(e, err);
	}
	if (found == 0)
		record->id = last; /* what became of it is said */
	return found;
}

/* By a registration token, or, if that is NULL, as administrator. */
static int open_github(struct github *github, struct supervisor *supervisor, const struct record *record,
	const struct secret *token, struct error *err)
{
	if (token != NULL)
		return github_open(github, record->api, GITHUB_REMOTE_AUTH, token, &supervisor->stop, err);
	return administrator_open(
		github, &supervisor->administrator, record->api, record->entity, &supervisor->stop, err);
}

/* As open_github(). */
static enum registration_state end_by_api(struct ending_registration *e, const struct secret *token, struct error *err)
{
	struct supervisor *supervisor = e->supervisor;
	int ended;

	/* A token is for the server it was given for. */
	if (strcmp(e->record->api, supervisor->config.github.api) != 0) {
		error_set(err, 0, "registered at %s, but GITHUB_URL names another server", e->record->api);
		return REGISTRATION_LEFT;
	}
	if (open_github(&e->github, supervisor, e->record, token, err) < 0)
		return REGISTRATION_LEFT;
	ended = end_all(e, err);
	github_close(&e->github);
	return ended < 0 ? REGISTRATION_LEFT : REGISTRATION_GONE;
}

/* A registration token can do through the API what config.sh does with it, which is asked first where it can run: it
 * knows older servers, too. */
static enum registration_state end_by_token(
	struct ending_registration *e, const struct slot_paths *paths, bool has_file, bool after_job, struct error *err)
{
	static const char *const arguments[] = {"remove", NULL};
	const struct secret *token = &e->supervisor->credentials.secrets[CREDENTIAL_TOKEN];
	/* An ephemeral Listener deletes its own files when GitHub has deregistered it. */
	bool believed = e->record->deleted || (after_job && !has_file);
	enum registration_state state;

	/* After our own DELETE it would only complain that it cannot find the runner. */
	if (has_file && !e->record->deleted)
		believed = config_sh(e->supervisor, paths, arguments, token, left_ns(e), err) == CONFIG_SH_DONE;
	/* To some versions of config.sh a 404 is a runner that is gone: GitHub's list has the last word. */
	state = end_by_api(e, token, err);
	return state == REGISTRATION_LEFT && believed && !e->listed ? REGISTRATION_GONE : state;
}

/* Without a credential that could ask. */
static enum registration_state end_unasked(
	const struct record *record, bool has_file, bool after_job, struct error *err)
{
	if (after_job && !has_file)
		return REGISTRATION_GONE;
	if (record->credential == CREDENTIAL_JIT)
		return REGISTRATION_UNKNOWN;
	/* What one credential has registered, another of its kind can deregister: it is not forgotten for want of one.
	 */
	error_set(err, 0, "deregistration requires %s and GITHUB_URL",
		record->credential == CREDENTIAL_TOKEN ? "TOKEN, ACCESS_TOKEN or APP_PRIVATE_KEY"
						       : "ACCESS_TOKEN or APP_PRIVATE_KEY");
	return REGISTRATION_LEFT;
}

/* Whether the runner's file is there; what it says is taken over, where the record does not know. */
static bool has_runner_file(const struct slot_paths *paths, struct record *record)
{
	_cleanup_(close_fd) int rootfd = open(paths->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct record same = *record;
	struct error ignored;

	if (rootfd < 0)
		return errno != ENOENT;
	if (faccessat(rootfd, ".runner", F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
		return false;
	/* config.sh had its answer, and we were killed before we had it. */
	if (record->id == 0 && record->begun && registration_recall(rootfd, &same, &ignored) == 0)
		*record = same;
	return true;
}

enum registration_state registration_end(struct supervisor *supervisor, const struct slot_paths *paths,
	struct record *record, bool after_job, int64_t bound_ns, struct error *err)
{
	const struct secret *token = &supervisor->credentials.secrets[CREDENTIAL_TOKEN];
	struct ending_registration e = {
		.supervisor = supervisor, .record = record, .end_ns = clock_monotonic_ns() + bound_ns};
	enum registration_state state;
	bool has_file, can_ask;
	struct error ignored;

	if (record->key[0] == '\0')
		return REGISTRATION_GONE;
	err->text[0] = err->hint[0] = '\0';
	has_file = has_runner_file(paths, record);
	e.deleted_id = record->id;
	can_ask = supervisor->config.has_url && record->entity[0] != '\0';
	if (record->id == 0 && !record->begun)
		state = REGISTRATION_GONE; /* nothing was asked of GitHub yet */
	else if (can_ask && administrator_is_given(&supervisor->administrator))
		state = end_by_api(&e, NULL, err);
	else if (can_ask && token->text != NULL)
		state = end_by_token(&e, paths, has_file, after_job, err);
	else
		state = end_unasked(record, has_file, after_job, err);
	if (state != REGISTRATION_LEFT && record_remove(&supervisor->state, record, &ignored) < 0)
		log_error(&ignored);
	return state;
}

static void note_deleted(struct record *record, int status)
{
	if (status != 204)
		return;
	record->deleted = true;
	record->deleted_ns = clock_monotonic_ns();
}

int registration_delete_ahead(struct supervisor *supervisor, struct record *record, int64_t bound_ns)
{
	_cleanup_(github_close) struct github github = {0};
	struct error ignored;
	int status;

	if (record->id == 0 || record->entity[0] == '\0' || !supervisor->config.has_url ||
		!administrator_is_given(&supervisor->administrator) ||
		strcmp(record->api, supervisor->config.github.api) != 0 ||
		open_github(&github, supervisor, record, NULL, &ignored) < 0)
		return 0;
	status = registration_delete(&github, record, record->id, bound_ns, &ignored);
	note_deleted(record, status);
	return status < 0 ? -1 : status == 204;
}

int registration_try_delete(struct supervisor *supervisor, struct record *record, int64_t bound_ns, struct error *err)
{
	const struct secret *token = supervisor->config.credential == CREDENTIAL_TOKEN
					     ? &supervisor->credentials.secrets[CREDENTIAL_TOKEN]
					     : NULL;
	_cleanup_(github_close) struct github github = {0};
	int status;

	if (record->deleted)
		return 1; /* a second DELETE is answered with 404 */
	if (open_github(&github, supervisor, record, token, err) < 0)
		return -1;
	status = registration_delete(&github, record, record->id, bound_ns, err);
	if (status == 404)
		return error_set(err, 0, "deregistration: HTTP 404: GitHub shows this credential no such runner");
	note_deleted(record, status);
	return status < 0 ? -1 : status == 204;
}
