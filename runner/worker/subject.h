/* Reads from a job message whose job it is, the repository, the workflow and the job's name, whether it requires
 * Docker, and whether it may be a fork's. Pure.
 *
 * The message is JSON in UTF-16LE (actions/runner: src/Runner.Common/StreamString.cs). It holds the job's secrets, and
 * its texts are whatever a workflow says: only these values leave here, bounded, and who prints them escapes them
 * (common/visible.h). */
#pragma once

#include "runner/worker/docker.h"
#include "runner/worker/source.h"

#include <stdbool.h>
#include <stddef.h>

/* With the final NUL. A name of a repository that does not fit is none; a workflow's or job's is cut. */
#define SUBJECT_REPOSITORY_SIZE 256
#define SUBJECT_WORKFLOW_SIZE 256
#define SUBJECT_JOB_SIZE 512

struct subject {
	char repository[SUBJECT_REPOSITORY_SIZE]; /* OWNER/NAME, or "": not in the message */
	char workflow[SUBJECT_WORKFLOW_SIZE];     /* its name, UTF-8, a newline as a space; or "" */
	char job[SUBJECT_JOB_SIZE];               /* as it is displayed, UTF-8; or "" */
	enum subject_docker docker;
	enum subject_source source;
	bool older; /* the v1 flow */
};

/* `contextData.github`'s `repository`, `workflow` and event, `jobDisplayName` and `messageType`. Whatever is not of
 * that form leaves "". */
void subject_read(const unsigned char *message, size_t size, struct subject *subject);
