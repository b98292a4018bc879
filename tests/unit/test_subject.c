#include "runner/worker/subject.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* As the Listener sends it, in a block that ends where the message does. ASCII alone; \uXXXX says the rest. */
static void read_text(const char *text, size_t len, struct subject *subject)
{
	unsigned char *message = malloc(len > 0 ? 2 * len : 1);

	assert_non_null(message);
	for (size_t i = 0; i < len; i++) {
		message[2 * i] = (unsigned char)text[i];
		message[2 * i + 1] = 0;
	}
	memset(subject, 0xff, sizeof *subject);
	subject_read(message, 2 * len, subject);
	free(message);
}

static const char whole[] =
	"{\"messageType\":\"PipelineAgentJobRequest\",\"plan\":{\"a\":[1,{\"jobDisplayName\":\"inner\"}]},"
	"\"jobDisplayName\":\"build (\\\"18\\\", \\u00fc\\ud83d\\ude00)\",\"variables\":{\"x\":{\"value\":\"}\"}},"
	" \"contextData\" : {\"env\":{\"t\":2,\"d\":[{\"k\":\"repository\",\"v\":\"wrong/one\"}]},\"github\":"
	"{\"t\":2,\"d\":[ {\"k\":\"event\",\"v\":{\"t\":2,\"d\":[{\"k\":\"repository\",\"v\":\"wrong/two\"}]}},"
	"{\"k\":\"repository\",\"v\":\"octo/demo\"},{\"k\":\"repository\",\"v\":\"wrong/three\"},"
	"{\"k\":\"workflow\",\"v\":\"nightly\\nbuild\"},{\"k\":\"workflow\",\"v\":\"another\"}]}}}";

static void a_message(void **state)
{
	struct subject subject;

	(void)state;
	read_text(whole, strlen(whole), &subject);
	assert_string_equal(subject.repository, "octo/demo");
	assert_string_equal(subject.workflow, "nightly build");
	assert_string_equal(subject.job, "build (\"18\", \xc3\xbc\xf0\x9f\x98\x80)");
	assert_true(subject.older);
}

static void flow(void **state)
{
	static const char newer[] = "{\"messageType\":\"RunnerJobRequest\"}", none[] = "{}";
	struct subject subject;

	(void)state;
	read_text(newer, strlen(newer), &subject);
	assert_false(subject.older);
	read_text(none, strlen(none), &subject);
	assert_false(subject.older);
}

/* Cut anywhere it ends, and what is known is whole. */
static void cut(void **state)
{
	struct subject subject;

	(void)state;
	for (size_t len = 0; len < strlen(whole); len++) {
		read_text(whole, len, &subject);
		assert_true(subject.repository[0] == '\0' || strcmp(subject.repository, "octo/demo") == 0);
		assert_true(strlen(subject.job) < sizeof subject.job);
	}
}

static void other_forms(void **state)
{
	static const char *const texts[] = {"", "null", "[]", "{", "{\"", "{\"contextData\":", "{\"contextData\":[]}",
		"{\"contextData\":{\"github\":{\"d\":[}", "{\"contextData\":{\"github\":{\"d\":[]]}]}",
		"{\"contextData\":{\"github\":{\"d\":[1,\"repository\",{}]}}}",
		"{\"contextData\":{\"github\":{\"d\":[{\"k\":\"repository\",\"v\":7}]}}}",
		"{\"contextData\":{\"github\":{\"d\":[{\"k\":\"repository\"}]}}}", "{\"jobDisplayName\":{\"a\":\"b\"}}",
		"{\"jobDisplayName\":null}", "{\"jobDisplayName\":\"\\u00\"}", "}}}}", "]]]]"};
	struct subject subject;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		read_text(texts[i], strlen(texts[i]), &subject);
		assert_string_equal(subject.repository, "");
		assert_string_equal(subject.job, "");
	}
}

/* A repository that does not fit would be another's; a job's name is cut at a character. NUL and half pairs are no
 * text. */
static void bounds(void **state)
{
	char text[4096], owner[SUBJECT_REPOSITORY_SIZE + 1], name[2400] = "";
	struct subject subject;

	(void)state;
	memset(owner, 'o', sizeof owner - 1);
	owner[sizeof owner - 1] = '\0';
	for (size_t i = 0; i < 390 * 6; i++)
		name[i] = "\\u00fc"[i % 6];
	snprintf(text, sizeof text,
		"{\"contextData\":{\"github\":{\"d\":[{\"k\":\"repository\",\"v\":\"%s\"}]}},\"jobDisplayName\":\"%s\"}",
		owner, name);
	read_text(text, strlen(text), &subject);
	assert_string_equal(subject.repository, "");
	assert_int_equal(strlen(subject.job), (SUBJECT_JOB_SIZE - 1) / 2 * 2);
	snprintf(text, sizeof text, "{\"jobDisplayName\":\"a\\u0000b\\ud800c\\udc00d\"}");
	read_text(text, strlen(text), &subject);
	assert_string_equal(subject.job, "abcd");
}

/* Only what is known to be the repository's own counts as that. */
static void source(void **state)
{
#define HEAD(repo) "{\"t\":2,\"d\":[{\"k\":\"head\",\"v\":{\"t\":2,\"d\":[{\"k\":\"repo\",\"v\":" repo "}]}}]}"
#define REPO(name) "{\"t\":2,\"d\":[{\"k\":\"id\",\"v\":7},{\"k\":\"full_name\",\"v\":\"" name "\"}]}"
	static const struct {
		const char *event, *pull;
		enum subject_source source;
	} cases[] = {
		{"push", "null", SUBJECT_SOURCE_OWN},
		{"workflow_dispatch", "null", SUBJECT_SOURCE_OWN},
		{"merge_group", "null", SUBJECT_SOURCE_OWN},
		{"pull_request", HEAD(REPO("octo/demo")), SUBJECT_SOURCE_OWN},
		{"pull_request", HEAD(REPO("else/demo")), SUBJECT_SOURCE_FORK},
		{"pull_request_target", HEAD(REPO("else/demo")), SUBJECT_SOURCE_FORK},
		{"pull_request_review", HEAD(REPO("octo/demo2")), SUBJECT_SOURCE_FORK},
		{"pull_request", HEAD("null"), SUBJECT_SOURCE_UNKNOWN},
		{"pull_request", "null", SUBJECT_SOURCE_UNKNOWN},
		{"pull_request", HEAD("{\"t\":2,\"d\":[]}"), SUBJECT_SOURCE_UNKNOWN},
		{"issue_comment", "null", SUBJECT_SOURCE_UNKNOWN},
		{"workflow_run", "null", SUBJECT_SOURCE_UNKNOWN},
		{"", "null", SUBJECT_SOURCE_UNKNOWN},
		{"pushed", "null", SUBJECT_SOURCE_UNKNOWN},
	};
	struct subject subject;
	char text[2048];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		snprintf(text, sizeof text,
			"{\"contextData\":{\"github\":{\"t\":2,\"d\":[{\"k\":\"event\",\"v\":{\"t\":2,\"d\":[{\"k\":"
			"\"pull_request\",\"v\":%s}]}},{\"k\":\"event_name\",\"v\":\"%s\"},{\"k\":\"repository\",\"v\":"
			"\"octo/demo\"}]}}}",
			cases[i].pull, cases[i].event);
		read_text(text, strlen(text), &subject);
		assert_string_equal(subject.repository, "octo/demo");
		assert_int_equal(subject.source, cases[i].source);
		/* Without a repository nothing is known of it. */
		*strstr(text, "repository") = 'R';
		read_text(text, strlen(text), &subject);
		assert_int_equal(subject.source, SUBJECT_SOURCE_UNKNOWN);
	}
	read_text(whole, strlen(whole), &subject);
	assert_int_equal(subject.source, SUBJECT_SOURCE_UNKNOWN);
}

static void deep(void **state)
{
	const int n = 1000000;
	const size_t size = (size_t)n + 64;
	char *text = malloc(size), *brackets = malloc((size_t)n);
	struct subject subject;

	(void)state;
	assert_non_null(text);
	assert_non_null(brackets);
	memset(brackets, '[', (size_t)n);
	snprintf(text, size, "{\"a\":%.*s,\"jobDisplayName\":\"b\"}", n, brackets);
	read_text(text, strlen(text), &subject);
	assert_string_equal(subject.job, "");
	free(brackets);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message),
		cmocka_unit_test(flow),
		cmocka_unit_test(cut),
		cmocka_unit_test(other_forms),
		cmocka_unit_test(bounds),
		cmocka_unit_test(source),
		cmocka_unit_test(deep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
