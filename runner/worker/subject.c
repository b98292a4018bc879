#include "runner/worker/subject.h"

#include "runner/worker/message.h"

#include <string.h>

/* actions/runner: src/Sdk/DTWebApi/WebApi/JobRequestMessageTypes.cs */
#define OLDER "PipelineAgentJobRequest"

/* A dictionary of the runner's is an array of {"k": NAME, "v": VALUE}. */
static void read_repository(struct message message, struct subject *subject)
{
	char name[MESSAGE_KEY_SIZE];

	if (!message_enter(&message, "contextData") || !message_enter(&message, "github") ||
		!message_enter(&message, "d") || message_token(&message) != '[')
		return;
	for (; message_has_element(&message); message_skip(&message))
		if (message_text(message, "k", name, sizeof name) && strcmp(name, "repository") == 0) {
			if (!message_text(message, "v", subject->repository, sizeof subject->repository))
				subject->repository[0] = '\0';
			return;
		}
}

void subject_read(const unsigned char *message, size_t size, struct subject *subject)
{
	const struct message whole = {.at = message, .end = message + size};
	char type[MESSAGE_KEY_SIZE];

	memset(subject, 0, sizeof *subject);
	message_text(whole, "jobDisplayName", subject->job, sizeof subject->job);
	read_repository(whole, subject);
	subject->docker = docker_required(whole);
	subject->older = message_text(whole, "messageType", type, sizeof type) && strcmp(type, OLDER) == 0;
}
