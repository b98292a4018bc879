#include "runner/control/request.h"

#include "common/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NS_PER_MS INT64_C(1000000)
#define DIGITS "0123456789"
#define NAME DIGITS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._-"
#define DEADLINE_DIGITS_MAX 12
#define WORDS_MAX 3

static const char *const verbs[] = {[CONTROL_DRAIN] = "drain", [CONTROL_STOP] = "stop", [CONTROL_RELOAD] = "reload"};

bool control_is_target(const char *text)
{
	const size_t len = strlen(text);

	return len > 0 && len <= POOL_NAME_MAX && strspn(text, NAME) == len && text[0] != '-';
}

static int parse_deadline(const char *text, int64_t *ns, struct error *err)
{
	const size_t len = strlen(text);
	int64_t ms = 0;

	*ns = -1;
	if (strcmp(text, "-") == 0)
		return 0;
	if (len == 0 || len > DEADLINE_DIGITS_MAX || strspn(text, DIGITS) != len)
		return error_set(err, 0, "request: not a deadline");
	for (; *text != '\0'; text++)
		ms = ms * 10 + (*text - '0');
	*ns = ms * NS_PER_MS;
	return 0;
}

/* Words with one space between them. Their number, or -1. */
static int split(char *text, const char *words[WORDS_MAX])
{
	int n = 0;

	for (char *rest = text; rest != NULL; n++) {
		if (n == WORDS_MAX)
			return -1;
		words[n] = strsep(&rest, " ");
		if (*words[n] == '\0')
			return -1;
	}
	return n;
}

int control_request_parse(struct control_request *request, const char *line, size_t len, struct error *err)
{
	char text[CONTROL_LINE_MAX];
	const char *words[WORDS_MAX] = {NULL};
	int n = -1, verb = 0;

	*request = (struct control_request){.deadline_ns = -1};
	if (len < sizeof text && memchr(line, '\0', len) == NULL) {
		memcpy(text, line, len);
		text[len] = '\0';
		n = split(text, words);
	}
	if (n < 1)
		return error_set(err, 0, "request: not a line of words");
	while (verb <= CONTROL_RELOAD && strcmp(verbs[verb], words[0]) != 0)
		verb++;
	if (verb > CONTROL_RELOAD || n != (verb == CONTROL_DRAIN ? 3 : 1))
		return error_set(err, 0, "request: unknown");
	request->verb = (enum control_verb)verb;
	if (verb != CONTROL_DRAIN)
		return 0;
	if (strcmp(words[1], "-") != 0) {
		if (!control_is_target(words[1]))
			return error_set(err, 0, "request: not a slot or pool");
		memcpy(request->target, words[1], strlen(words[1]) + 1);
	}
	return parse_deadline(words[2], &request->deadline_ns, err);
}

void control_request_format(const struct control_request *request, char text[CONTROL_LINE_MAX])
{
	char deadline[24] = "-";

	if (request->deadline_ns >= 0)
		snprintf(deadline, sizeof deadline, "%" PRId64, request->deadline_ns / NS_PER_MS);
	if (request->verb == CONTROL_DRAIN)
		snprintf(text, CONTROL_LINE_MAX, "drain %s %s\n", request->target[0] != '\0' ? request->target : "-",
			deadline);
	else
		snprintf(text, CONTROL_LINE_MAX, "%s\n", verbs[request->verb]);
}
