/* What was compiled when this was built is what would be compiled now. */
#include "common/builtin.h"
#include "policy/seccomp/notify.h"
#include "policy/seccomp/prebuilt.h"
#include "tests/unit/seccomp_support.h"

static void same(const struct prebuilt_filter *filter, bool telling, struct bpf_program *now)
{
	struct bpf_program then = seccomp_prebuilt(filter, telling);

	assert_int_equal(now->len, then.len);
	assert_memory_equal(now->insns, then.insns, now->len * sizeof now->insns[0]);
	assert_true(bpf_program_valid(&then));
	bpf_program_free(&then);
	bpf_program_free(now);
}

static void test_same_as_compiled_now(void **state)
{
	size_t n = 0;

	(void)state;
	for (const struct prebuilt_filter *filter = prebuilt_filters; filter->name != NULL; filter++, n++) {
		struct seccomp_policy *policy = NULL;
		struct bpf_program plain = {0}, telling = {0};
		struct error err;

		assert_int_equal(seccomp_policy_load(filter->name, &seccomp_context_default, &policy, &err), 0);
		assert_int_equal(seccomp_policy_compile(policy, &plain, &err), 0);
		assert_int_equal(seccomp_notify_compile(policy, &telling, &err), 0);
		same(filter, false, &plain);
		same(filter, true, &telling);
		seccomp_policy_free(policy);
	}
	assert_true(n >= 3);
}

static void test_every_shipped_policy_is_there(void **state)
{
	(void)state;
	for (size_t i = 0; i < builtin_files_count; i++) {
		char name[64], end;

		if (sscanf(builtin_files[i].path, "profiles/seccomp/%63[^.].jso%c", name, &end) == 2)
			assert_non_null(seccomp_prebuilt_find(name));
	}
}

static void test_nothing_else_is(void **state)
{
	static const char *const refs[] = {"", "nosuch", "./job.json", "job.json", "profiles/seccomp/job.json", "jo"};

	(void)state;
	for (size_t i = 0; i < COUNT(refs); i++)
		assert_null(seccomp_prebuilt_find(refs[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_as_compiled_now),
		cmocka_unit_test(test_every_shipped_policy_is_there),
		cmocka_unit_test(test_nothing_else_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
