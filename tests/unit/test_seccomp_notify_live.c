/* What the kernel makes of programs for a listener, above all when the listener is gone while the job still runs: the
 * instant between a launcher's death and its job's. Works for any user. */
#include "tests/unit/seccomp_support.h"

#include "policy/seccomp/notify.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define UNTRIED 100 /* no listener can be had here */

/* getsid(2) takes no pointer and always works: an errno can only be the filter's. */
static const char policy_text[] =
	"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"name\":\"getsid\",\"action\":\"SCMP_ACT_ERRNO\","
	"\"errnoRet\":71}]}";

static int load(const struct bpf_program *program, unsigned flags)
{
	struct sock_fprog fprog = {(unsigned short)program->len, program->insns};

	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &fprog);
}

/* A listener of the job's own that lets getsid(2) go on, served by a child. Whether that came about. */
static bool own_listener(void)
{
	struct sock_filter insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getsid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct bpf_program program = {.insns = insns, .len = COUNT(insns)};
	int listener = load(&program, SECCOMP_FILTER_FLAG_NEW_LISTENER);

	if (listener < 0)
		return false;
	if (fork() == 0) {
		struct seccomp_notif notif = {0};
		struct seccomp_notif_resp resp = {.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};

		alarm(10);
		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &notif) < 0)
			_exit(1);
		resp.id = notif.id;
		_exit(ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &resp) < 0);
	}
	close(listener);
	return true;
}

/* Runs `job` under the program whose listener has been closed. Its status. */
static int orphaned(const struct bpf_program *program, int (*job)(void))
{
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		int listener;

		alarm(20);
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
			_exit(UNTRIED);
		listener = load(program, SECCOMP_FILTER_FLAG_NEW_LISTENER);
		if (listener < 0)
			_exit(UNTRIED);
		close(listener);
		_exit(job());
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* 0: denied. 1: done. */
static int call_it(void)
{
	return getsid(0) >= 0 ? 1 : errno == ENOSYS ? 0 : 2;
}

static int let_oneself_go_on(void)
{
	return own_listener() ? call_it() : errno == ENOSYS ? 0 : 3;
}

static void listener_gone(void **state)
{
	struct seccomp_policy *policy = parse_policy("p", policy_text);
	struct bpf_program program = {0}, naive = compile_policy(policy);
	struct error err;
	int status;

	(void)state;
	assert_int_equal(seccomp_notify_compile(policy, &program, &err), 0);
	status = orphaned(&program, call_it);
	if (status == UNTRIED) {
		print_message("an outer filter already has a listener\n");
		skip();
	}
	assert_int_equal(status, 0);
	/* The attack that seccomp_notify_compile() refuses, and that works against a program that only notifies. */
	assert_int_equal(orphaned(&program, let_oneself_go_on), 0);
	for (size_t i = 0; i < naive.len; i++)
		if (naive.insns[i].code == (BPF_RET | BPF_K) && naive.insns[i].k == (SECCOMP_RET_ERRNO | 71))
			naive.insns[i].k = SECCOMP_RET_USER_NOTIF;
	assert_int_equal(orphaned(&naive, call_it), 0);
	assert_int_equal(orphaned(&naive, let_oneself_go_on), 1);
	bpf_program_free(&program);
	bpf_program_free(&naive);
	seccomp_policy_free(policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(listener_gone)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
