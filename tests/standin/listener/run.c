#include "tests/standin/listener/run.h"

#include "common/cleanup.h"
#include "tests/standin/listener/faults.h"
#include "tests/standin/listener/jit.h"
#include "tests/standin/listener/listen.h"
#include "tests/standin/listener/session.h"
#include "tests/standin/listener/signals.h"
#include "tests/standin/listener/terminal.h"
#include "tests/standin/shared/clock.h"
#include "tests/standin/shared/root.h"
#include "tests/standin/shared/version.h"

#include <signal.h>
#include <string.h>

/* The official wait is four minutes, one try each thirty seconds. */
#define CONFLICT_MS 240000
#define CONFLICT_TRIES 8
#define RETRY_MS 2000
#define DELETED_MS 1000

static const char deleted_text[] =
	"The runner registration has been deleted from the server: configure the runner again.";

static bool is_on(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && (strcmp(value, "1") == 0 || strcasecmp(value, "true") == 0);
}

static int stopped_code(void)
{
	return signals_stop() == SIGTERM ? EXIT_SIGTERM : EXIT_OK;
}

/* The official one tries again for 15 s and more: who deletes a runner and then stops it sees a clean end, and the
 * files stay. */
static int say_deleted(const char *root)
{
	if (signals_stop() != 0 || signals_sleep(DELETED_MS))
		return stopped_code();
	terminal_line(deleted_text);
	settings_remove(root);
	return EXIT_TERMINATED_ERROR;
}

static int say_outdated(const struct error *err)
{
	terminal_error(err->text);
	return is_on("ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE") ? EXIT_VERSION_DEPRECATED
									   : EXIT_TERMINATED_ERROR;
}

/* Opens the session, with patience; -1 when it is open, otherwise the exit code. */
static int connect_session(struct session *session, const char *root)
{
	int64_t patience_ms = clock_env_ms("STANDIN_CONFLICT_SECONDS", CONFLICT_MS);
	int64_t conflict_until_ms = 0;
	bool reported = false;
	struct error err;

	for (;;) {
		int64_t wait_ms = RETRY_MS;

		switch (session_open(session, &err)) {
		case SESSION_OK:
			return -1;
		case SESSION_DELETED:
			return say_deleted(root);
		case SESSION_OUTDATED:
			return say_outdated(&err);
		case SESSION_CONFLICT:
			wait_ms = patience_ms / CONFLICT_TRIES;
			if (conflict_until_ms == 0) {
				terminal_error("A session for this runner already exists.");
				conflict_until_ms = clock_ms() + patience_ms;
			} else if (clock_ms() >= conflict_until_ms) {
				terminal_error("The session conflict did not end in time.");
				return EXIT_SESSION_CONFLICT;
			}
			break;
		case SESSION_RETRY:
			if (!reported)
				terminal_error(err.text);
			reported = true;
			terminal_log("%s", err.text);
			break;
		}
		if (signals_sleep(wait_ms))
			return stopped_code();
	}
}

static int run_session(struct session *session, const char *root, bool once)
{
	struct listen_end end;
	int code;

	if (faults_exit(root, &code)) {
		session_close(session);
		return code;
	}
	terminal_line("\n√ Connected to GitHub\n");
	terminal_line("Current runner version: '" RUNNER_VERSION "'");
	listen_for_jobs(session, once || session->settings.ephemeral, &end);
	if (end.state == SESSION_DELETED)
		return say_deleted(root);
	if (end.state == SESSION_OUTDATED)
		return say_outdated(&end.err);
	session_close(session);
	if (end.job_done && session->settings.ephemeral)
		settings_remove(root);
	if (signals_stop() != 0)
		return stopped_code();
	if (end.job_done && is_on("ACTIONS_RUNNER_RETURN_JOB_RESULT_FOR_HOSTED"))
		return 100 + (int)end.result;
	return EXIT_OK;
}

int run(const char *root, const struct arguments *arguments)
{
	_cleanup_(session_free) struct session session = {0};
	struct error err = {0};
	int code;

	if (signals_start(&err) < 0 || terminal_log_open(root, &err) < 0) {
		terminal_error(err.text);
		return EXIT_TERMINATED_ERROR;
	}
	if (arguments->value[ARG_JITCONFIG] != NULL && jit_install(root, arguments->value[ARG_JITCONFIG], &err) < 0) {
		terminal_error(err.text);
		return EXIT_TERMINATED_ERROR;
	}
	if (!root_has(root, SETTINGS_FILE)) {
		terminal_error("Not configured: config.sh does that.");
		return EXIT_TERMINATED_ERROR;
	}
	if (session_load(&session, root, &err) < 0) {
		terminal_error(err.text);
		return EXIT_TERMINATED_ERROR;
	}
	code = connect_session(&session, root);
	return code >= 0 ? code : run_session(&session, root, arguments->value[ARG_ONCE] != NULL);
}
