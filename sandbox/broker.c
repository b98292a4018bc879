#include "sandbox/broker.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/status.h"
#include "common/unloaded.h"
#include "sandbox/files/leave.h"
#include "sandbox/root/mount_api.h"
#include "sandbox/root/scratch.h"
#include "sandbox/root/target.h"
#include "sandbox/shared.h"
#include "sandbox/sudo/request.h"
#include "sandbox/watch/message.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define SECTION ".cofferdam.sudo"
#define BACKLOG 128
#define PROGRAM "sudo" /* its name in the scratch file system, and the socket's in /dev */

/* sandbox/sudo/, linked as a program of its own. */
UNLOADED(SECTION, COFFERDAM_SUDO);

bool broker_is_wanted(const struct plan_root *root)
{
	return root->sudo != PLAN_SUDO_NONE;
}

int broker_begin(const struct plan_root *root, int sock, struct broker *broker, struct error *err)
{
	const struct message pinned = {.kind = MESSAGE_PINNED, .value = PINNED_SUDO};

	if (!broker_is_wanted(root))
		return 0;
	if (unloaded_read(SECTION, &broker->program, &broker->len, err) < 0)
		return error_context(err, "sudo");
	broker->counter = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	broker->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (broker->counter < 0 || broker->listener < 0)
		return error_set(err, errno, "sudo: a socket and a counter");
	return message_send_fd(sock, &pinned, broker->counter) < 0
		       ? error_set(err, errno, "sudo: hand the counter to the launcher")
		       : 0;
}

/* By a name relative to the directory: the new root has no path yet. */
static int bind_socket(int listener, int scratch, struct error *err)
{
	static const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = PROGRAM};
	_cleanup_(leave_fd) int dev = openat(scratch, "dev", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (dev < 0 || fchdir(dev) < 0 || bind(listener, (const struct sockaddr *)&address, sizeof address) < 0 ||
		fchmodat(dev, PROGRAM, 0666, 0) < 0 || listen(listener, BACKLOG) < 0)
		return error_set(err, errno, "sudo: %s", SUDO_SOCKET);
	return 0;
}

static int write_program(const struct broker *broker, int scratch, struct error *err)
{
	_cleanup_(close_fd) int fd = openat(scratch, PROGRAM, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);

	if (fd < 0 || write_all(fd, broker->program, broker->len) < 0)
		return error_set(err, errno, "sudo: write the program");
	return 0;
}

/* Over what has the name, a symbolic link itself; a layer gets a file to cover where there is none. */
static int attach(int program, int rootfd, struct error *err)
{
	_cleanup_(leave_fd) int directory = target_open(rootfd, "/usr/bin", err);
	_cleanup_(leave_fd) int made = -1;

	if (directory >= 0 && mount_attach_at(program, directory, "sudo", SUDO_CLIENT, err) == 0)
		return 0;
	if (err->errnum != ENOENT)
		return -1;
	made = target_make(rootfd, SUDO_CLIENT, false, err);
	if (made >= 0)
		return mount_attach(program, made, SUDO_CLIENT, err);
	return err->errnum == EROFS || err->errnum == EACCES || err->errnum == EPERM
		       ? error_hint(err, "the host has no sudo that ours could cover: use root overlay or an image")
		       : -1;
}

int broker_show(const struct broker *broker, int rootfd, int scratch, struct error *err)
{
	_cleanup_(leave_fd) int program = -1;

	if (broker->listener < 0)
		return 0;
	if (bind_socket(broker->listener, scratch, err) < 0 || write_program(broker, scratch, err) < 0)
		return -1;
	program = mount_clone(scratch, PROGRAM, MOUNT_READONLY | MOUNT_NODEV, err);
	return program < 0 || attach(program, rootfd, err) < 0 ? error_context(err, "sudo") : 0;
}

struct start {
	const struct broker *broker;
	const char *what; /* that failed, or NULL */
	int errnum;
};

static void failed(struct start *start, const char *what)
{
	start->what = what;
	start->errnum = errno;
	_exit(STATUS_LAUNCHER);
}

/* Shares the command's memory until the exec. Nothing of the job's but its root and its limits stays with it: no
 * descriptor, no session, no environment. */
static int become_broker(void *data)
{
	char *const argv[] = {(char[]){SUDO_BROKER}, NULL}, *const env[] = {NULL};
	struct start *start = data;

	errno = 0;
	if (getpid() != BROKER_PID)
		failed(start, "not the third process of the sandbox");
	if (setsid() < 0 || dup2(start->broker->listener, 0) < 0 || dup2(start->broker->counter, 1) < 0 ||
		close_range(2, ~0U, 0) < 0)
		failed(start, "session and descriptors");
	execve(SUDO_CLIENT, argv, env);
	failed(start, SUDO_CLIENT);
	return 0;
}

int broker_start(const struct broker *broker, struct error *err)
{
	static _Alignas(16) char stack[8192]; /* for a handful of system calls */
	struct start start = {.broker = broker};

	if (broker->listener < 0)
		return 0;
	if (shared_clone(become_broker, stack + sizeof stack, CLONE_PARENT, &start, NULL) < 0) {
		start.what = "clone";
		start.errnum = errno;
	}
	if (start.what == NULL)
		return 0;
	error_set(err, start.errnum, "sudo: start the broker: %s", start.what);
	return error_hint(err, "does the seccomp policy allow it? sudo all requires what the policy job allows");
}

uint64_t broker_stored(const struct plan_root *root)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	_cleanup_(freep) char *program = NULL;
	struct error ignored;
	size_t len;

	if (!broker_is_wanted(root) || unloaded_read(SECTION, &program, &len, &ignored) < 0)
		return 0;
	return (len + page - 1) / page * page;
}

void broker_counted(int counter, struct outcome *outcome)
{
	struct pollfd ready = {.fd = counter, .events = POLLIN};
	uint64_t value;

	if (counter < 0)
		return;
	/* Nothing to read: it is 0. The broker's end is the same open file, so that read(2) alone might wait. */
	outcome->sudo_known = true;
	if (poll(&ready, 1, 0) != 1 || read(counter, &value, sizeof value) != (ssize_t)sizeof value)
		return;
	outcome->sudo_calls = (uint32_t)value;
	outcome->sudo_refused = (uint32_t)(value >> 32);
}
