/* A mount namespace with many mounts, for what a launch costs on a host that has them.
 *   mounts hold N DIR          makes one with 2^N mounts below DIR, says so with a line, and stays as long as its
 * parent mounts enter PID COMMAND…  starts the command in the one that PID holds */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

__attribute__((noreturn)) static void die(const char *what)
{
	fprintf(stderr, "mounts: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die(path);
	close(fd);
}

static void map_one(const char *path, unsigned id)
{
	char text[64];

	snprintf(text, sizeof text, "%u %u 1", id, id);
	put(path, text);
}

/* The user keeps its id: a launcher refuses to be root. */
static void make_namespaces(void)
{
	const unsigned uid = geteuid(), gid = getegid();

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		die("unshare");
	put("/proc/self/setgroups", "deny");
	map_one("/proc/self/uid_map", uid);
	map_one("/proc/self/gid_map", gid);
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		die("/");
}

/* Each further mount shows all that there are so far once more. */
static void double_mounts(const char *dir, long times)
{
	char path[4096];

	if (mount("tmpfs", dir, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755") < 0)
		die(dir);
	for (long i = 0; i < times; i++) {
		snprintf(path, sizeof path, "%s/%ld", dir, i);
		if (mkdir(path, 0755) < 0 || mount(dir, path, NULL, MS_BIND | MS_REC, NULL) < 0)
			die(path);
	}
}

__attribute__((noreturn)) static void hold(long times, const char *dir)
{
	make_namespaces();
	double_mounts(dir, times);
	if (prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) < 0 || write(STDOUT_FILENO, "\n", 1) != 1)
		die("hold");
	for (;;)
		pause();
}

static void join(const char *pid, const char *name)
{
	char path[64];
	int fd;

	snprintf(path, sizeof path, "/proc/%s/ns/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, 0) < 0)
		die(path);
	close(fd);
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "hold") == 0)
		hold(strtol(argv[2], NULL, 10), argv[3]);
	if (argc < 4 || strcmp(argv[1], "enter") != 0) {
		fputs("usage: mounts hold N DIR | mounts enter PID COMMAND…\n", stderr);
		return 2;
	}
	join(argv[2], "user");
	join(argv[2], "mnt");
	execv(argv[3], argv + 3);
	die(argv[3]);
}
