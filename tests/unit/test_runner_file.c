#include "runner/runner_file.h"

#include "runner/wipe.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

static void parsed(void **state)
{
	static const struct {
		const char *text;
		int64_t id;
		const char *name;
	} rows[] = {
		/* as config.sh writes it, */
		{BYTE_ORDER_MARK "{\r\n  \"agentId\": 12,\r\n  \"agentName\": \"box\",\r\n  \"poolId\": 1\r\n}", 12,
			"box"},
		{"{\"agentId\":12,\"agentName\":\"box\"}", 12, "box"},
		/* as it is in a JIT configuration, */
		{"{\"AgentId\":\"12\",\"AgentName\":\"box\",\"UseV2Flow\":\"true\"}", 12, "box"},
		/* and anything between */
		{"{\"AGENTID\":9223372036854775807,\"agentname\":\"b\xc3\xb6x\"}", INT64_MAX, "b\xc3\xb6x"},
		{"{\"agentId\":\"9223372036854775807\",\"AgentName\":\"x\"}", INT64_MAX, "x"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct runner_file file;
		struct error err;

		assert_int_equal(runner_file_parse(&file, rows[i].text, strlen(rows[i].text), &err), 0);
		assert_true(file.agent_id == rows[i].id);
		assert_string_equal(file.agent_name, rows[i].name);
		runner_file_free(&file);
		assert_null(file.agent_name);
	}
}

static void refused(void **state)
{
	static const struct {
		const char *text;
		const char *error;
	} rows[] = {
		{"", ".runner: not a JSON object"},
		{BYTE_ORDER_MARK, ".runner: not a JSON object"},
		{BYTE_ORDER_MARK BYTE_ORDER_MARK "{}", ".runner: not a JSON object"},
		{"[]", ".runner: not a JSON object"},
		{"{", ".runner: not a JSON object"},
		{"{\"agentId\":1,\"agentId\":2,\"agentName\":\"x\"}", ".runner: not a JSON object"},
		{"{}", ".runner: no agentId"},
		{"{\"agentId\":0,\"agentName\":\"x\"}", ".runner: no agentId"},
		{"{\"agentId\":-1,\"agentName\":\"x\"}", ".runner: no agentId"},
		{"{\"agentId\":1.5,\"agentName\":\"x\"}", ".runner: no agentId"},
		{"{\"agentId\":true,\"agentName\":\"x\"}", ".runner: no agentId"},
		{"{\"agentId\":\"\",\"agentName\":\"x\"}", ".runner: no agentId"},
		{"{\"agentId\":\"1/../2\",\"agentName\":\"x\"}", ".runner: no agentId"},
		{"{\"agentId\":\"9223372036854775808\",\"agentName\":\"x\"}", ".runner: no agentId"},
		{"{\"agentId\":1}", ".runner: no agentName"},
		{"{\"agentId\":1,\"agentName\":\"\"}", ".runner: no agentName"},
		{"{\"agentId\":1,\"agentName\":2}", ".runner: no agentName"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct runner_file file;
		struct error err;

		assert_int_equal(runner_file_parse(&file, rows[i].text, strlen(rows[i].text), &err), -1);
		assert_string_equal(err.text, rows[i].error);
		assert_null(file.agent_name);
	}
}

/* One key changes, in the spelling that it has there; everything else stays. */
static void work_folder(void **state)
{
	static const struct {
		const char *text;
		const char *expected;
	} rows[] = {
		{BYTE_ORDER_MARK "{\"agentId\":12,\"workFolder\":\"_work\",\"ephemeral\":true}",
			"{\"agentId\":12,\"workFolder\":\"/jobs/1/_work\",\"ephemeral\":true}"},
		{"{\"AgentId\":\"12\",\"WorkFolder\":\"_work\",\"Ephemeral\":\"True\"}",
			"{\"AgentId\":\"12\",\"WorkFolder\":\"/jobs/1/_work\",\"Ephemeral\":\"True\"}"},
		{"{\"agentId\":12}", "{\"agentId\":12,\"workFolder\":\"/jobs/1/_work\"}"},
	};
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *text = runner_file_with_work_folder(rows[i].text, strlen(rows[i].text), "/jobs/1/_work", &err);
		json_t *got, *expected = json_loads(rows[i].expected, 0, NULL);

		assert_non_null(text);
		got = json_loads(text, 0, NULL);
		assert_non_null(got);
		assert_true(json_equal(got, expected));
		json_decref(got);
		json_decref(expected);
		wipe_free(text);
	}
	assert_null(runner_file_with_work_folder("[]", 2, "_work", &err));
	assert_string_equal(err.text, ".runner: not a JSON object");
	assert_null(runner_file_with_work_folder("{}", 2, "\xff", &err));
	assert_string_equal(err.text, ".runner: the work folder \xff is not UTF-8");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parsed),
		cmocka_unit_test(refused),
		cmocka_unit_test(work_folder),
	};

	json_set_alloc_funcs(wipe_malloc, wipe_free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
