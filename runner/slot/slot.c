#include "runner/slot/slot.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "runner/common/log.h"
#include "runner/github/usage.h"
#include "runner/registration/api.h"
#include "runner/registration/registration.h"
#include "runner/slot/attend.h"
#include "runner/slot/gate.h"
#include "runner/slot/listener_exit.h"
#include "sandbox/files/remove_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOCK_LIMIT_NS (20 * NS_PER_S)
#define REMOVE_LIMIT_NS (60 * NS_PER_S)
#define RESTARTS_MAX 10
#define RESTART_FIRST_NS NS_PER_S
#define RESTART_MOST_NS (300 * NS_PER_S)
/* A Listener that lasted this long was well: counting starts again. */
#define WELL_NS (120 * NS_PER_S)
/* GitHub may believe a runner busy for a quarter of an hour; a person who stops it does not wait so long. */
#define END_BOUND_NS (120 * NS_PER_S)
#define END_AT_ONCE_BOUND_NS (15 * NS_PER_S)

struct slot {
	struct supervisor *supervisor;
	struct slot_paths paths;
	struct record record;
	int lockfd;
	unsigned restarts; /* without a good run between them */
	bool had_job;
	bool left; /* a runner of ours may be registered that is not the current one */
};

void slot_note(const struct supervisor *supervisor, unsigned number, const char *runner, enum journal_state now)
{
	struct github_usage usage;

	journal_slot(&supervisor->state, number, supervisor->pool->name, runner, now);
	github_usage_take(&usage);
	journal_requests(&supervisor->state, &usage);
}

/* Empties the Listener's root before a new registration: config.sh refuses one that is configured, and old keys are of
 * no use. */
static int fresh_root(struct slot *slot, struct error *err)
{
	const struct state *state = &slot->supervisor->state;
	_cleanup_(freep) char *parent = format("slots/%u", slot->paths.number);
	_cleanup_(close_fd) int dirfd =
		parent != NULL ? openat(state->dirfd, parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (dirfd < 0)
		return error_set(err, errno, "%s", parent);
	if (remove_tree(dirfd, "root", clock_monotonic_ns() + REMOVE_LIMIT_NS, err) < 0)
		return -1;
	return make_directories(dirfd, "root", err);
}

/* 0, -1 or REGISTRATION_REFUSED. */
static int register_runner(struct slot *slot, struct error *err)
{
	const char *url = slot->supervisor->config.github.url;
	struct stop *stop = &slot->supervisor->stop;
	int made;

	stop->bound = STOP_DRAIN;
	slot->had_job = false;
	if (stop_poll(stop))
		return error_set(err, EINTR, "registration");
	if (fresh_root(slot, err) < 0)
		return -1;
	made = registration_make(slot->supervisor, &slot->paths, &slot->record, err);
	if (made < 0)
		return made;
	log_line("registered as %s (id %lld)%s%s%s", slot->record.name, (long long)slot->record.id,
		url != NULL ? " at " : "", url != NULL ? url : "",
		slot->supervisor->pool->ephemeral ? ", for one job" : "");
	return 0;
}

static void say_what_became(const struct slot *slot, enum registration_state state, bool had_job, struct error *err)
{
	const struct record *record = &slot->record;

	if (state == REGISTRATION_GONE && record->id != 0) {
		log_line("runner %s: deregistered", record->name);
	} else if (state == REGISTRATION_GONE) {
		log_line("runner %s: was not registered", record->name);
	} else if (state == REGISTRATION_UNKNOWN) {
		log_line("runner %s (id %lld): a JIT configuration cannot deregister it: %s", record->name,
			(long long)record->id,
			had_job ? "GitHub removes it after its job"
				: "its creator can, or GitHub removes it after a day offline");
	} else {
		if (record->id != 0)
			error_context(err, "runner %s (id %lld): still registered; the next start tries again",
				record->name, (long long)record->id);
		else
			error_context(err, "runner %s: may be registered; the next start checks again", record->name);
		log_error(err);
	}
}

/* False: the runner is registered, or that is not known. */
static bool deregister_runner(struct slot *slot)
{
	struct supervisor *supervisor = slot->supervisor;
	struct stop *stop = &supervisor->stop;
	bool at_once = stop->step == STOP_KILL, had_job = supervisor->pool->ephemeral && slot->had_job;
	enum registration_state state;
	struct error err = {0};

	if (slot->record.key[0] == '\0')
		return true;
	/* The third signal cuts the waiting short; a short try is made all the same. */
	stop->bound = at_once ? STOP_KILL + 1 : STOP_KILL;
	state = registration_end(
		supervisor, &slot->paths, &slot->record, had_job, at_once ? END_AT_ONCE_BOUND_NS : END_BOUND_NS, &err);
	if (state == REGISTRATION_LEFT && !at_once && stop->step == STOP_KILL) {
		stop->bound = STOP_KILL + 1;
		state = registration_end(supervisor, &slot->paths, &slot->record, had_job, END_AT_ONCE_BOUND_NS, &err);
	}
	say_what_became(slot, state, had_job, &err);
	memset(&slot->record, 0, sizeof slot->record);
	return state == REGISTRATION_GONE || (state == REGISTRATION_UNKNOWN && had_job);
}

static void log_end(const struct listener_exit *end, int status)
{
	if (WIFEXITED(status))
		log_line("the Listener %s (exit %d)", end->meaning, WEXITSTATUS(status));
	else
		log_line("the Listener %s (signal %d)", end->meaning, WTERMSIG(status));
}

/* Waits before the Listener is started again. False: no more tries, or asked to stop. */
static bool wait_before_restart(struct slot *slot)
{
	struct stop *stop = &slot->supervisor->stop;
	int64_t wait = RESTART_FIRST_NS;

	if (slot->restarts == RESTARTS_MAX) {
		log_line(
			"the Listener ended %d times in a row: giving up (its lines above say why; then start the runner again)",
			RESTARTS_MAX + 1);
		return false;
	}
	for (unsigned i = 0; i < slot->restarts && wait < RESTART_MOST_NS; i++)
		wait *= 2;
	slot->restarts++;
	stop->bound = STOP_DRAIN;
	return !stop_sleep(stop, wait < RESTART_MOST_NS ? wait : RESTART_MOST_NS);
}

/* What other processes of the user, jobs of other slots among them, may have used up for a while. */
static bool is_shortage(int errnum)
{
	return errnum == EAGAIN || errnum == EMFILE || errnum == ENFILE || errnum == ENOMEM || errnum == ENOSPC;
}

/* One run of the Listener. What is to be done next. */
static enum listener_action serve(struct slot *slot, struct error *err)
{
	struct supervisor *supervisor = slot->supervisor;
	static struct attend run; /* its line buffers are large for a stack */
	int64_t start_ns = clock_monotonic_ns();
	struct listener_exit end;

	if (attend(&run, supervisor, &slot->paths, &slot->record, err) < 0) {
		log_error(err);
		return is_shortage(err->errnum) ? LISTENER_RESTART : LISTENER_FAIL;
	}
	if (run.handed_over > 0)
		slot->had_job = true;
	if (run.handed_over > 0 || clock_monotonic_ns() - start_ns > WELL_NS)
		slot->restarts = 0;
	if (run.rolling && run.leaving && supervisor->stop.step == STOP_NONE)
		return run.is_short ? LISTENER_HOLD : LISTENER_ROLL;
	end = listener_exit(run.status, run.is_shim, supervisor->stop.step > STOP_NONE,
		supervisor->pool->ephemeral && slot->had_job, supervisor->config.credential != CREDENTIAL_JIT);
	log_end(&end, run.status);
	return end.action;
}

/* The exit code of a slot that could not register. */
static int not_registered(const struct slot *slot, int registered, const struct error *err)
{
	/* Told to stop before there was anything to stop: that is not a failure. */
	if (slot->supervisor->stop.step > STOP_NONE)
		return RUNNER_OK;
	log_error(err);
	return registered == REGISTRATION_REFUSED ? RUNNER_REFUSED : RUNNER_FAILED;
}

static int serve_until_end(struct slot *slot, struct error *err)
{
	int registered;

	for (;;) {
		enum listener_action action = serve(slot, err);

		switch (action) {
		case LISTENER_DONE:
			return RUNNER_OK;
		case LISTENER_FAIL:
			return RUNNER_FAILED;
		case LISTENER_OUTDATED:
			return RUNNER_OUTDATED;
		case LISTENER_ROLL:
			return RUNNER_ROLLED;
		case LISTENER_HOLD:
		case LISTENER_RESTART:
		case LISTENER_REREGISTER:
			break;
		}
		if (action != LISTENER_HOLD && !wait_before_restart(slot))
			return slot->supervisor->stop.step > STOP_NONE ? RUNNER_OK : RUNNER_FAILED;
		if (action != LISTENER_RESTART) {
			if (!deregister_runner(slot))
				slot->left = true;
			if (!gate_await(slot->supervisor))
				return RUNNER_OK;
			registered = register_runner(slot, err);
			if (registered < 0)
				return not_registered(slot, registered, err);
			if (stop_poll(&slot->supervisor->stop))
				return RUNNER_OK;
		}
	}
}

static int run(struct slot *slot)
{
	struct supervisor *supervisor = slot->supervisor;
	int code, registered;
	struct error err;

	slot->lockfd = slot_lock(&supervisor->state, slot->paths.number, LOCK_LIMIT_NS, &err);
	if (slot->lockfd < 0 || slot_paths_make(&slot->paths, &supervisor->state, slot->paths.number, &err) < 0) {
		log_error(&err);
		return RUNNER_FAILED;
	}
	slot_note(supervisor, slot->paths.number, NULL, JOURNAL_STARTING);
	if (!gate_await(supervisor))
		registered = error_set(&err, EINTR, "registration");
	else
		registered = register_runner(slot, &err);
	if (registered < 0)
		code = not_registered(slot, registered, &err);
	else /* asked to stop meanwhile: nobody has given it a job yet */
		code = stop_poll(&supervisor->stop) ? RUNNER_OK : serve_until_end(slot, &err);
	if (!deregister_runner(slot) || slot->left)
		code = code == RUNNER_OK ? RUNNER_FAILED : code == RUNNER_ROLLED ? RUNNER_ROLLED_LEFT : code;
	slot_paths_remove(&supervisor->state, slot->paths.number);
	slot_note(supervisor, slot->paths.number, NULL, JOURNAL_ENDED);
	slot_paths_free(&slot->paths);
	close_fd(&slot->lockfd);
	return code;
}

int slot_run(struct supervisor *supervisor, unsigned number)
{
	struct slot slot = {.supervisor = supervisor, .paths.number = number, .lockfd = -1};
	struct error err;

	if (!supervisor->config.is_alone)
		log_slot(number);
	/* What a killed launcher leaves comes to us, to be ended and counted. */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0) {
		log_line("PR_SET_CHILD_SUBREAPER: %s", strerror(errno));
		return RUNNER_FAILED;
	}
	/* Locks of memory are not inherited. */
	if (credentials_lock(&supervisor->credentials, &err) < 0 ||
		administrator_lock(&supervisor->administrator, &err) < 0) {
		log_error(&err);
		return RUNNER_FAILED;
	}
	return run(&slot);
}
