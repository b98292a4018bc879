/* calls try: makes each system call of tests/escape/calls.h, and prints a line for each: its name, 0 or 1 as probe.h
 * has it, and what came back. calls answer COMMAND…: runs the command on a kernel that has every one of those calls and
 * allows it to everybody: a filter below the sandbox's hands exactly these, arguments and all, to a tracer, which
 * answers EUCLEAN. What another filter says to a tracer counts less than an errno, a notification or a kill
 * (seccomp(2)), so EUCLEAN means that the sandbox's own filter let the call through, and nothing else does: not a
 * missing capability, not a kernel without the call. And nothing really happens. */
#include "tests/escape/calls.h"

#include <elf.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_CALLS (sizeof calls / sizeof calls[0])
#define ANSWER EUCLEAN

#ifdef __x86_64__
#define ARCH AUDIT_ARCH_X86_64
#else
#define ARCH AUDIT_ARCH_AARCH64
#endif

static int try_all(void)
{
	for (size_t i = 0; i < N_CALLS; i++) {
		const long *a = calls[i].args;
		long result = syscall(calls[i].nr, a[0], a[1], a[2], a[3], a[4], a[5]);
		int why = result >= 0 ? 0 : errno;
		bool refused = why == EPERM || why == ENOSYS || why == EOPNOTSUPP || why == EAFNOSUPPORT ||
			       why == EPROTONOSUPPORT || why == ENOENT || why == ENOPROTOOPT || why == ENOPKG ||
			       why == EIO;

		/* Anything but ENOSYS tells a C library that the call is there, and it does not fall back. */
		if (calls[i].enosys && why == EPERM)
			printf("%s\t%d\tEPERM, where ENOSYS was due\n", calls[i].name, PROBE_UNTRIED);
		else
			printf("%s\t%d\t%s%s\n", calls[i].name, refused ? PROBE_BLOCKED : PROBE_SUCCEEDED,
				refused ? "" : "let through: ", why == 0 ? "done" : errno_name(why));
	}
	return fflush(stdout) == 0 ? 0 : PROBE_UNTRIED;
}

/* Two instructions for a 32-bit half: falls through when it is equal, else leaves for the next call of the table. */
static size_t compare(struct sock_filter *program, uint32_t offset, uint32_t value, size_t left)
{
	program[0] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset);
	program[1] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, (uint8_t)left);
	return 2;
}

/* One row: number and all six arguments, 13 comparisons, then the answer. */
static size_t match(struct sock_filter *program, size_t row)
{
	enum { HALVES = 12, LENGTH = 2 + 2 * HALVES + 1 };
	size_t n = compare(program, offsetof(struct seccomp_data, nr), (uint32_t)calls[row].nr, LENGTH - 2);

	for (unsigned half = 0; half < HALVES; half++) {
		uint64_t value = (uint64_t)calls[row].args[half / 2];
		uint32_t offset = (uint32_t)offsetof(struct seccomp_data, args) + 4 * half;

		n += compare(program + n, offset, (uint32_t)(half % 2 == 0 ? value : value >> 32), LENGTH - n - 2);
	}
	program[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
	return n;
}

/* The kernel skips call -1 and leaves what the tracer has put where the result is. */
static void skip_call(pid_t pid)
{
#ifdef __x86_64__
	if (ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, orig_rax), -1L) < 0 ||
		ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, rax), -(long)ANSWER) < 0)
		untried("PTRACE_POKEUSER: %s", errno_name(errno));
#else
	int none = -1;
	struct iovec nr = {&none, sizeof none};
	struct user_regs_struct regs;
	struct iovec all = {&regs, sizeof regs};

	if (ptrace(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, &nr) < 0 ||
		ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &all) < 0)
		untried("PTRACE_SETREGSET: %s", errno_name(errno));
	regs.regs[0] = (unsigned long long)-(long)ANSWER;
	if (ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &all) < 0)
		untried("PTRACE_SETREGSET: %s", errno_name(errno));
#endif
}

static void load_filter(void)
{
	static struct sock_filter program[BPF_MAXINSNS];
	struct sock_fprog fprog = {.filter = program};
	size_t n = 3;

	program[0] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
	program[1] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0);
	program[2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	for (size_t i = 0; i < N_CALLS; i++)
		n += match(program + n, i);
	program[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	fprog.len = (unsigned short)n;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &fprog) < 0)
		untried("filter of %zu instructions: %s", n, errno_name(errno));
}

/* Follows all that comes of the first; its exit status. */
static int follow(pid_t first)
{
	int status, result = PROBE_UNTRIED;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		int sig = WIFSTOPPED(status) ? WSTOPSIG(status) : 0;

		if (pid == first && WIFEXITED(status))
			result = WEXITSTATUS(status);
		if (!WIFSTOPPED(status))
			continue;
		if (status >> 8 == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8))
			skip_call(pid);
		/* SIGSTOP is how a new one reports. */
		ptrace(PTRACE_CONT, pid, 0, sig == SIGTRAP || sig == SIGSTOP ? 0 : sig);
	}
	return result;
}

static int answer(char **command)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		load_filter();
		execvp(command[0], command);
		untried("%s: %s", command[0], errno_name(errno));
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 ||
		ptrace(PTRACE_SETOPTIONS, pid, 0,
			PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACESECCOMP |
				PTRACE_O_EXITKILL) < 0 ||
		ptrace(PTRACE_CONT, pid, 0, 0) < 0)
		untried("ptrace: %s", errno_name(errno));
	return follow(pid);
}

int main(int argc, char **argv)
{
	_Static_assert(N_CALLS * 27 + 4 <= BPF_MAXINSNS, "the table is too long for one filter");

	if (argc == 2 && strcmp(argv[1], "try") == 0)
		return try_all();
	if (argc > 2 && strcmp(argv[1], "answer") == 0)
		return answer(argv + 2);
	misused("usage: calls try | calls answer COMMAND…");
}
