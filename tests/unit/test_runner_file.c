#include "runner/common/runner_file.h"

#include "runner/common/wipe.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* The Listener may have put anything there; none of it hangs, leads out, or fills the memory. */
static void read_from_root(void **state)
{
	char dir[] = "/tmp/runner-file-XXXXXX", *text = NULL;
	struct error err;
	size_t len;
	int root, fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	root = open(dir, O_RDONLY | O_DIRECTORY);
	assert_true(root >= 0);
	assert_int_equal(runner_file_read(root, &text, &len, &err), -1);
	assert_int_equal(err.errnum, ENOENT);
	alarm(10); /* ends the test where it would hang */
	assert_int_equal(mkfifoat(root, ".runner", 0600), 0);
	assert_int_equal(runner_file_read(root, &text, &len, &err), -1);
	assert_string_equal(err.text, ".runner: not a file");
	alarm(0);
	assert_int_equal(unlinkat(root, ".runner", 0), 0);
	assert_int_equal(symlinkat("/etc/hostname", root, ".runner"), 0);
	assert_int_equal(runner_file_read(root, &text, &len, &err), -1);
	assert_int_equal(err.errnum, ELOOP);
	assert_int_equal(unlinkat(root, ".runner", 0), 0);
	fd = openat(root, ".runner", O_RDWR | O_CREAT, 0600);
	assert_int_equal(write(fd, "{}", 2), 2);
	assert_int_equal(runner_file_read(root, &text, &len, &err), 0);
	assert_string_equal(text, "{}");
	assert_int_equal(len, 2);
	free(text);
	assert_int_equal(ftruncate(fd, (1 << 20) + 1), 0);
	assert_int_equal(runner_file_read(root, &text, &len, &err), -1);
	assert_int_equal(err.errnum, EFBIG);
	close(fd);
	unlinkat(root, ".runner", 0);
	close(root);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(read_from_root),
		cmocka_unit_test(parsed),
		cmocka_unit_test(refused),
		cmocka_unit_test(work_folder),
	};

	json_set_alloc_funcs(wipe_malloc, wipe_free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
