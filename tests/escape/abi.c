/* The 32-bit entry of the kernel from 64-bit code: other numbers, which a filter for one numbering misreads. */
#include "tests/escape/probe.h"

#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __x86_64__

enum { I386_GETPID = 20, I386_PTRACE = 26, I386_SOCKETCALL = 102, I386_SOCKET = 1 };

static int int80(int nr, uint32_t first, uint32_t second)
{
	int result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(nr), "b"(first), "c"(second), "d"(0), "S"(0), "D"(0)
			 : "memory", "r8", "r9", "r10", "r11");
	return result;
}

/* The arguments of socketcall lie in memory that 32 bits can point to. */
static int socketcall(void)
{
	uint32_t *args = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	if (args == MAP_FAILED)
		return -errno;
	args[0] = 16; /* AF_NETLINK */
	args[1] = 3;  /* SOCK_RAW */
	args[2] = 12; /* NETLINK_NETFILTER */
	return int80(I386_SOCKETCALL, I386_SOCKET, (uint32_t)(uintptr_t)args);
}

static int call(const char *name)
{
	if (strcmp(name, "getpid") == 0)
		return int80(I386_GETPID, 0, 0);
	if (strcmp(name, "ptrace") == 0)
		return int80(I386_PTRACE, 0, 0); /* PTRACE_TRACEME */
	return socketcall();
}

#endif

/* In a child: the filter's answer may be the end of the process. */
static void by_int80(char **args)
{
#ifdef __x86_64__
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(call(args[0]) >= 0 ? 0 : 1);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		untried("fork: %s", errno_name(errno));
	if (WIFSIGNALED(status))
		blocked("int 0x80 %s: killed by SIG%s", args[0], sigabbrev_np(WTERMSIG(status)));
	if (WEXITSTATUS(status) != 0)
		blocked("int 0x80 %s: refused", args[0]);
	succeeded("int 0x80 %s: done", args[0]);
#else
	untried("int 0x80 %s: not on this architecture", args[0]);
#endif
}

static const struct attack attacks[] = {{"int80", 1, by_int80}};

ATTACK_MAIN(attacks)
