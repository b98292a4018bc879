/* steps PROGRAM ARGUMENT…: runs a static program and whatever it starts without an exec, one instruction at a time, and
 * prints the addresses of the instructions that ran, from the start of the program's image, in the order of their first
 * use. What an address is in units of 16 bytes, as the kernel and the processor do not care about less. ptrace(2).
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define IMAGE_MAX (16 << 20)
#define PROCESSES_MAX 64

static pid_t stepped[PROCESSES_MAX]; /* the processes that still run the program */
static bool ran[IMAGE_MAX];

static pid_t *find(pid_t pid)
{
	for (size_t i = 0; i < PROCESSES_MAX; i++)
		if (stepped[i] == pid)
			return &stepped[i];
	return NULL;
}

static void add(pid_t pid)
{
	pid_t *room = find(0);

	if (room != NULL && find(pid) == NULL)
		*room = pid;
}

static void drop(pid_t pid)
{
	pid_t *old = find(pid);

	if (old != NULL)
		*old = 0;
}

/* Where the kernel has put the image: its first mapping. */
static uint64_t image(pid_t pid, const char *program)
{
	char path[64], line[512], *real = realpath(program, NULL);
	uint64_t start = 0;
	FILE *maps;

	snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
	maps = fopen(path, "re");
	while (real != NULL && maps != NULL && start == 0 && fgets(line, sizeof line, maps) != NULL)
		if (strstr(line, real) != NULL)
			start = strtoull(line, NULL, 16);
	if (maps != NULL)
		fclose(maps);
	free(real);
	return start;
}

static void note(pid_t pid, uint64_t start)
{
	struct user_regs_struct regs;
	struct iovec all = {&regs, sizeof regs};
	uint64_t at;

	if (ptrace(PTRACE_GETREGSET, pid, 1 /* NT_PRSTATUS */, &all) < 0)
		return;
#ifdef __x86_64__
	at = regs.rip - start;
#else
	at = regs.pc - start;
#endif
	if (at >= IMAGE_MAX || ran[at])
		return;
	ran[at] = true;
	printf("%" PRIx64 "\n", at);
}

/* What it is to receive; 0 for the stops that are only for us. */
static int signal_of(int status)
{
	int sig = WSTOPSIG(status);

	return status >> 16 != 0 || sig == SIGTRAP || sig == SIGSTOP ? 0 : sig;
}

static void follow(pid_t first, const char *program)
{
	uint64_t start = 0;
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		if (!WIFSTOPPED(status)) {
			drop(pid);
			continue;
		}
		if (status >> 16 == PTRACE_EVENT_EXEC && pid == first && start == 0) {
			start = image(pid, program);
			add(pid);
		} else if (status >> 16 == PTRACE_EVENT_EXEC) {
			drop(pid);
		} else if (status >> 16 == PTRACE_EVENT_CLONE || status >> 16 == PTRACE_EVENT_VFORK ||
			   status >> 16 == PTRACE_EVENT_FORK) {
			unsigned long made = 0;

			if (ptrace(PTRACE_GETEVENTMSG, pid, 0, &made) == 0)
				add((pid_t)made);
		} else if (WSTOPSIG(status) == SIGSTOP) {
			add(pid); /* a new process, which may be seen before it is announced */
		}
		if (start != 0 && find(pid) != NULL) {
			note(pid, start);
			ptrace(PTRACE_SINGLESTEP, pid, 0, signal_of(status));
		} else {
			ptrace(PTRACE_CONT, pid, 0, signal_of(status));
		}
	}
}

int main(int argc, char **argv)
{
	int status;
	pid_t pid;

	if (argc < 2 || (pid = fork()) < 0)
		return 125;
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, 0, 0) == 0 && raise(SIGSTOP) == 0)
			execv(argv[1], argv + 1);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) ||
		ptrace(PTRACE_SETOPTIONS, pid, 0,
			PTRACE_O_TRACECLONE | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEFORK | PTRACE_O_TRACEEXEC |
				PTRACE_O_EXITKILL) < 0 ||
		ptrace(PTRACE_CONT, pid, 0, 0) < 0) {
		perror(argv[1]);
		return 125;
	}
	follow(pid, argv[1]);
	return 0;
}
