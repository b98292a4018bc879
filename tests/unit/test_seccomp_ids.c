/* Calls that name an id which is not mapped: EPERM, and nothing else changes. */
#include "policy/seccomp/ids.h"
#include "policy/seccomp/notify.h"
#include "tests/unit/seccomp_support.h"

#include <errno.h>

#define HIGH(value) (UINT64_C(0xabcd) << 32 | (value))
#define REFUSED (SECCOMP_RET_ERRNO | EPERM)
#define KEEP UINT32_MAX

static const struct seccomp_ids single = {1000, 1000, 100, 100}, many = {0, 65535, 0, 65535};

static uint32_t answer(const struct bpf_program *program, const char *name, const uint64_t args[4])
{
	const struct seccomp_data call = {.nr = syscall_number(name),
		.arch = seccomp_native_arch(),
		.args = {args[0], args[1], args[2], args[3]}};

	return bpf_program_run(program, &call);
}

static struct bpf_program with_ids(const char *text, const struct seccomp_ids *ids)
{
	struct seccomp_policy *policy = parse_policy("test", text);
	struct bpf_program program = compile_policy(policy);
	struct error err;

	assert_int_equal(seccomp_refuse_unmapped(ids, seccomp_id_calls(policy), &program, &err), 0);
	assert_true(bpf_program_valid(&program));
	seccomp_policy_free(policy);
	return program;
}

/* Under a policy that allows all of them: which arguments are refused. */
static void test_unmapped_ids_are_eperm(void **state)
{
	static const struct {
		const char *name;
		uint64_t args[4];
		bool single, many; /* refused */
	} rows[] = {
		{"chown", {7, 1000, 100}, false, false},
		{"chown", {7, 1001, 100}, true, false},
		{"chown", {7, 999, 100}, true, false},
		{"chown", {7, 0, 100}, true, false},
		{"chown", {7, KEEP, 100}, false, false},
		{"chown", {7, UINT64_MAX, UINT64_MAX}, false, false},
		{"chown", {7, HIGH(1000), HIGH(100)}, false, false},
		{"chown", {7, HIGH(70000), 100}, true, true},
		{"chown", {7, 1000, 101}, true, false},
		{"chown", {7, 1000, 99}, true, false},
		{"chown", {7, KEEP, 65535}, true, false},
		{"chown", {7, KEEP, 65536}, true, true},
		{"chown", {7, 65536, KEEP}, true, true},
		{"lchown", {7, 1001, KEEP}, true, false},
		{"lchown", {7, 1000, KEEP}, false, false},
		{"fchown", {7, 1001, KEEP}, true, false},
		{"fchown", {70000, KEEP, 100}, false, false},
		{"fchownat", {70000, 70000, 1000, 100}, false, false},
		{"fchownat", {3, 7, 1001, 100}, true, false},
		{"fchownat", {3, 7, 1000, 70000}, true, true},
		{"setuid", {1000}, false, false},
		{"setuid", {0}, true, false},
		{"setuid", {KEEP}, false, false},
		{"setgid", {100}, false, false},
		{"setgid", {70000}, true, true},
		{"setreuid", {KEEP, 0}, true, false},
		{"setreuid", {0, KEEP}, true, false},
		{"setreuid", {1000, 1000, 70000}, false, false},
		{"setregid", {100, 101}, true, false},
		{"setregid", {101, 100}, true, false},
		{"setregid", {100, KEEP, 70000}, false, false},
		{"setresuid", {1000, 1000, 1000}, false, false},
		{"setresuid", {1000, 1000, 0}, true, false},
		{"setresuid", {1000, 0, 1000}, true, false},
		{"setresuid", {0, 1000, 1000}, true, false},
		{"setresgid", {100, KEEP, 70000}, true, true},
		{"setresgid", {100, 100, 100}, false, false},
		{"setgroups", {70000, 70000}, false, false},
		{"chmod", {70000, 70000}, false, false},
		{"getuid", {70000}, false, false},
	};
	struct bpf_program one = with_ids("{\"default\": \"allow\", \"rules\": []}", &single);
	struct bpf_program all = with_ids("{\"default\": \"allow\", \"rules\": []}", &many);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (syscall_number(rows[i].name) < 0)
			continue; /* chown and lchown on aarch64 */
		if (answer(&one, rows[i].name, rows[i].args) != (rows[i].single ? REFUSED : SECCOMP_RET_ALLOW) ||
			answer(&all, rows[i].name, rows[i].args) != (rows[i].many ? REFUSED : SECCOMP_RET_ALLOW))
			fail_msg("row %zu: %s", i, rows[i].name);
	}
	bpf_program_free(&one);
	bpf_program_free(&all);
}

/* Each number, native, x32 and foreign, that takes no id is answered as before: the calls are those that a policy
 * denies altogether. */
static void test_other_answers_stay(void **state)
{
	struct seccomp_policy *job = load_shipped("job");
	struct bpf_program before = compile_policy(job), after = compile_policy(job);
	const uint64_t args[] = {70000, 70000, 70000, 70000};
	unsigned changed = 0;
	struct error err;

	(void)state;
	assert_int_equal(seccomp_refuse_unmapped(&single, seccomp_id_calls(job), &after, &err), 0);
	for (unsigned nr = 0; nr < 2 * SYSCALL_NUMBERS; nr++)
		for (unsigned i = 0; i < 3; i++) {
			const struct seccomp_data call = {.nr = (int)(nr | (i == 1 ? 0x40000000u : 0)),
				.arch = i == 2 ? AUDIT_ARCH_I386 : seccomp_native_arch(),
				.args = {args[0], args[1], args[2], args[3]}};

			changed += bpf_program_run(&before, &call) != bpf_program_run(&after, &call);
		}
	assert_int_equal(changed, syscall_number("chown") < 0 ? 8 : 10);
	seccomp_policy_free(job);
	bpf_program_free(&before);
	bpf_program_free(&after);
}

/* What a policy says of such a call itself is not weakened: not its errno, and least of all its signal. */
static void test_the_policy_comes_first(void **state)
{
	static const char text[] = "{\"default\": \"allow\", \"rules\": ["
				   "{\"deny\": [\"fchown\"], \"errno\": \"ENOSYS\"}, {\"kill\": [\"setuid\"]},"
				   "{\"deny\": [\"setgid: arg0 is 5\"], \"errno\": \"EACCES\"}]}";
	struct bpf_program program = with_ids(text, &single);

	(void)state;
	assert_int_equal(answer(&program, "fchown", (uint64_t[]){1, 0, 0, 0}), SECCOMP_RET_ERRNO | ENOSYS);
	assert_int_equal(answer(&program, "setuid", (uint64_t[]){0, 0, 0, 0}), SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(answer(&program, "setgid", (uint64_t[]){5, 0, 0, 0}), SECCOMP_RET_ERRNO | EACCES);
	assert_int_equal(answer(&program, "setgid", (uint64_t[]){0, 0, 0, 0}), SECCOMP_RET_ALLOW);
	assert_int_equal(answer(&program, "fchownat", (uint64_t[]){0, 0, 0, 0}), REFUSED);
	bpf_program_free(&program);
}

/* A policy without such calls, and one that leaves no room: the program stays what it is. */
static void test_nothing_to_add(void **state)
{
	struct sock_filter allow = {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW};
	struct bpf_program none = {.insns = &allow, .len = 1, .borrowed = true};
	struct bpf_program full = {.insns = &allow, .len = BPF_MAXINSNS, .borrowed = true};
	struct error err;

	(void)state;
	assert_int_equal(seccomp_refuse_unmapped(&single, 0, &none, &err), 0);
	assert_ptr_equal(none.insns, &allow);
	assert_int_equal(seccomp_refuse_unmapped(&single, UINT32_MAX, &full, &err), 0);
	assert_ptr_equal(full.insns, &allow);
	assert_int_equal(seccomp_refuse_unmapped(&single, UINT32_MAX, &none, &err), 0);
	assert_false(none.borrowed);
	assert_true(none.len > 1 && bpf_program_valid(&none));
	bpf_program_free(&none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unmapped_ids_are_eperm),
		cmocka_unit_test(test_other_answers_stay),
		cmocka_unit_test(test_the_policy_comes_first),
		cmocka_unit_test(test_nothing_to_add),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
