/* The calls that are looked at before they are made: of which the filter notifies, and what becomes of that without a
 * listener. */
#include "policy/seccomp/notify.h"
#include "policy/seccomp/rules.h"
#include "policy/seccomp/watched.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define NOTIFIED (SECCOMP_RET_USER_NOTIF | WATCHED_DATA)

struct both {
	struct seccomp_policy *policy;
	struct bpf_program program;
};

static void make(struct both *both, const char *text)
{
	struct error err = {0};

	*both = (struct both){0};
	assert_int_equal(
		seccomp_policy_parse("p", text, strlen(text), &seccomp_context_default, &both->policy, &err), 0);
	assert_int_equal(seccomp_notify_compile(both->policy, &both->program, &err), 0);
	assert_int_equal(watched_notify(both->policy, &both->program, &err), 0);
	assert_true(bpf_program_valid(&both->program));
}

static void end(struct both *both)
{
	seccomp_policy_free(both->policy);
	bpf_program_free(&both->program);
}

static uint32_t answer(const struct bpf_program *program, int number, uint64_t a0, uint64_t a1, uint64_t a2)
{
	const struct seccomp_data call = {.nr = number, .arch = seccomp_native_arch(), .args = {a0, a1, a2}};

	return bpf_program_run(program, &call);
}

static const char everything[] = "{\"default\": \"allow\", \"rules\": []}";

static void writes(void **state)
{
	static const unsigned flags[] = {
		O_WRONLY, O_RDWR, O_RDONLY | O_CREAT, O_RDONLY | O_TRUNC, O_WRONLY | O_CLOEXEC};
	struct both both;

	(void)state;
	make(&both, everything);
	for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
		assert_int_equal(answer(&both.program, SYS_openat, 0, 0, flags[i]), NOTIFIED);
	assert_int_equal(answer(&both.program, SYS_openat, O_WRONLY, O_WRONLY, O_RDONLY), SECCOMP_RET_ALLOW);
	assert_int_equal(answer(&both.program, SYS_openat, 0, 0, O_PATH | O_DIRECTORY), SECCOMP_RET_ALLOW);
#ifdef SYS_open
	assert_int_equal(answer(&both.program, SYS_open, 0, O_WRONLY, O_RDONLY), NOTIFIED);
	assert_int_equal(answer(&both.program, SYS_open, 0, O_RDONLY, O_WRONLY), SECCOMP_RET_ALLOW);
	assert_int_equal(answer(&both.program, SYS_creat, 0, 0, 0), NOTIFIED);
#endif
	assert_int_equal(answer(&both.program, SYS_openat2, 0, 0, 0), NOTIFIED);
	assert_int_equal(answer(&both.program, SYS_renameat2, 0, 0, 0), NOTIFIED);
	assert_int_equal(answer(&both.program, SYS_execve, 0, 0, 0), NOTIFIED);
	assert_int_equal(answer(&both.program, SYS_read, 0, 0, 0), SECCOMP_RET_ALLOW);
	end(&both);
}

static void options(void **state)
{
	static const unsigned watched[] = {PR_SET_SECUREBITS, PR_CAPBSET_DROP, PR_CAP_AMBIENT};
	struct both both;

	(void)state;
	make(&both, everything);
	for (size_t i = 0; i < sizeof watched / sizeof watched[0]; i++)
		assert_int_equal(answer(&both.program, SYS_prctl, watched[i], 0, 0), NOTIFIED);
	assert_int_equal(answer(&both.program, SYS_prctl, PR_SET_NAME, 0, 0), SECCOMP_RET_ALLOW);
	end(&both);
}

/* Of what the policy denies, or asks arguments about, the decision stays the policy's. */
static void denied(void **state)
{
	struct both both;

	(void)state;
	make(&both, "{\"default\": \"allow\", \"rules\": [{\"deny\": [\"mkdirat\"], \"errno\": \"EPROTO\"},"
		    "{\"deny\": [\"prctl: option is PR_SET_NAME\"], \"errno\": \"EPROTO\"},"
		    "{\"deny\": [\"renameat2\"], \"errno\": \"ENOSYS\"}]}");
	assert_int_equal(answer(&both.program, SYS_mkdirat, 0, 0, 0), SECCOMP_RET_USER_NOTIF | EPROTO);
	assert_int_equal(answer(&both.program, SYS_prctl, PR_SET_NAME, 0, 0), SECCOMP_RET_USER_NOTIF | EPROTO);
	assert_int_equal(answer(&both.program, SYS_prctl, PR_SET_SECUREBITS, 0, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(answer(&both.program, SYS_renameat2, 0, 0, 0), SECCOMP_RET_ERRNO | ENOSYS);
	assert_int_equal(answer(&both.program, SYS_unlinkat, 0, 0, 0), NOTIFIED);
	end(&both);
}

/* Another architecture's numbers are others. */
static void foreign(void **state)
{
	struct both both;
	const struct seccomp_data call = {
		.nr = SYS_execve, .arch = AUDIT_ARCH_I386, .args = {PR_SET_SECUREBITS, O_WRONLY, O_WRONLY}};

	(void)state;
	make(&both, everything);
	assert_int_equal(bpf_program_run(&both.program, &call), SECCOMP_RET_KILL_PROCESS);
	end(&both);
}

/* With no listener they must be made, not answered with success. */
static void undone(void **state)
{
	struct bpf_program plain;
	struct error err = {0};
	struct both both;

	(void)state;
	make(&both, "{\"default\": \"allow\", \"rules\": [{\"deny\": [\"mkdirat\"], \"errno\": \"EPROTO\"}]}");
	assert_int_equal(seccomp_notify_undo(&both.program, &plain, &err), 0);
	assert_int_equal(answer(&plain, SYS_openat, 0, 0, O_WRONLY), SECCOMP_RET_ALLOW);
	assert_int_equal(answer(&plain, SYS_execve, 0, 0, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(answer(&plain, SYS_mkdirat, 0, 0, 0), SECCOMP_RET_ERRNO | EPROTO);
	for (size_t i = 0; i < plain.len; i++)
		assert_false(plain.insns[i].code == (BPF_RET | BPF_K) &&
			     (plain.insns[i].k & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_USER_NOTIF);
	bpf_program_free(&plain);
	end(&both);
}

static void rows(void **state)
{
	const struct watched_call *row;
	unsigned n;

	(void)state;
	row = watched_rows(SYS_renameat2, &n);
	assert_int_equal(n, 2);
	assert_int_equal(row[0].path, 1);
	assert_int_equal(row[1].path, 3);
	assert_null(watched_rows(SYS_read, &n));
	assert_int_equal(n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes),
		cmocka_unit_test(options),
		cmocka_unit_test(denied),
		cmocka_unit_test(foreign),
		cmocka_unit_test(undone),
		cmocka_unit_test(rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
