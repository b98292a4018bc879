/* New namespaces, old namespaces, and what is to be had in them. */
#include "tests/escape/probe.h"

#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct clone3_args {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
};

/* The child of a fork in the caller's place: the new PID namespace begins with it. */
static void go_on_in_child(void)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		untried("fork: %s", errno_name(errno));
	if (pid == 0)
		return;
	if (waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		exit(PROBE_UNTRIED);
	exit(WEXITSTATUS(status));
}

/* What the ids were before the new user namespace made them nobody's. */
static int mapped_uid, mapped_gid;

static void enter_new(int namespaces)
{
	mapped_uid = (int)getuid();
	mapped_gid = (int)getgid();
	if (unshare(CLONE_NEWUSER | namespaces) < 0)
		verdict("unshare", -1);
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		verdict(path, -1);
	close(fd);
}

/* Root of the new user namespace, for both kinds of id. */
static void become_mapped_root(void)
{
	char map[64];

	put("/proc/self/setgroups", "deny");
	snprintf(map, sizeof map, "0 %d 1", mapped_uid);
	put("/proc/self/uid_map", map);
	snprintf(map, sizeof map, "0 %d 1", mapped_gid);
	put("/proc/self/gid_map", map);
}

/* nested FSTYPE DIRECTORY: a user namespace of one's own gives capabilities in it, and with them file systems. */
static void nested_mount(char **args)
{
	char options[8192] = "";

	enter_new(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC);
	become_mapped_root();
	go_on_in_child();
	if (strcmp(args[0], "overlay") == 0) {
		static const char *const parts[] = {"lower", "upper", "work"};

		if (mount("tmpfs", args[1], "tmpfs", 0, NULL) < 0)
			verdict("mount tmpfs", -1);
		for (size_t i = 0; i < 3; i++) {
			snprintf(options, sizeof options, "%s/%s", args[1], parts[i]);
			if (mkdir(options, 0755) < 0)
				untried("%s: %s", options, errno_name(errno));
		}
		snprintf(options, sizeof options, "lowerdir=%s/lower,upperdir=%s/upper,workdir=%s/work,userxattr",
			args[1], args[1], args[1]);
	}
	verdict(args[0], mount(args[0], args[1], args[0], 0, options));
}

/* As `nested`, then the mask of /proc/keys off: in a less privileged mount namespace it is locked. */
static void nested_unmask(char **args)
{
	enter_new(CLONE_NEWNS);
	become_mapped_root();
	verdict("umount", umount2(args[0], MNT_DETACH));
}

static void new_by_clone3(char **args)
{
	struct clone3_args how = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
	long pid = syscall(SYS_clone3, &how, sizeof how);

	(void)args;
	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid((pid_t)pid, NULL, 0);
	if (pid < 0 && errno == EPERM)
		untried("clone3: EPERM, where ENOSYS was due: the C library would make no thread");
	verdict("clone3(NEWUSER)", pid);
}

static void *one_thread(void *done)
{
	*(int *)done = 1;
	return NULL;
}

/* No attack: what the answer to clone3 must not break. "Blocked" is that threads work. */
static void threads_work(char **args)
{
	pthread_t thread;
	int done = 0;

	(void)args;
	if (pthread_create(&thread, NULL, one_thread, &done) != 0 || pthread_join(thread, NULL) != 0 || !done)
		succeeded("threads are broken");
	blocked("threads work");
}

/* join NAME: PID 1's namespace of that name. */
static void join(char **args)
{
	char path[64];
	int fd;

	snprintf(path, sizeof path, "/proc/1/ns/%s", args[0]);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		verdict(path, fd);
	/* One's own user namespace cannot be joined again: EINVAL, and only to those who could have. */
	if (setns(fd, 0) < 0 && errno != EINVAL)
		verdict(path, -1);
	succeeded("%s: open", path);
}

/* map-root sandbox|fresh: in the sandbox's own user namespace, whose map was written once; or in one of which nobody
 * has written it yet. */
static void map_root(char **args)
{
	char map[64];
	int fd;

	mapped_uid = (int)getuid();
	if (strcmp(args[0], "fresh") == 0)
		enter_new(0);
	snprintf(map, sizeof map, "0 %d 1", mapped_uid);
	fd = open("/proc/self/uid_map", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		verdict("/proc/self/uid_map", fd);
	verdict("/proc/self/uid_map", write(fd, map, strlen(map)));
}

static void allow_setgroups(char **args)
{
	(void)args;
	put("/proc/self/setgroups", "allow");
	succeeded("setgroups allowed again");
}

static void drop_groups(char **args)
{
	(void)args;
	verdict("setgroups", setgroups(0, NULL));
}

static void become_root(char **args)
{
	(void)args;
	verdict("setuid(0)", setuid(0));
}

static const struct attack attacks[] = {
	{"nested", 2, nested_mount},
	{"nested-unmask", 1, nested_unmask},
	{"clone3", 0, new_by_clone3},
	{"threads", 0, threads_work},
	{"join", 1, join},
	{"map-root", 1, map_root},
	{"allow-setgroups", 0, allow_setgroups},
	{"drop-groups", 0, drop_groups},
	{"become-root", 0, become_root},
};

ATTACK_MAIN(attacks)
