#include "common/cleanup.h"
#include "policy/plan_json.h"
#include "tests/unit/resolve.h"

#include <stdlib.h>

/* The string at a path of keys and indexes, "settings.memory.origin". */
static const char *text_at(const json_t *json, const char *path)
{
	_cleanup_(freep) char *copy = strdup(path);
	char *rest = copy;

	for (const char *key; (key = strsep(&rest, ".")) != NULL;)
		json = json_is_array(json) ? json_array_get(json, strtoul(key, NULL, 10)) : json_object_get(json, key);
	assert_true(json_is_string(json));
	return json_string_value(json);
}

static void json_shows_values_and_origins(void **state)
{
	_cleanup_(plan_free) struct plan plan = {0};
	char *argv[] = {(char[]){"echo"}, (char[]){"\xff\xc3\xa4"}, NULL};
	json_t *json, *settings_object;

	(void)state;
	MAKE(&plan, {"memory", "1G"}, {"allow_degraded", "memory"}, {"allow_degraded", "disk"}, {"grace", "1500ms"},
		{"time", "120m"}, {"cpus", "2"}, {"allow_degraded", "cpu"}, {"network", "host"}, {"tmpfs", "/t\xff:1M"},
		{"env", "NAME=value"}, {"env", "LANG"});
	plan.command.argv = argv;
	resolve(&plan, &no_cgroup);
	json = plan_to_json(&plan);
	assert_non_null(json);
	settings_object = json_object_get(json, "settings");
	assert_true(
		json_integer_value(json_object_get(json_object_get(settings_object, "memory"), "value")) == 1 << 30);
	assert_string_equal(text_at(json, "settings.memory.origin"), "--test");
	assert_string_equal(text_at(json, "settings.grace.value"), "1500ms");
	assert_string_equal(text_at(json, "settings.time.value"), "2h");
	assert_string_equal(text_at(json, "settings.network.value"), "host");
	assert_string_equal(text_at(json, "settings.docker.value"), "none");
	assert_string_equal(text_at(json, "settings.docker.origin"), "default");
	assert_string_equal(text_at(json, "settings.seccomp.value"), "job");
	assert_int_equal(json_integer_value(json_object_get(json_object_get(settings_object, "cpus"), "value")), 2);
	assert_true(json_is_null(json_object_get(json_object_get(settings_object, "pids"), "value")));
	assert_true(json_is_null(json_object_get(json_object_get(settings_object, "swap"), "value")));
	assert_string_equal(text_at(json, "mounts.0.target"), "/t\\xff");
	assert_string_equal(text_at(json, "env.0.value"), "value");
	assert_string_equal(text_at(json, "env.1.name"), "LANG");
	/* The caller's own value may be a secret. */
	assert_true(json_is_null(json_object_get(json_array_get(json_object_get(json, "env"), 1), "value")));
	assert_string_equal(text_at(json, "env.0.origin"), "--test");
	assert_string_equal(text_at(json, "degraded.0"), "memory");
	assert_string_equal(text_at(json, "degraded.1"), "cpu");
	assert_int_equal(json_array_size(json_object_get(json, "degraded")), 2);
	assert_string_equal(text_at(json, "allow_degraded.2"), "disk");
	assert_string_equal(text_at(json, "seccomp_filter.policy"), "job");
	assert_true((size_t)json_integer_value(json_object_get(
			    json_object_get(json, "seccomp_filter"), "instructions")) == plan.filter.len);
	assert_string_equal(text_at(json, "command.0"), "echo");
	assert_string_equal(text_at(json, "command.1"), "\\xff\\xc3\\xa4");
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_shows_values_and_origins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
