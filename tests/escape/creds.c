/* Gaining what the plan took away: capabilities, a setuid program's user id, new privileges, a core dump, higher
 * limits. */
#include "tests/escape/probe.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The value behind `key` in /proc/PID/status; the caller has room for 128 bytes. */
static bool status_line(pid_t pid, const char *key, char *value)
{
	char path[64], line[512];
	bool found = false;
	FILE *file;

	snprintf(path, sizeof path, "/proc/%d/status", pid);
	file = fopen(path, "re");
	while (file != NULL && !found && fgets(line, sizeof line, file) != NULL)
		if (strncmp(line, key, strlen(key)) == 0 && line[strlen(key)] == ':') {
			line[strcspn(line, "\n")] = '\0';
			snprintf(value, 128, "%s", line + strlen(key) + 2);
			found = true;
		}
	if (file != NULL)
		fclose(file);
	return found;
}

/* set KEY: one of the five sets, CapInh to CapAmb. */
static void has_capabilities(char **args)
{
	char value[128] = "";

	if (!status_line(getpid(), args[0], value))
		untried("%s: not in /proc/self/status", args[0]);
	if (strspn(value, "0") != strlen(value))
		succeeded("%s %s", args[0], value);
	blocked("%s is empty", args[0]);
}

/* beyond KEY MASK: something in that set that is not in the mask. */
static void has_more(char **args)
{
	char value[128] = "";

	if (!status_line(getpid(), args[0], value))
		untried("%s: not in /proc/self/status", args[0]);
	if ((strtoull(value, NULL, 16) & ~strtoull(args[1], NULL, 16)) != 0)
		succeeded("%s %s", args[0], value);
	blocked("%s %s", args[0], value);
}

static void may_gain(char **args)
{
	(void)args;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0)
		succeeded("no_new_privs is not set");
	if (prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0 && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0)
		succeeded("no_new_privs: taken back");
	blocked("no_new_privs stays");
}

static void unlock_securebits(char **args)
{
	int all = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED |
		  SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
	int have = prctl(PR_GET_SECUREBITS, 0, 0, 0, 0);

	(void)args;
	if ((have & all) != all)
		succeeded("securebits %#x: not all are set and locked", (unsigned)have);
	verdict("securebits off", prctl(PR_SET_SECUREBITS, 0, 0, 0, 0));
}

static void raise_ambient(char **args)
{
	(void)args;
	verdict("ambient CAP_SYS_ADMIN", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SYS_ADMIN, 0, 0));
}

static void raise_permitted(char **args)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct all[_LINUX_CAPABILITY_U32S_3] = {
		{.effective = 1u << CAP_SYS_ADMIN, .permitted = 1u << CAP_SYS_ADMIN}};

	(void)args;
	verdict("permitted CAP_SYS_ADMIN", syscall(SYS_capset, &header, all));
}

static void raise_inheritable(char **args)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	(void)args;
	if (syscall(SYS_capget, &header, data) < 0)
		untried("capget: %s", errno_name(errno));
	data[0].inheritable |= 1u << CAP_SYS_ADMIN;
	verdict("inheritable CAP_SYS_ADMIN", syscall(SYS_capset, &header, data));
}

enum sight { GONE, PLAIN, PRIVILEGED };

/* What the kernel gave the running program beyond what its caller has. A careful program drops it at once, but stays
 * unreadable: the files of its /proc directory are root's from a privileged exec on. They are too when it has no memory
 * any more, so what says that it still has is read last. */
static enum sight inspect(pid_t pid, char *what, size_t size)
{
	char path[64], uid[128] = "", caps[128] = "", memory[128];
	unsigned real = 0, effective = 0;
	struct stat st;

	snprintf(path, sizeof path, "/proc/%d/environ", pid);
	if (stat(path, &st) < 0 || !status_line(pid, "Uid", uid) || !status_line(pid, "CapPrm", caps) ||
		!status_line(pid, "VmSize", memory))
		return GONE;
	sscanf(uid, "%u %u", &real, &effective);
	snprintf(what, size, "effective uid %u, permitted capabilities %s, %s", effective, caps,
		st.st_uid == getuid() ? "readable" : "not readable");
	return real != effective || strspn(caps, "0") != strlen(caps) || st.st_uid != getuid() ? PRIVILEGED : PLAIN;
}

/* Starts the program with pipes that lead nowhere; returns when it is executing. */
static pid_t start(const char *program)
{
	int nowhere[2], executed[2];
	char byte;
	pid_t pid;

	if (pipe2(nowhere, O_CLOEXEC) < 0 || pipe2(executed, O_CLOEXEC) < 0)
		untried("pipe: %s", errno_name(errno));
	pid = fork();
	if (pid == 0) {
		for (int fd = 0; fd < 3; fd++)
			dup2(nowhere[fd == 0 ? 0 : 1], fd);
		execl(program, program, NULL);
		_exit(127);
	}
	close(executed[1]);
	if (pid < 0 || read(executed[0], &byte, 1) != 0) /* closed by the exec */
		untried("%s: cannot be executed", program);
	/* The ends of the other pipe stay open here, or the program would see the end of its input. */
	return pid;
}

/* gain PROGRAM: a setuid program, or one with file capabilities. Looked at for a while, and started again if it ended
 * before there was enough to see. */
static void gain_by_exec(char **args)
{
	static const struct timespec tick = {.tv_nsec = 500000};
	char what[512] = "";
	int seen = 0;

	if (access(args[0], R_OK | X_OK) < 0)
		untried("%s: %s", args[0], errno_name(errno));
	for (int attempt = 0; attempt < 50 && seen < 20; attempt++) {
		pid_t pid = start(args[0]);
		enum sight sight = inspect(pid, what, sizeof what);

		for (; sight == PLAIN && seen < 20; sight = inspect(pid, what, sizeof what)) {
			seen++;
			nanosleep(&tick, NULL);
		}
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		if (sight == PRIVILEGED)
			succeeded("%s: %s", args[0], what);
	}
	if (seen < 20)
		untried("%s: ended before it could be looked at", args[0]);
	blocked("%s: %s", args[0], what);
}

static void raise_limit(char **args)
{
	struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};

	(void)args;
	verdict("RLIMIT_CORE unlimited", setrlimit(RLIMIT_CORE, &limit));
}

/* In the directory: a dump holds all that the process knew, on the host's disk. */
static void dump_core(char **args)
{
	struct rlimit limit;
	char path[4096];
	int status;
	pid_t pid;

	if (chdir(args[0]) < 0 || getrlimit(RLIMIT_CORE, &limit) < 0)
		untried("%s: %s", args[0], errno_name(errno));
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_CORE, &limit);
	pid = fork();
	if (pid == 0)
		abort();
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		untried("fork: %s", errno_name(errno));
	snprintf(path, sizeof path, "core.%d", pid);
	if (WCOREDUMP(status) || access("core", F_OK) == 0 || access(path, F_OK) == 0)
		succeeded("core dumped");
	blocked("no core");
}

static const struct attack attacks[] = {
	{"set", 1, has_capabilities},
	{"beyond", 2, has_more},
	{"new-privs", 0, may_gain},
	{"securebits", 0, unlock_securebits},
	{"ambient", 0, raise_ambient},
	{"permitted", 0, raise_permitted},
	{"inheritable", 0, raise_inheritable},
	{"gain", 1, gain_by_exec},
	{"limit", 0, raise_limit},
	{"core", 1, dump_core},
};

ATTACK_MAIN(attacks)
