/* The Worker as a child: facts 1.c.1 (spawn), 1.c.4 (kill), 1.c.5 (exit). */
#pragma once

#include "common/error.h"
#include "tests/standin/shared/frame.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <sys/types.h>

/* One of the child's output pipes, read by line. */
struct worker_output {
	int fd; /* -1 after end of file */
	bool is_stderr;
	char line[8192];
	size_t used;
};

struct worker_process {
	pid_t pid;
	int send_fd;   /* server end of the pipe that the Worker reads */
	int silent_fd; /* server end of the pipe that it writes, and never does */
	struct worker_output outputs[2];
	char crash[32768]; /* what it said, for the case that it crashed */
	size_t crash_used;
	bool exited;
	int code; /* exit code; 128+n when killed by signal n */
	int64_t outputs_until_ms;
};

/* Starts <bin>/Runner.Worker spawnclient R W. Called once per struct; ended with worker_free(). */
int worker_spawn(struct worker_process *worker, const char *bin, struct error *err);

/* Sends a message within the channel's time limit (GITHUB_ACTIONS_RUNNER_CHANNEL_TIMEOUT, 30 to 300 s). */
int worker_send(struct worker_process *worker, enum frame_type type, const char *body, struct error *err);

/* SIGKILL to the child itself; nothing else. */
void worker_kill(struct worker_process *worker);

/* Adds the descriptors to wait for; returns their number, at most 2. */
unsigned worker_wait_fds(const struct worker_process *worker, struct curl_waitfd *fds);

/* Reads what there is and reaps the child. True when it has exited and its output is at its end, or five seconds after
 * its exit. */
bool worker_finished(struct worker_process *worker);

void worker_free(struct worker_process *worker);
