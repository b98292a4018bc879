#include "runner/worker/subject.h"

#include "runner/worker/message.h"

#include <string.h>

/* actions/runner: src/Sdk/DTWebApi/WebApi/JobRequestMessageTypes.cs */
#define OLDER "PipelineAgentJobRequest"

/* A dictionary of the runner's is an array of {"k": NAME, "v": VALUE}. */
static void read_context(struct message message, struct subject *subject)
{
	bool has_repository = false, has_workflow = false;
	char name[MESSAGE_KEY_SIZE];
	struct message github;

	if (!message_enter(&message, "contextData") || !message_enter(&message, "github"))
		return;
	github = message;
	if (!message_enter(&message, "d") || message_token(&message) != '[')
		return;
	for (; message_has_element(&message) && !(has_repository && has_workflow); message_skip(&message)) {
		if (!message_text(message, "k", name, sizeof name))
			continue;
		if (!has_repository && strcmp(name, "repository") == 0) {
			has_repository = true;
			if (!message_text(message, "v", subject->repository, sizeof subject->repository))
				subject->repository[0] = '\0';
		} else if (!has_workflow && strcmp(name, "workflow") == 0) {
			has_workflow = true;
			message_text(message, "v", subject->workflow, sizeof subject->workflow);
		}
	}
	for (char *c = subject->workflow; *c != '\0'; c++)
		if (*c == '\n')
			*c = ' ';
	subject->source = source_of(github, subject->repository);
}

void subject_read(const unsigned char *message, size_t size, struct subject *subject)
{
	const struct message whole = {.at = message, .end = message + size};
	char type[MESSAGE_KEY_SIZE];

	memset(subject, 0, sizeof *subject);
	message_text(whole, "jobDisplayName", subject->job, sizeof subject->job);
	read_context(whole, subject);
	subject->docker = docker_required(whole);
	subject->older = message_text(whole, "messageType", type, sizeof type) && strcmp(type, OLDER) == 0;
}
