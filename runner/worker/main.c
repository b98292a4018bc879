/* Stands in for bin/Runner.Worker in the listener sandbox. The Listener starts it with two pipe ends:
 *     Runner.Worker spawnclient READ WRITE
 * actions/runner: src/Runner.Listener/JobDispatcher.cs. The slot starts the Listener through it: handover.h. In a job
 * it holds what has failed: hold.h. */
#include "common/standard_fds.h"
#include "common/status.h"
#include "runner/worker/handover.h"
#include "runner/worker/hold.h"
#include "runner/worker/shim.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* A descriptor number that is open, or -1. */
static int descriptor(const char *text)
{
	char *end;
	long fd = strtol(text, &end, 10);

	if (*text == '\0' || *end != '\0' || fd < 0 || fd > 65535 || fcntl((int)fd, F_GETFD) < 0)
		return -1;
	return (int)fd;
}

/* The Worker must find its message within 30 s of its start, and the Listener's send must end within the channel's
 * time-out: so the whole message is read before anything is built. */
static int read_first(int messages, struct frame_queue *queue)
{
	struct frame_reader reader = {0};
	bool whole = false;

	while (!whole)
		if (frame_read(&reader, messages, queue, &whole) < 0)
			return -1;
	return 0;
}

/* In a job this program stands in for bin/Runner.PluginHost too. The Worker starts that one with a step's environment
 * and writes all secrets of the job to its standard input: whoever says in GITHUB_ENV what it is to load gets them. We
 * are static, load nothing, and leave without having read a byte. actions/runner:
 * src/Runner.Worker/RunnerPluginManager.cs. */
static bool is_plugin_host(const char *self)
{
	const char *slash = strrchr(self, '/');

	return strcmp(slash != NULL ? slash + 1 : self, "Runner.PluginHost") == 0;
}

/* The exit code if the program cannot be started. */
static int start_program(int say, char **argv)
{
	const size_t len = strlen(HANDOVER_SHIM);
	char reason[HANDOVER_TEXT_MAX];
	int code;

	if (write(say, HANDOVER_SHIM, len) != (ssize_t)len || close(say) < 0) {
		shim_say("the Listener is not started: the slot cannot be told");
		return STATUS_CANNOT_EXEC;
	}
	execv(argv[0], argv);
	code = errno == ENOENT ? STATUS_NOT_FOUND : STATUS_CANNOT_EXEC;
	snprintf(reason, sizeof reason, "%s: %s", argv[0], strerror(errno));
	shim_say(reason);
	return code;
}

int main(int argc, char **argv)
{
	struct frame_queue queue;
	int messages;

	standard_fds_open();
	if (argc > 0 && is_plugin_host(argv[0])) {
		shim_say(
			"runner plugins are refused: every step could read all secrets of the job through them (use actions/checkout@v2 or later, and artifact actions v2 or later)");
		return 1;
	}
	if (argc > 3 && strcmp(argv[1], HANDOVER_START) == 0 && (messages = descriptor(argv[2])) > STDERR_FILENO)
		return start_program(messages, argv + 3);
	if (argc > 3 && strcmp(argv[1], HOLD_COMMAND) == 0 && (messages = descriptor(argv[2])) > STDERR_FILENO) {
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* no step is to look into who starts shells for others */
		return hold_run(messages, argv + 3);
	}
	if (argc != 4 || strcmp(argv[1], "spawnclient") != 0 || (messages = descriptor(argv[2])) < 0 ||
		descriptor(argv[3]) < 0) {
		shim_say("not started by a Listener");
		return 1;
	}
	/* What passes through holds the job's secrets. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0) {
		shim_say("job refused: PR_SET_DUMPABLE failed");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN); /* a terminal sends it to all; the Listener says by message what it wants */
	frame_queue_init(&queue);
	if (read_first(messages, &queue) < 0) {
		shim_say(errno == EBADMSG ? "job refused: unexpected form of the Listener's message"
					  : "job refused: no message from the Listener");
		return 1;
	}
	return shim_run(HANDOVER_DIRECTORY "/" HANDOVER_SOCKET_NAME, messages, &queue);
}
