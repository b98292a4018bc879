#include "runner/worker/docker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* In a block that ends where the message does. ASCII alone. */
static enum subject_docker required(const char *text, size_t len)
{
	unsigned char *message = malloc(len > 0 ? 2 * len : 1);
	enum subject_docker docker;

	assert_non_null(message);
	for (size_t i = 0; i < len; i++) {
		message[2 * i] = (unsigned char)text[i];
		message[2 * i + 1] = 0;
	}
	docker = docker_required((struct message){.at = message, .end = message + 2 * len});
	free(message);
	return docker;
}

struct row {
	const char *text;
	enum subject_docker docker;
};

static void all(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_int_equal(required(rows[i].text, strlen(rows[i].text)), rows[i].docker);
}

static void plain_text(void **state)
{
	static const struct row rows[] = {
		{"{\"jobContainer\":\"alpine\"}", SUBJECT_DOCKER_CONTAINER},
		{"{\"jobContainer\":{\"type\":0,\"file\":1,\"line\":7,\"col\":5,\"lit\":\"alpine\"}}",
			SUBJECT_DOCKER_CONTAINER},
		{"{\"jobContainer\":{\"type\":2,\"map\":[{\"Key\":\"env\",\"Value\":{\"type\":2,\"map\":[]}},"
		 "{\"Key\":\"image\",\"Value\":\"registry.example/a-long-name/of-an-image:latest\"}]}}",
			SUBJECT_DOCKER_CONTAINER},
		{"{\"jobContainer\":{\"type\":2,\"file\":1,\"map\":[{\"Key\":{\"type\":0,\"lit\":\"image\"},"
		 "\"Value\":{\"type\":0,\"lit\":\"node:24\"}}]}}",
			SUBJECT_DOCKER_CONTAINER},
		{"{\"steps\":[],\"jobServiceContainers\":{\"type\":2,\"map\":[{\"Key\":\"none\",\"Value\":\"\"},"
		 "{\"Key\":\"db\",\"Value\":{\"type\":2,\"map\":[{\"Key\":\"image\",\"Value\":\"postgres\"}]}}]}}",
			SUBJECT_DOCKER_SERVICE},
		/* as the Listener passes it on */
		{"{\"jobContainer\":{\"type\":2,\"map\":[{\"key\":\"image\",\"value\":\"alpine:3\"},"
		 "{\"key\":\"options\",\"value\":\"--cpus 1\"}]}}",
			SUBJECT_DOCKER_CONTAINER},
		{"{\"jobServiceContainers\":{\"type\":2,\"map\":[{\"key\":\"db\",\"value\":{\"type\":2,\"map\":["
		 "{\"key\":\"image\",\"value\":\"postgres\"}]}}]}}",
			SUBJECT_DOCKER_SERVICE},
		{"{\"jobServiceContainers\":{\"type\":2,\"map\":[{\"Key\":\"db\",\"Value\":\"redis\"}]}}",
			SUBJECT_DOCKER_SERVICE},
		{"{\"steps\":[{\"type\":\"action\",\"reference\":{\"type\":\"script\"}},"
		 "{\"type\":\"action\",\"reference\":{\"image\":\"alpine\",\"type\":\"containerRegistry\"}}]}",
			SUBJECT_DOCKER_STEP},
		{"{\"steps\":[{\"reference\":{\"type\":\"containerRegistry\"}}],\"jobContainer\":\"a\"}",
			SUBJECT_DOCKER_CONTAINER},
	};

	(void)state;
	all(rows, sizeof rows / sizeof rows[0]);
}

/* An expression may come to no image, and so may an empty text. */
static void undecided(void **state)
{
	static const struct row rows[] = {
		{"{\"jobContainer\":null,\"jobServiceContainers\":null,\"steps\":null}", SUBJECT_DOCKER_NONE},
		{"{\"jobContainer\":\"\"}", SUBJECT_DOCKER_NONE},
		{"{\"jobContainer\":{\"type\":0,\"lit\":\"\"}}", SUBJECT_DOCKER_NONE},
		{"{\"jobContainer\":{\"type\":3,\"expr\":\"matrix.container\"}}", SUBJECT_DOCKER_NONE},
		{"{\"jobContainer\":{\"type\":2,\"map\":[{\"Key\":\"image\",\"Value\":{\"type\":3,\"expr\":\"matrix.a\"}},"
		 "{\"Key\":\"options\",\"Value\":\"--cpus 1\"}]}}",
			SUBJECT_DOCKER_NONE},
		{"{\"jobContainer\":{\"type\":2,\"map\":[{\"Key\":\"image\",\"Value\":\"\"}]}}", SUBJECT_DOCKER_NONE},
		{"{\"jobServiceContainers\":{\"type\":2,\"map\":[]}}", SUBJECT_DOCKER_NONE},
		{"{\"jobServiceContainers\":{\"type\":3,\"expr\":\"fromJSON(x)\"}}", SUBJECT_DOCKER_NONE},
		{"{\"steps\":[{\"reference\":{\"type\":\"repository\",\"name\":\"containerRegistry\"}}]}",
			SUBJECT_DOCKER_NONE},
		/* the same names elsewhere */
		{"{\"contextData\":{\"jobContainer\":\"alpine\"},\"variables\":{\"steps\":[{\"reference\":"
		 "{\"type\":\"containerRegistry\"}}]}}",
			SUBJECT_DOCKER_NONE},
		{"{\"steps\":[{\"inputs\":{\"reference\":{\"type\":\"containerRegistry\"}}}]}", SUBJECT_DOCKER_NONE},
	};

	(void)state;
	all(rows, sizeof rows / sizeof rows[0]);
}

static void other_forms(void **state)
{
	static const struct row rows[] = {
		{"", SUBJECT_DOCKER_NONE},
		{"[]", SUBJECT_DOCKER_NONE},
		{"{\"jobContainer\":[\"alpine\"]}", SUBJECT_DOCKER_NONE},
		{"{\"jobContainer\":{\"map\":\"alpine\"}}", SUBJECT_DOCKER_NONE},
		{"{\"jobContainer\":{\"map\":[]]]}}}", SUBJECT_DOCKER_NONE},
		{"{\"jobContainer\":{\"map\":[1,\"image\",{\"Key\":7,\"Value\":\"a\"},{\"Value\":\"a\"}]}}",
			SUBJECT_DOCKER_NONE},
		{"{\"jobServiceContainers\":[\"a\"]}", SUBJECT_DOCKER_NONE},
		{"{\"jobServiceContainers\":{\"map\":{\"Value\":\"a\"}}}", SUBJECT_DOCKER_NONE},
		{"{\"steps\":[\"reference\",{\"reference\":\"containerRegistry\"},{\"reference\":[]}]}",
			SUBJECT_DOCKER_NONE},
		{"{\"steps\":{\"reference\":{\"type\":\"containerRegistry\"}}}", SUBJECT_DOCKER_NONE},
	};

	(void)state;
	all(rows, sizeof rows / sizeof rows[0]);
}

/* Cut anywhere, it ends. */
static void cut(void **state)
{
	static const char text[] =
		"{\"jobContainer\":{\"type\":2,\"map\":[{\"Key\":\"env\",\"Value\":[{\"a\":\"\\u00fc\"}]}]},"
		"\"jobServiceContainers\":{\"type\":2,\"map\":[{\"Key\":\"db\",\"Value\":{\"type\":3,\"expr\":\"x\"}}]},"
		"\"steps\":[{\"reference\":{\"type\":\"script\"}}]}";

	(void)state;
	for (size_t len = 0; len < strlen(text); len++)
		assert_int_equal(required(text, len), SUBJECT_DOCKER_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_text),
		cmocka_unit_test(undecided),
		cmocka_unit_test(other_forms),
		cmocka_unit_test(cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
