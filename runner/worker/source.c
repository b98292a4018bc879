#include "runner/worker/source.h"

#include <stdbool.h>
#include <string.h>

#define EVENT_SIZE 64
#define NAME_SIZE 256

/* Who cannot write to the repository can begin none of these. */
static const char *const own_events[] = {"push", "workflow_dispatch", "repository_dispatch", "schedule", "release",
	"merge_group", "create", "delete", "deployment"};
static const char *const pull_events[] = {
	"pull_request", "pull_request_target", "pull_request_review", "pull_request_review_comment"};

static bool is_one_of(const char *text, const char *const names[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(text, names[i]) == 0)
			return true;
	return false;
}

/* A dictionary of the runner's is {"t": 2, "d": [{"k": NAME, "v": VALUE}…]}. Stops at the value of `name`. */
static bool enter(struct message *dictionary, const char *name)
{
	struct message at = *dictionary;
	char key[MESSAGE_KEY_SIZE];

	if (!message_enter(&at, "d") || message_token(&at) != '[')
		return false;
	for (; message_has_element(&at); message_skip(&at)) {
		struct message value = at;

		if (!message_text(at, "k", key, sizeof key) || strcmp(key, name) != 0)
			continue;
		if (!message_enter(&value, "v"))
			return false;
		*dictionary = value;
		return true;
	}
	return false;
}

/* False: it is not there, is no text, or does not fit. */
static bool text_of(struct message dictionary, const char *name, char *to, size_t size)
{
	return enter(&dictionary, name) && message_token(&dictionary) == '"' && message_string(&dictionary, to, size);
}

enum subject_source source_of(struct message github, const char *repository)
{
	static const char *const path[] = {"event", "pull_request", "head", "repo"};
	char event[EVENT_SIZE], head[NAME_SIZE];

	if (repository[0] == '\0' || !text_of(github, "event_name", event, sizeof event))
		return SUBJECT_SOURCE_UNKNOWN;
	if (is_one_of(event, own_events, sizeof own_events / sizeof own_events[0]))
		return SUBJECT_SOURCE_OWN;
	if (!is_one_of(event, pull_events, sizeof pull_events / sizeof pull_events[0]))
		return SUBJECT_SOURCE_UNKNOWN;
	for (size_t i = 0; i < sizeof path / sizeof path[0]; i++)
		if (!enter(&github, path[i]))
			return SUBJECT_SOURCE_UNKNOWN;
	if (!text_of(github, "full_name", head, sizeof head))
		return SUBJECT_SOURCE_UNKNOWN;
	return strcmp(head, repository) == 0 ? SUBJECT_SOURCE_OWN : SUBJECT_SOURCE_FORK;
}
