/* traced WAY PROGRAM: traces a process of its own that executes PROGRAM, and then reads or writes its memory. The
 * kernel asks for permission when a tracer attaches; here it is attached before there is anything to protect. Where the
 * program may not be read, the kernel refuses the memory at each access (ptrace_access_vm() in kernel/ptrace.c). */
#include "tests/escape/probe.h"

#include <elf.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define ATTEMPTS 50
#define ARGUMENTS 1 /* the number of them is what lies at the stack pointer when a program begins */

static long stack_of(pid_t pid)
{
	struct user_regs_struct registers;
	struct iovec all = {&registers, sizeof registers};

	if (ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &all) < 0)
		untried("PTRACE_GETREGSET: %s", errno_name(errno));
#ifdef __x86_64__
	return (long)registers.rsp;
#else
	return (long)registers.sp;
#endif
}

static bool by_peek(pid_t pid, long at)
{
	errno = 0;
	return ptrace(PTRACE_PEEKDATA, pid, at, 0) == ARGUMENTS && errno == 0;
}

static bool by_poke(pid_t pid, long at)
{
	return ptrace(PTRACE_POKEDATA, pid, at, ARGUMENTS) == 0;
}

static bool by_vm(pid_t pid, long at, bool writes)
{
	long word = ARGUMENTS;
	struct iovec ours = {&word, sizeof word};
	struct iovec theirs = {(void *)at, sizeof word}; /* NOLINT(performance-no-int-to-ptr): another process's */

	return (writes ? process_vm_writev : process_vm_readv)(pid, &ours, 1, &theirs, 1, 0) == sizeof word;
}

static bool by_vm_readv(pid_t pid, long at)
{
	return by_vm(pid, at, false);
}

static bool by_vm_writev(pid_t pid, long at)
{
	return by_vm(pid, at, true);
}

static bool by_mem(pid_t pid, long at)
{
	char path[32];
	long word;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/mem", pid);
	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd >= 0 && pread(fd, &word, sizeof word, at) == sizeof word;
}

/* A child that executes the program, which reads from `in`. */
static pid_t start(const char *program, bool trace_me, int *in)
{
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		untried("pipe: %s", errno_name(errno));
	pid = fork();
	if (pid < 0)
		untried("fork: %s", errno_name(errno));
	if (pid == 0) {
		char *argv[] = {"program", NULL}, *envp[] = {"VICTIM_SECRET=secret", NULL};
		const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

		dup2(fds[0], 0);
		dup2(null, 1);
		dup2(null, 2);
		if (trace_me && ptrace(PTRACE_TRACEME, 0, 0, 0) < 0)
			_exit(errno);
		execve(program, argv, envp);
		_exit(127);
	}
	close(fds[0]);
	*in = fds[1];
	return pid;
}

static void end(pid_t pid, int in)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, __WALL);
	close(in);
}

static _Noreturn void with_trace_me(bool (*get)(pid_t, long), const char *way, const char *program)
{
	int in, status, why;
	pid_t pid = start(program, true, &in);
	bool got;

	if (waitpid(pid, &status, __WALL) < 0)
		untried("waitpid: %s", errno_name(errno));
	if (WIFEXITED(status) && WEXITSTATUS(status) != 127)
		blocked("PTRACE_TRACEME: %s", errno_name(WEXITSTATUS(status)));
	if (!WIFSTOPPED(status))
		untried("%s did not start", program);
	got = get(pid, stack_of(pid));
	why = errno;
	end(pid, in);
	if (got)
		succeeded("%s: got it", way);
	blocked("%s: %s", way, errno_name(why));
}

/* Whether it is the program by now, and no longer this one. */
static bool has_executed(pid_t pid)
{
	char path[32], name[32] = "";
	int fd;

	snprintf(path, sizeof path, "/proc/%d/comm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, name, sizeof name - 1) <= 0)
		untried("%s: %s", path, errno_name(errno));
	close(fd);
	return strcmp(name, "traced\n") != 0;
}

/* Attaches while the child executes the program: to the one, to the other or between both. True when it could read. */
static bool raced(const char *program, unsigned *attached)
{
	int in, status;
	pid_t pid = start(program, false, &in);
	bool got = false;

	while (ptrace(PTRACE_SEIZE, pid, 0, 0) < 0)
		if (has_executed(pid)) { /* once more, for it may just have become attachable */
			if (ptrace(PTRACE_SEIZE, pid, 0, 0) == 0)
				break;
			end(pid, in);
			return false;
		}
	while (!has_executed(pid))
		;
	ptrace(PTRACE_INTERRUPT, pid, 0, 0);
	if (waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status)) {
		++*attached;
		errno = 0;
		ptrace(PTRACE_PEEKDATA, pid, stack_of(pid), 0);
		got = errno == 0;
	}
	end(pid, in);
	return got;
}

static _Noreturn void with_race(const char *program)
{
	unsigned attached = 0;

	for (unsigned i = 0; i < ATTEMPTS; i++)
		if (raced(program, &attached))
			succeeded("race: got it");
	blocked("race: %u times attached before the exec", attached);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		bool (*get)(pid_t pid, long at);
	} ways[] = {{"peek", by_peek}, {"poke", by_poke}, {"vm_readv", by_vm_readv}, {"vm_writev", by_vm_writev},
		{"mem", by_mem}};

	if (argc != 3)
		misused("usage: traced peek|poke|vm_readv|vm_writev|mem|race PROGRAM");
	if (strcmp(argv[1], "race") == 0)
		with_race(argv[2]);
	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
		if (strcmp(argv[1], ways[i].name) == 0)
			with_trace_me(ways[i].get, argv[1], argv[2]);
	misused("traced: no way %s", argv[1]);
}
