/* Looking for processes of the host, and shooting at them. */
#include "tests/escape/probe.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77 /* Linux 6.5 */
#endif

static bool by_kill(pid_t pid)
{
	return kill(pid, 0) == 0 || errno == EPERM;
}

static bool by_pidfd(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (fd < 0)
		return errno == EPERM;
	close(fd);
	return true;
}

static bool by_proc(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	return access(path, F_OK) == 0;
}

static bool by_priority(pid_t pid)
{
	errno = 0;
	return getpriority(PRIO_PROCESS, (id_t)pid) != -1 || errno == 0;
}

static bool by_scheduler(pid_t pid)
{
	return syscall(SYS_sched_getscheduler, pid) >= 0;
}

static bool by_group(pid_t pid)
{
	return getpgid(pid) >= 0;
}

/* sweep WAY MAX: every number up to MAX, since what is hidden from a listing of /proc still answers. PID 1 and the
 * program itself are what a sandbox has. */
static void sweep(char **args)
{
	static const struct {
		const char *name;
		bool (*exists)(pid_t pid);
	} ways[] = {{"kill", by_kill}, {"pidfd_open", by_pidfd}, {"proc", by_proc}, {"getpriority", by_priority},
		{"sched_getscheduler", by_scheduler}, {"getpgid", by_group}};
	pid_t max = atoi(args[1]);
	pid_t found = 0;
	int n = 0;

	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		if (strcmp(ways[i].name, args[0]) != 0)
			continue;
		if (!ways[i].exists(getpid()))
			untried("%s does not even find this process: %s", args[0], errno_name(errno));
		for (pid_t pid = 2; pid <= max; pid++)
			if (pid != getpid() && ways[i].exists(pid)) {
				n++;
				found = pid;
			}
		if (n > 0)
			succeeded("%s: %d other processes, such as %d", args[0], n, found);
		blocked("%s: none but PID 1 and this among %d numbers", args[0], max);
	}
	misused("%s: no such way", args[0]);
}

/* Whether anything died is for the suite to see. */
static void signal_all(char **args)
{
	int sig = atoi(args[0]);

	signal(SIGTERM, SIG_IGN);
	verdict("kill(-1)", kill(-1, sig));
}

/* The process group is a set of processes wherever they are: a number of another PID namespace is no obstacle. */
static void signal_group(char **args)
{
	(void)args;
	signal(SIGTERM, SIG_IGN);
	verdict("kill(0, SIGTERM)", kill(0, SIGTERM));
}

/* The one process of a sandbox whose end is the end of all. */
static void kill_init(char **args)
{
	int dead = -1;

	(void)args;
	if (kill(1, SIGKILL) < 0)
		blocked("kill(1, SIGKILL): %s", errno_name(errno));
	kill(1, SIGSTOP);
	/* Were it dead we would be too: getting here is the answer. */
	dead = kill(1, 0);
	if (dead == 0)
		blocked("PID 1 does not care");
	succeeded("PID 1 is gone");
}

/* The peer of a socket that was handed in, as standard input may be. */
static void signal_peer(char **args)
{
	socklen_t len = sizeof(int);
	int pidfd = -1;

	(void)args;
	if (getsockopt(0, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &len) < 0) {
		if (errno == ENOPROTOOPT || errno == ENOTSOCK)
			untried("SO_PEERPIDFD: %s", errno_name(errno));
		blocked("SO_PEERPIDFD: %s", errno_name(errno));
	}
	verdict("pidfd_send_signal to the socket's peer", syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0));
}

/* Runs the command with one end of a socket pair as standard input; this process made the pair, so it is the peer. */
static int be_peer(char **command)
{
	int pair[2], status;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return PROBE_UNTRIED;
	pid = fork();
	if (pid == 0) {
		dup2(pair[1], 0);
		execvp(command[0], command);
		_exit(PROBE_UNTRIED);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		return PROBE_UNTRIED;
	return WEXITSTATUS(status);
}

/* The same in a child, so that there is somebody left to say whether it was shot. */
static int serve_peer(char **command)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(be_peer(command));
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return PROBE_UNTRIED;
	return WIFSIGNALED(status) ? PROBE_SUCCEEDED : WEXITSTATUS(status) == 0 ? PROBE_UNTRIED : WEXITSTATUS(status);
}

static const struct attack attacks[] = {
	{"sweep", 2, sweep},
	{"signal-all", 1, signal_all},
	{"signal-group", 0, signal_group},
	{"kill-init", 0, kill_init},
	{"signal-peer", 0, signal_peer},
};

int main(int argc, char **argv)
{
	if (argc > 2 && strcmp(argv[1], "serve-peer") == 0)
		return serve_peer(argv + 2);
	return attack_main(argc, argv, attacks, sizeof attacks / sizeof attacks[0]);
}
