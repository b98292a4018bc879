/* Locks and watches on a file that is shown read-only: what they tell of, or do to, a process outside. That one is
 * `locks serve`, which holds one lock of each kind and reads the file whenever it is asked to. */
#include "tests/escape/probe.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <unistd.h>

static int must_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0)
		untried("%s: %s", path, errno_name(errno));
	return fd;
}

static int pipe_at(const char *dir, const char *name)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	/* For both: neither end then waits for the other in open(2). */
	return must_open(path, O_RDWR);
}

/* FILE DIR: until it is killed. */
static void serve(char **args)
{
	struct flock record = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int locked = must_open(args[0], O_RDONLY), written = must_open(args[0], O_RDWR);
	int ask = pipe_at(args[1], "ask"), answer = pipe_at(args[1], "answer");
	char byte;

	if (flock(locked, LOCK_SH) < 0 || fcntl(written, F_SETLK, &record) < 0)
		untried("locks: %s", errno_name(errno));
	if (write(answer, "!", 1) != 1)
		untried("answer: %s", errno_name(errno));
	while (read(ask, &byte, 1) == 1) {
		/* Not opened: to close a descriptor of the file would give the record lock back. */
		if (pread(locked, &byte, 1, 0) < 0 || write(answer, "!", 1) != 1)
			untried("answer: %s", errno_name(errno));
	}
	untried("ask: %s", errno_name(errno));
}

/* FILE: where the two meet, a lock of the job's would meet everybody outside. */
static void lock_whole(char **args)
{
	int fd = must_open(args[0], O_RDONLY);

	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		blocked("flock: meets no lock of a process outside");
	if (errno != EWOULDBLOCK)
		untried("flock: %s", errno_name(errno));
	succeeded("flock: meets the lock of a process outside");
}

static void lock_record(char **args)
{
	struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
	int fd = must_open(args[0], O_RDONLY);

	if (fcntl(fd, F_SETLK, &lock) == 0)
		blocked("F_SETLK: meets no lock of a process outside");
	if (errno != EAGAIN && errno != EACCES)
		untried("F_SETLK: %s", errno_name(errno));
	succeeded("F_SETLK: meets the lock of a process outside");
}

/* Of the owner's file: refused while somebody has it open for writing. */
static void lease(char **args)
{
	int fd = must_open(args[0], O_RDONLY);

	if (fcntl(fd, F_SETLEASE, F_RDLCK) == 0)
		blocked("F_SETLEASE: sees no writer outside");
	if (errno != EAGAIN)
		untried("F_SETLEASE: %s", errno_name(errno));
	succeeded("F_SETLEASE: sees a writer outside");
}

static void have_it_read(const char *dir)
{
	int ask = pipe_at(dir, "ask"), answer = pipe_at(dir, "answer");
	char byte;

	if (write(ask, "?", 1) != 1 || read(answer, &byte, 1) != 1)
		untried("ask: %s", errno_name(errno));
}

/* FILE DIR. An event is queued before the call that it tells of returns. */
static void watch(char **args)
{
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	char event[sizeof(struct inotify_event) + NAME_MAX + 1];

	if (fd < 0 || inotify_add_watch(fd, args[0], IN_ACCESS) < 0)
		untried("inotify: %s", errno_name(errno));
	have_it_read(args[1]);
	if (read(fd, event, sizeof event) > 0)
		succeeded("inotify: tells that a process outside reads it");
	if (errno != EAGAIN)
		untried("inotify: %s", errno_name(errno));
	blocked("inotify: silent");
}

/* DIRECTORY DIR: the watch of before inotify. */
static void watch_directory(char **args)
{
	int fd = must_open(args[0], O_RDONLY | O_DIRECTORY);
	const struct timespec now = {0, 0};
	sigset_t io;

	sigemptyset(&io);
	sigaddset(&io, SIGIO);
	sigprocmask(SIG_BLOCK, &io, NULL);
	if (fcntl(fd, F_NOTIFY, DN_ACCESS | DN_MULTISHOT) < 0)
		untried("F_NOTIFY: %s", errno_name(errno));
	have_it_read(args[1]);
	if (sigtimedwait(&io, NULL, &now) == SIGIO)
		succeeded("F_NOTIFY: tells that a process outside reads it");
	blocked("F_NOTIFY: silent");
}

static const struct attack attacks[] = {
	{"serve", 2, serve},
	{"flock", 1, lock_whole},
	{"record", 1, lock_record},
	{"lease", 1, lease},
	{"inotify", 2, watch},
	{"dnotify", 2, watch_directory},
};

ATTACK_MAIN(attacks)
