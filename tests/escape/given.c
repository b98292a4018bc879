/* What a job can do to a file of the caller's that it was given as a descriptor, open for reading, beyond reading it.
 * And what of it, or of any descriptor, it can leave changed: whoever runs us looks for that afterwards. */
#include "tests/escape/probe.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

static int number(char **args)
{
	return (int)strtol(args[0], NULL, 10);
}

static const char *by_name(char **args)
{
	static char path[64];

	snprintf(path, sizeof path, "/proc/self/fd/%d", number(args));
	return path;
}

static void change_mode(char **args)
{
	verdict("fchmod", fchmod(number(args), 04777));
}

static void change_mode_by_name(char **args)
{
	verdict("chmod of /proc/self/fd", chmod(by_name(args), 04777));
}

static void change_times(char **args)
{
	verdict("futimens", futimens(number(args), (struct timespec[]){{.tv_sec = 1}, {.tv_sec = 1}}));
}

static void change_attributes(char **args)
{
	verdict("fsetxattr", fsetxattr(number(args), "user.job", "x", 1, 0));
}

static void change_flags(char **args)
{
	int flags = 0;

	if (ioctl(number(args), FS_IOC_GETFLAGS, &flags) < 0)
		verdict("FS_IOC_GETFLAGS", -1);
	flags |= FS_NODUMP_FL;
	verdict("FS_IOC_SETFLAGS", ioctl(number(args), FS_IOC_SETFLAGS, &flags));
}

static void change_contents(char **args)
{
	int fd = open(by_name(args), O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		verdict("opened for writing", fd);
	verdict("written", write(fd, "owned\n", 6));
}

static void change_owner(char **args)
{
	verdict("fchown", fchown(number(args), (uid_t)-1, getegid()));
}

/* These succeed for the job; the question is what is left of it. */
static void leave_descriptor(char **args)
{
	const int fd = number(args);

	signal(SIGIO, SIG_IGN);
	fcntl(fd, F_SETOWN, getpid());
	if (fcntl(fd, F_SETFL, O_NONBLOCK | O_ASYNC) < 0)
		verdict("F_SETFL", -1);
	fcntl(fd, F_SETPIPE_SZ, 4096); /* of a pipe */
	flock(fd, LOCK_EX | LOCK_NB);
	fcntl(fd, F_SETLEASE, F_WRLCK);
	fchmod(fd, 04777);
	succeeded("changed");
}

static void leave_full(char **args)
{
	static const char text[4096];

	fcntl(number(args), F_SETFL, O_NONBLOCK);
	while (write(number(args), text, sizeof text) > 0)
		;
	while (write(number(args), text, 1) > 0)
		;
	succeeded("full");
}

static const struct attack attacks[] = {
	{"mode", 1, change_mode},
	{"mode-by-name", 1, change_mode_by_name},
	{"times", 1, change_times},
	{"attributes", 1, change_attributes},
	{"flags", 1, change_flags},
	{"contents", 1, change_contents},
	{"owner", 1, change_owner},
	{"leave", 1, leave_descriptor},
	{"fill", 1, leave_full},
};

ATTACK_MAIN(attacks)
