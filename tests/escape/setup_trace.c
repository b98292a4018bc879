/* setup_trace COMMAND…: stops a launcher and what it starts at each of their system calls, up to the exec of the job,
 * and tries at each stop to open the memory of the one that stands still, as any process of the same user may try at
 * any moment (CVE-2016-8659). Exit status as in probe.h: 0 when one was open while it built the sandbox.
 *
 * What may be open: the launcher before it has made anything; its child until it is root of its user namespace, since
 * the kernel lets no other process write the id maps. By then the job does not exist, and the namespace holds one
 * process. Following is by ptrace from birth, which needs no permission; opening /proc/PID/mem does. */
#include "tests/escape/probe.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_TRACED 16
#define OPTIONS                                                                                                    \
	(PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL | \
		PTRACE_O_TRACESYSGOOD)

static struct traced {
	pid_t pid;
	bool launcher;   /* the first: has gone through its own exec */
	bool set_up;     /* from here on it must be closed */
	bool is_job;     /* has gone on to the job: no longer looked at */
	int stops;       /* in all */
	int open, early; /* of them: where it was open though it had to be closed; where it might be */
} traced[MAX_TRACED];
static int n_traced;

static struct traced *find(pid_t pid)
{
	for (int i = 0; i < n_traced; i++)
		if (traced[i].pid == pid)
			return &traced[i];
	if (n_traced == MAX_TRACED)
		untried("more than %d processes", MAX_TRACED);
	traced[n_traced].pid = pid;
	traced[n_traced].launcher = n_traced == 0;
	return &traced[n_traced++];
}

static bool is_open(pid_t pid)
{
	char path[64];
	int fd;

	snprintf(path, sizeof path, "/proc/%d/mem", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* The calls that begin to make a sandbox: for the launcher its first child, for the child its first mount. */
static bool begins_set_up(const struct traced *process, long nr)
{
	static const long of_launcher[] = {SYS_clone3, SYS_clone, SYS_unshare};
	static const long of_child[] = {SYS_mount, SYS_open_tree, SYS_fsopen, SYS_pivot_root, SYS_sethostname};
	const long *calls = process->launcher ? of_launcher : of_child;
	size_t n = process->launcher ? sizeof of_launcher / sizeof *of_launcher : sizeof of_child / sizeof *of_child;

	for (size_t i = 0; i < n; i++)
		if (calls[i] == nr)
			return true;
	return false;
}

static void at_stop(struct traced *process)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, process->pid, sizeof info, &info) <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY && begins_set_up(process, (long)info.entry.nr))
		process->set_up = true;
	if (process->is_job)
		return;
	process->stops++;
	if (is_open(process->pid))
		*(process->set_up ? &process->open : &process->early) += 1;
}

static void at_event(struct traced *process, int event)
{
	unsigned long child;

	if (event == PTRACE_EVENT_EXEC && (!process->launcher || process->set_up))
		process->is_job = true;
	if (event != PTRACE_EVENT_FORK && event != PTRACE_EVENT_VFORK && event != PTRACE_EVENT_CLONE)
		return;
	if (ptrace(PTRACE_GETEVENTMSG, process->pid, 0, &child) < 0)
		untried("PTRACE_GETEVENTMSG: %s", errno_name(errno));
	/* What is forked out of a process under set-up is under set-up itself: PID 1's child, until it is the job. */
	if (!process->launcher)
		find((pid_t)child)->set_up = true;
}

static void follow(void)
{
	int status, sig;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		struct traced *process;

		if (!WIFSTOPPED(status))
			continue;
		process = find(pid);
		sig = WSTOPSIG(status);
		if (sig == (SIGTRAP | 0x80)) {
			at_stop(process);
			sig = 0;
		} else if (sig == SIGTRAP || sig == SIGSTOP) {
			at_event(process, status >> 16);
			sig = 0;
		}
		ptrace(PTRACE_SYSCALL, pid, 0, sig);
	}
}

int main(int argc, char **argv)
{
	int status, stops = 0, open_stops = 0, early = 0, jobs = 0;
	pid_t pid = fork();

	if (argc < 2 || pid < 0)
		misused("usage: setup_trace COMMAND…");
	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) < 0 || ptrace(PTRACE_SETOPTIONS, pid, 0, OPTIONS) < 0)
		untried("ptrace: %s", errno_name(errno));
	find(pid);
	ptrace(PTRACE_SYSCALL, pid, 0, 0);
	follow();
	for (int i = 0; i < n_traced; i++) {
		stops += traced[i].stops;
		open_stops += traced[i].open;
		early += traced[i].early;
		jobs += traced[i].is_job;
	}
	if (jobs == 0 || n_traced < 2)
		untried("%d processes, of which %d went on to the job", n_traced, jobs);
	if (open_stops > 0)
		succeeded("open at %d of %d stops of %d processes", open_stops, stops, n_traced);
	blocked("closed from the first clone and mount on: %d stops of %d processes, %d of them before", stops,
		n_traced, early);
}
