/* The kernel as third witness of any call whatever: the program under test with each of its answers replaced by an
 * errno of its own, so that nothing is ever executed, and which answer was reached shows. Jumps, loads and comparisons
 * stay. */
#pragma once

#include "tests/unit/seccomp_support.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define WITNESS_BATCH 65536
#define WITNESS_ANSWERS 64 /* errnos from 1: none of them is the kernel's own affair, as those from 512 are */

struct witness_shared {
	/* Written by a process that comes to no end that a compiler knows of. */
	volatile bool done;
	volatile uint8_t answers[WITNESS_BATCH]; /* errnos */
};

struct kernel_witness {
	struct witness_shared *shared;
	struct seccomp_data *calls;
	uint32_t *actions; /* what is expected of each */
	size_t n;
	unsigned long asked; /* of all policies */
};

static inline void witness_init(struct kernel_witness *w)
{
	*w = (struct kernel_witness){.calls = test_calloc(WITNESS_BATCH, sizeof *w->calls),
		.actions = test_calloc(WITNESS_BATCH, sizeof *w->actions)};
	w->shared = mmap(NULL, sizeof *w->shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(w->shared != MAP_FAILED);
}

static inline void witness_free(struct kernel_witness *w)
{
	munmap(w->shared, sizeof *w->shared);
	test_free(w->calls);
	test_free(w->actions);
}

/* The same program, with the errno i + 1 for the answer answers[i]. Returns how many answers there are. */
static inline size_t witness_program(const struct bpf_program *program, struct sock_filter *insns, uint32_t *answers)
{
	size_t n = 0, at;

	for (size_t i = 0; i < program->len; i++) {
		insns[i] = program->insns[i];
		if (BPF_CLASS(insns[i].code) != BPF_RET)
			continue;
		assert_int_equal(BPF_RVAL(insns[i].code), BPF_K);
		for (at = 0; at < n && answers[at] != insns[i].k; at++)
			;
		if (at == n) {
			assert_true(n < WITNESS_ANSWERS);
			answers[n++] = insns[i].k;
		}
		insns[i].k = SECCOMP_RET_ERRNO | (uint32_t)(at + 1);
	}
	return n;
}

/* Every call is answered by the filter, exit_group(2) too: the end is an instruction that there is not. */
static inline void __attribute__((noreturn)) witness_child(struct kernel_witness *w, const struct sock_fprog *fprog)
{
	signal(SIGILL, SIG_DFL);
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, fprog) < 0)
		_exit(100);
	for (size_t i = 0; i < w->n; i++) {
		const __u64 *a = w->calls[i].args;
		const long r = syscall((long)w->calls[i].nr, a[0], a[1], a[2], a[3], a[4], a[5]);

		w->shared->answers[i] = r == -1 && errno <= WITNESS_ANSWERS ? (uint8_t)errno : 0;
	}
	w->shared->done = true;
	for (;;)
		__builtin_trap();
}

/* Asks the kernel of all calls that have been noted. Returns the first that it answers otherwise, with its answer in
 * *got; their number when there is none. */
static inline size_t witness_ask(struct kernel_witness *w, const struct bpf_program *program, uint32_t *got)
{
	static struct sock_filter insns[BPF_MAXINSNS];
	const struct sock_fprog fprog = {(unsigned short)program->len, insns};
	uint32_t answers[WITNESS_ANSWERS + 1] = {0};
	const size_t n_answers = witness_program(program, insns, &answers[1]);
	int status;
	pid_t child;

	w->shared->done = false;
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		witness_child(w, &fprog);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && w->shared->done);
	for (size_t i = 0; i < w->n; i++) {
		const uint8_t answer = w->shared->answers[i];

		*got = answers[answer <= n_answers ? answer : 0];
		if (answer == 0 || answer > n_answers || *got != w->actions[i])
			return i;
	}
	return w->n;
}

static inline void witness_flush(struct kernel_witness *w, const char *name, const struct bpf_program *program)
{
	uint32_t got = 0;
	const size_t at = witness_ask(w, program, &got);
	const struct seccomp_data *call = &w->calls[at];
	const size_t n = w->n;

	w->n = 0;
	if (at < n)
		fail_msg("%s: syscall %d (%#llx, %#llx, %#llx, %#llx, %#llx, %#llx): the rules say %#x, the kernel %#x",
			name, call->nr, (unsigned long long)call->args[0], (unsigned long long)call->args[1],
			(unsigned long long)call->args[2], (unsigned long long)call->args[3],
			(unsigned long long)call->args[4], (unsigned long long)call->args[5], w->actions[at], got);
	w->asked += n;
}

/* uretprobe(2) and uprobe(2) of x86-64: since Linux 6.14 no filter is asked, and who makes them other than from the
 * kernel's own trampoline gets SIGILL (kernel/seccomp.c seccomp_uprobe_exception(), arch/x86/kernel/uprobes.c). */
static inline bool witness_not_asked(int nr)
{
#ifdef __x86_64__
	return nr == 335 || nr == 336;
#else
	(void)nr;
	return false;
#endif
}

/* Notes a call, and what it is to be answered with. Not another architecture's: those are not made with this
 * instruction. */
static inline void witness_note(struct kernel_witness *w, const char *name, const struct bpf_program *program,
	const struct seccomp_data *call, uint32_t action)
{
	if (call->arch != seccomp_native_arch() || call->nr < 0 || witness_not_asked(call->nr))
		return;
	w->calls[w->n] = *call;
	w->actions[w->n++] = action;
	if (w->n == WITNESS_BATCH)
		witness_flush(w, name, program);
}
