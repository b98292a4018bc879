/* confined [NAMESPACE…]: everything that confines this process, as the kernel tells it, one line each, and nothing that
 * differs from run to run. Two runs that print the same are confined alike. The arguments are namespaces that are not
 * to be ours, as readlink(1) prints those of /proc/self/ns: "mnt:[4026531840]". Standard input is to be a file of ours,
 * open for reading. */
#include "tests/escape/probe.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

static const char *result(long value)
{
	return value >= 0 ? "done" : errno_name(errno);
}

static void namespaces(char **hosts)
{
	static const char *const names[] = {"user", "pid", "mnt", "ipc", "uts", "cgroup", "net"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		char path[64], text[64];
		const char *whose = "its own";
		ssize_t n;

		snprintf(path, sizeof path, "/proc/self/ns/%s", names[i]);
		n = readlink(path, text, sizeof text - 1);
		text[n > 0 ? n : 0] = '\0';
		for (char **host = hosts; *host != NULL; host++)
			if (n <= 0 || strcmp(*host, text) == 0)
				whose = "the host's";
		printf("%s namespace: %s\n", names[i], whose);
	}
}

/* The lines of a file that begin with one of the words; all lines where there is none. */
static void lines(const char *path, const char *const words[])
{
	FILE *file = fopen(path, "re");
	char line[4096];

	if (file == NULL)
		printf("%s: %s\n", path, errno_name(errno));
	while (file != NULL && fgets(line, sizeof line, file) != NULL) {
		bool wanted = words == NULL;

		for (size_t i = 0; words != NULL && words[i] != NULL; i++)
			wanted = wanted || strncmp(line, words[i], strlen(words[i])) == 0;
		if (wanted)
			printf("%s: %s", path, line);
	}
	if (file != NULL)
		fclose(file);
}

/* The job's own cgroup: shown where it has a leaf, which a report asks for and a host may lack. Writable it would be
 * told. */
static bool is_own_cgroup(const char *place, const char *flags, const char *type)
{
	return strcmp(place, "/sys/fs/cgroup") == 0 && strncmp(flags, "ro,nosuid,nodev,noexec", 22) == 0 &&
	       strncmp(type, "cgroup2 ", 8) == 0;
}

/* Place, flags, propagation and type of each mount; numbers and sources differ from run to run and host to host. */
static void mounts(void)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char line[4096], place[1024], flags[256];
	int n = 0, end;

	while (file != NULL && fgets(line, sizeof line, file) != NULL) {
		const char *rest;

		if (sscanf(line, "%*s %*s %*s %*s %1023s %255s%n", place, flags, &end) != 2)
			continue;
		rest = strstr(line + end, " - ");
		if (rest != NULL && is_own_cgroup(place, flags, rest + 3))
			continue;
		n++;
		printf("mount %s %s%.*s %.*s\n", place, flags, rest != NULL ? (int)(rest - line - end) : 0, line + end,
			rest != NULL ? (int)strcspn(rest + 3, " ") : 0, rest != NULL ? rest + 3 : "");
	}
	printf("mounts: %d\n", n);
	if (file != NULL)
		fclose(file);
}

static void names_in(const char *path, bool (*wanted)(const char *name))
{
	DIR *dir = opendir(path);
	const struct dirent *entry;

	printf("%s:", path);
	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (wanted(entry->d_name))
			printf(" %s", entry->d_name);
	printf("\n");
	if (dir != NULL)
		closedir(dir);
}

static bool is_number(const char *name)
{
	return name[strspn(name, "0123456789")] == '\0';
}

static bool is_open_before(const char *name)
{
	return is_number(name) && fcntl(atoi(name), F_GETFD) >= 0 && (fcntl(atoi(name), F_GETFL) & O_DIRECTORY) == 0;
}

static bool is_any(const char *name)
{
	return name[0] != '.';
}

static void limits(void)
{
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		struct rlimit limit = {0};

		getrlimit((__rlimit_resource_t)i, &limit);
		printf("limit %d: %llu %llu\n", i, (unsigned long long)limit.rlim_cur,
			(unsigned long long)limit.rlim_max);
	}
}

/* Bad pointers and descriptors: what is refused here is refused by a filter, before the kernel looks at them. */
static void filtered(void)
{
	const char *const bad = (const char *)1;

	printf("add_key: %s\n", result(syscall(SYS_add_key, bad, bad, bad, 1L, 0L)));
	printf("keyctl: %s\n", result(syscall(SYS_keyctl, 0L, -3L, 0L, 0L, 0L)));
	printf("perf_event_open: %s\n", result(syscall(SYS_perf_event_open, bad, 0L, -1L, -1L, 0L)));
	printf("pivot_root: %s\n", result(syscall(SYS_pivot_root, bad, bad)));
	printf("TIOCSTI: %s\n", result(ioctl(-1, TIOCSTI, bad)));
	printf("unshare: %s\n", result(syscall(SYS_unshare, 0x10000000L | 0x8L)));
}

static void landlocked(void)
{
	printf("standard input opened again to write: %s\n", result(open("/proc/self/fd/0", O_WRONLY | O_CLOEXEC)));
	printf("signal to PID 1: %s\n", result(kill(1, 0)));
}

/* PID 1 may be before its exec when we begin, with a name and no argument, or in the middle of it: it has no command
 * line then. */
static void await_pid1(void)
{
	static const char name[] = "cofferdam-init";

	for (unsigned tries = 0; tries < 1000; tries++) {
		char text[sizeof name + 1] = "";
		int fd = open("/proc/1/cmdline", O_RDONLY | O_CLOEXEC);
		ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text);

		close(fd);
		if (n < 0 || (n > 0 && (memcmp(text, name, sizeof name) != 0 || text[sizeof name] != '\0')))
			return;
		poll(NULL, 0, 10);
	}
}

int main(int argc, char **argv, char **envp)
{
	static const char *const of_status[] = {"Seccomp:", "NoNewPrivs:", "Cap", "SigBlk", "SigIgn", "Groups:", NULL};
	struct utsname uts;
	char cwd[1024] = "";

	(void)argc;
	namespaces(argv + 1);
	lines("/proc/self/status", of_status);
	lines("/proc/self/uid_map", NULL);
	lines("/proc/self/gid_map", NULL);
	lines("/proc/self/setgroups", NULL);
	lines("/proc/self/cgroup", NULL);
	lines("/proc/net/route", NULL);
	names_in("/sys/class/net", is_any);
	names_in("/proc/sys/user", is_any);
	for (const char *const *name =
			(const char *const[]){"user", "pid", "mnt", "net", "ipc", "uts", "cgroup", "time", NULL};
		*name != NULL; name++) {
		char path[64];

		snprintf(path, sizeof path, "/proc/sys/user/max_%s_namespaces", *name);
		lines(path, NULL);
	}
	lines("/proc/sys/user/max_inotify_watches", NULL);
	mounts();
	names_in("/", is_any);
	names_in("/dev", is_any);
	names_in("/proc", is_number);
	names_in("/proc/self/fd", is_open_before);
	await_pid1();
	lines("/proc/1/cmdline", NULL);
	printf("\n");
	limits();
	uname(&uts);
	printf("securebits: %#x\n", (unsigned)prctl(PR_GET_SECUREBITS));
	printf("host name: %s\n", uts.nodename);
	printf("working directory: %s\n", getcwd(cwd, sizeof cwd));
	printf("session leader: %s\n", getsid(0) == getpid() ? "yes" : "no");
	printf("/dev/tty: %s\n", result(open("/dev/tty", O_RDWR | O_CLOEXEC)));
	printf("umask: %o\n", (unsigned)umask(022));
	for (char **variable = envp; *variable != NULL; variable++)
		printf("variable %.*s\n", (int)strcspn(*variable, "="), *variable);
	filtered();
	landlocked();
	printf("end\n");
	return 0;
}
