#include "runner/worker/docker.h"

#include <string.h>

/* A text of the workflow's: "TEXT", or with its place in the file {"type": 0, …, "lit": "TEXT"}. False if it is longer
 * than `size`, cut in that case. */
static bool literal(struct message message, char *to, size_t size)
{
	struct message inner = message;

	if (message_token(&inner) == '"')
		return message_string(&inner, to, size);
	return message_text(message, "lit", to, size);
}

static bool is_text(struct message message)
{
	char beginning[8] = "";

	literal(message, beginning, sizeof beginning);
	return beginning[0] != '\0';
}

/* What a pair of a mapping has: the Listener writes {"key": KEY, "value": VALUE}, the service {"Key": …, "Value": …},
 * and the Worker reads either. */
static const char *const key[] = {"key", "Key"}, *const value[] = {"value", "Value"};

static bool enter_either(struct message *message, const char *const names[2])
{
	const struct message before = *message;

	if (message_enter(message, names[0]))
		return true;
	*message = before;
	return message_enter(message, names[1]);
}

/* Enters a mapping: {"type": 2, …, "map": [PAIR…]}. */
static bool enter_mapping(struct message *message)
{
	return message_enter(message, "map") && message_token(message) == '[';
}

/* An image, or {"image": IMAGE, …}. */
static bool names_image(struct message message)
{
	if (is_text(message))
		return true;
	if (!enter_mapping(&message))
		return false;
	for (; message_has_element(&message); message_skip(&message)) {
		struct message named = message, image = message;
		char name[MESSAGE_KEY_SIZE];

		if (enter_either(&named, key) && literal(named, name, sizeof name) && strcmp(name, "image") == 0 &&
			enter_either(&image, value))
			return is_text(image);
	}
	return false;
}

static bool has_service(struct message message)
{
	if (!message_enter(&message, "jobServiceContainers") || !enter_mapping(&message))
		return false;
	for (; message_has_element(&message); message_skip(&message)) {
		struct message service = message;

		if (enter_either(&service, value) && names_image(service))
			return true;
	}
	return false;
}

static bool has_step(struct message message)
{
	if (!message_enter(&message, "steps") || message_token(&message) != '[')
		return false;
	for (; message_has_element(&message); message_skip(&message)) {
		struct message reference = message;
		char type[MESSAGE_KEY_SIZE];

		if (message_enter(&reference, "reference") && message_text(reference, "type", type, sizeof type) &&
			strcmp(type, "containerRegistry") == 0)
			return true;
	}
	return false;
}

enum subject_docker docker_required(struct message message)
{
	struct message container = message;

	if (message_enter(&container, "jobContainer") && names_image(container))
		return SUBJECT_DOCKER_CONTAINER;
	if (has_service(message))
		return SUBJECT_DOCKER_SERVICE;
	return has_step(message) ? SUBJECT_DOCKER_STEP : SUBJECT_DOCKER_NONE;
}
