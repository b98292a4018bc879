/* descriptors COMMAND…: runs a launcher and prints which descriptors from 3 up its child and the command's process have
 * open whenever they look up a path after the new root has been entered, up to the exec of the job: one line for each
 * such call, "PROCESS CALL PATH: NUMBER=WHAT …". WHAT is as /proc has it, without inode numbers; PATH is as it
 * was given, or "-" for none. For that the caller needs CAP_SYS_PTRACE over a user namespace that the launcher starts
 * in: nobody else may look at them. Exit status: 0, 2 where this machine does not let one look, 3. */
#include "tests/escape/trace.h"

#include <limits.h>
#include <seccomp.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#define MAX_TRACED 16
#define MAX_FDS 64

/* The calls that look a path up, and which argument it is; two of interest that have none. */
static const struct {
	const char *name;
	int path;
	bool always;
} calls[] = {{"open", 0, false}, {"openat", 1, false}, {"openat2", 1, false}, {"open_tree", 1, false},
	{"stat", 0, false}, {"lstat", 0, false}, {"statx", 1, false}, {"newfstatat", 1, false}, {"access", 0, false},
	{"faccessat", 1, false}, {"faccessat2", 1, false}, {"readlink", 0, false}, {"readlinkat", 1, false},
	{"statfs", 0, false}, {"chdir", 0, false}, {"chroot", 0, false}, {"mkdir", 0, false}, {"mkdirat", 1, false},
	{"mount", 1, false}, {"umount2", 0, false}, {"move_mount", 3, false}, {"execve", 0, true},
	{"execveat", 1, true}, {"seccomp", -1, true}};

static struct traced {
	pid_t pid;
	bool entered; /* the new root */
	bool child;   /* by itself, not as a child of who has */
	bool is_job;  /* has gone on to another program */
	long last;    /* the call under way */
} traced[MAX_TRACED];
static int n_traced;

static struct traced *find(pid_t pid)
{
	for (int i = 0; i < n_traced; i++)
		if (traced[i].pid == pid)
			return &traced[i];
	if (n_traced == MAX_TRACED)
		untried("more than %d processes", MAX_TRACED);
	traced[n_traced] = (struct traced){.pid = pid};
	return &traced[n_traced++];
}

/* By pidfd_getfd(2): the directory in /proc belongs to a root that is nobody here. */
static void print_descriptors(pid_t pid)
{
	const int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (pidfd < 0)
		untried("pidfd_open: %s", errno_name(errno));
	for (int fd = 3; fd < MAX_FDS; fd++) {
		const int copy = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
		char path[64], target[PATH_MAX];
		ssize_t len;

		if (copy < 0 && errno == EBADF)
			continue;
		if (copy < 0)
			untried("pidfd_getfd: %s", errno_name(errno));
		snprintf(path, sizeof path, "/proc/self/fd/%d", copy);
		len = readlink(path, target, sizeof target - 1);
		target[len > 0 ? len : 0] = '\0';
		close(copy);
		if (strncmp(target, "socket:", 7) == 0 || strncmp(target, "pipe:", 5) == 0)
			target[strcspn(target, ":")] = '\0';
		printf(" %d=%s", fd, target);
	}
	close(pidfd);
	printf("\n");
}

/* "" for none. A read that would run into an unmapped page is cut at the end of the first. */
static void read_path(pid_t pid, uint64_t address, char *path, size_t size)
{
	const size_t page = 4096 - address % 4096;
	struct iovec ours = {path, size - 1}, theirs = {(void *)(uintptr_t)address, size - 1};

	memset(path, 0, size);
	if (address == 0 || process_vm_readv(pid, &ours, 1, &theirs, 1, 0) > 0)
		return;
	theirs.iov_len = page < size - 1 ? page : size - 1;
	if (process_vm_readv(pid, &ours, 1, &theirs, 1, 0) <= 0)
		path[0] = '\0';
}

static void at_entry(struct traced *process, const struct __ptrace_syscall_info *info)
{
	char path[256];
	char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, (int)info->entry.nr);

	process->last = (long)info->entry.nr;
	for (size_t i = 0; name != NULL && i < sizeof calls / sizeof calls[0]; i++) {
		if (strcmp(calls[i].name, name) != 0)
			continue;
		read_path(process->pid, calls[i].path < 0 ? 0 : info->entry.args[calls[i].path], path, sizeof path);
		if (path[0] == '\0' && !calls[i].always)
			continue;
		printf("%s %s %s:", process->child ? "child" : "command", name, path[0] != '\0' ? path : "-");
		print_descriptors(process->pid);
	}
	free(name);
}

static void at_call(pid_t pid, const struct __ptrace_syscall_info *info)
{
	struct traced *process = find(pid);

	if (process->is_job)
		return;
	if (info->op == PTRACE_SYSCALL_INFO_EXIT && info->exit.rval == 0 && process->last == SCMP_SYS(pivot_root))
		process->entered = process->child = true;
	if (info->op != PTRACE_SYSCALL_INFO_ENTRY)
		return;
	process->last = (long)info->entry.nr;
	if (process->entered)
		at_entry(process, info);
}

static void at_exec(pid_t pid)
{
	struct traced *process = find(pid);

	process->is_job |= process->entered;
}

static void at_fork(pid_t pid, pid_t child)
{
	const struct traced *process = find(pid);

	if (!process->is_job)
		find(child)->entered = process->entered;
}

static bool is_job(pid_t pid)
{
	return find(pid)->is_job;
}

static const struct trace trace = {at_call, at_exec, at_fork, is_job};

int main(int argc, char **argv)
{
	int jobs = 0;

	if (argc < 2)
		misused("usage: descriptors COMMAND…");
	trace_run(argv + 1, &trace);
	for (int i = 0; i < n_traced; i++)
		jobs += traced[i].is_job && !traced[i].child;
	return jobs == 1 ? 0 : PROBE_UNTRIED;
}
