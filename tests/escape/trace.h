/* Runs a command and what it starts under ptrace(2) from birth, which needs no permission, and stops each of these
 * processes at its system calls. */
#pragma once

#include "tests/escape/probe.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define TRACE_OPTIONS                                                                                              \
	(PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL | \
		PTRACE_O_TRACESYSGOOD)

/* What is called while the process stands still. */
struct trace {
	void (*at_call)(pid_t pid, const struct __ptrace_syscall_info *info); /* before a call and after it */
	void (*at_exec)(pid_t pid);
	void (*at_fork)(pid_t pid, pid_t child);
	bool (*is_done)(pid_t pid); /* it is not to be stopped at its calls any more */
};

static inline void trace_call(const struct trace *trace, pid_t pid)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) > 0)
		trace->at_call(pid, &info);
}

static inline void trace_event(const struct trace *trace, pid_t pid, int event)
{
	unsigned long child;

	if (event == PTRACE_EVENT_EXEC)
		trace->at_exec(pid);
	if (event != PTRACE_EVENT_FORK && event != PTRACE_EVENT_VFORK && event != PTRACE_EVENT_CLONE)
		return;
	if (ptrace(PTRACE_GETEVENTMSG, pid, 0, &child) < 0)
		untried("PTRACE_GETEVENTMSG: %s", errno_name(errno));
	trace->at_fork(pid, (pid_t)child);
}

/* Returns when the last of them has ended. */
static inline void trace_run(char **argv, const struct trace *trace)
{
	int status, sig;
	pid_t pid = fork();

	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || ptrace(PTRACE_SETOPTIONS, pid, 0, TRACE_OPTIONS) < 0)
		untried("ptrace: %s", errno_name(errno));
	ptrace(PTRACE_SYSCALL, pid, 0, 0);
	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		if (!WIFSTOPPED(status))
			continue;
		sig = WSTOPSIG(status);
		if (sig == (SIGTRAP | 0x80)) {
			trace_call(trace, pid);
			sig = 0;
		} else if (sig == SIGTRAP || sig == SIGSTOP) {
			trace_event(trace, pid, status >> 16);
			sig = 0;
		}
		ptrace(trace->is_done(pid) ? PTRACE_CONT : PTRACE_SYSCALL, pid, 0, sig);
	}
}
