/* setup_trace COMMAND…: stops a launcher and what it starts at each of their system calls, up to the exec of the job,
 * and tries at each stop to open the memory of the one that stands still, as any process of the same user may try at
 * any moment (CVE-2016-8659). Exit status as in probe.h: 0 when one was open while it built the sandbox.
 *
 * What may be open: the launcher before it has made anything; its child until it is root of its user namespace, since
 * the kernel lets no other process write the id maps. By then the job does not exist, and the namespace holds one
 * process. Following is by ptrace from birth, which needs no permission; opening /proc/PID/mem does. */
#include "tests/escape/trace.h"

#include <fcntl.h>
#include <sys/syscall.h>

#define MAX_TRACED 16

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

static void at_call(pid_t pid, const struct __ptrace_syscall_info *info)
{
	struct traced *process = find(pid);

	if (info->op == PTRACE_SYSCALL_INFO_ENTRY && begins_set_up(process, (long)info->entry.nr))
		process->set_up = true;
	if (process->is_job)
		return;
	process->stops++;
	if (is_open(pid))
		*(process->set_up ? &process->open : &process->early) += 1;
}

static void at_exec(pid_t pid)
{
	struct traced *process = find(pid);

	process->is_job |= !process->launcher || process->set_up;
}

/* What is forked out of a process under set-up is under set-up itself: PID 1's child, until it is the job. */
static void at_fork(pid_t pid, pid_t child)
{
	if (!find(pid)->launcher)
		find(child)->set_up = true;
}

static bool is_job(pid_t pid)
{
	return find(pid)->is_job;
}

static const struct trace trace = {at_call, at_exec, at_fork, is_job};

int main(int argc, char **argv)
{
	int stops = 0, open_stops = 0, early = 0, jobs = 0;

	if (argc < 2)
		misused("usage: setup_trace COMMAND…");
	trace_run(argv + 1, &trace);
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
