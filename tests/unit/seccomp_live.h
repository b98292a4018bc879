/* Calls made for real, in a child, with and without a filter. */
#pragma once

#include "tests/unit/seccomp_support.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define BAD UINT64_C(0xffffffffffff0000) /* no user address */
#define BAD_FD UINT32_MAX

struct outcome {
	long result;
	int errnum;
};

struct shared {
	bool done;
	struct outcome outcomes[20000];
};

static inline struct shared *shared_new(void)
{
	struct shared *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_true(shared != MAP_FAILED);
	return shared;
}

static inline void load_or_exit(const struct bpf_program *program)
{
	struct sock_fprog fprog = {(unsigned short)program->len, program->insns};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &fprog) < 0)
		_exit(100);
}

static inline struct outcome do_call(const struct seccomp_data *call)
{
	struct outcome o;
	const __u64 *a = call->args;

	errno = 0;
	o.result = syscall(call->nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	o.errnum = errno;
	return o;
}

/* Makes the calls in a child, under the program if there is one. */
static inline void run_calls(
	const struct bpf_program *program, const struct seccomp_data *calls, size_t n, struct shared *shared)
{
	int status;
	pid_t child;

	assert_true(n <= COUNT(shared->outcomes));
	shared->done = false;
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if (program != NULL)
			load_or_exit(program);
		for (size_t i = 0; i < n; i++)
			shared->outcomes[i] = do_call(&calls[i]);
		shared->done = true;
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_true(shared->done);
}

static inline bool answered_as(const struct outcome *filtered, const struct outcome *plain, uint32_t action)
{
	if (action == SECCOMP_RET_ALLOW)
		return filtered->result == plain->result && filtered->errnum == plain->errnum;
	return filtered->result == -1 && filtered->errnum == (int)(action & SECCOMP_RET_DATA);
}
