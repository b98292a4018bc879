#include "sandbox/identity/idmap_run.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/status.h"
#include "policy/capabilities.h"
#include "sandbox/identity/caps.h"
#include "sandbox/identity/idmap.h"
#include "sandbox/process/image.h"
#include "sandbox/process/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define STACK_SIZE 16384             /* of a process that makes four calls */
#define GRACE_NS INT64_C(2000000000) /* for a child that looks at the deadline itself */

/* sandbox/hold/main.c; see sandbox/init.c on why these are global. */
__asm__(".pushsection .rodata\n"
	".globl hold_image, hold_image_end\n"
	".hidden hold_image, hold_image_end\n"
	"hold_image:\n\t.incbin \"" COFFERDAM_HOLD "\"\n"
	"hold_image_end:\n"
	".popsection\n");
extern const char hold_image[], hold_image_end[];

/* The process that the namespace is made with: it ends when the other end of its input is closed. */
struct holder {
	pid_t pid;
	int alive; /* our end */
	int input; /* its end */
	int image; /* its program */
	int errnum;
};

/* On the memory of its parent, which waits: makes no call that keeps anything there. */
static int hold(void *data)
{
	static char name[] = "cofferdam-hold";
	static char *const argv[] = {name, NULL}, *const environment[] = {NULL};
	struct holder *holder = data;

	if (setsid() >= 0 && dup2(holder->input, 0) == 0 && close_range(1, ~0u, CLOSE_RANGE_CLOEXEC) == 0)
		execveat(holder->image, "", argv, environment, AT_EMPTY_PATH);
	holder->errnum = errno;
	_exit(STATUS_NOT_FOUND);
}

static int holder_start(struct holder *holder, struct error *err)
{
	_cleanup_(freep) char *stack = aligned_alloc(64, STACK_SIZE);
	_cleanup_(close_fd) int theirs = -1;
	_cleanup_(close_fd) int image = -1;
	int ends[2];

	/* Whoever may not read a program cannot be helped by newuidmap(1) while it runs it. */
	image = image_open("user namespace", "cofferdam-hold", hold_image, hold_image_end, 0555, err);
	if (image < 0)
		return -1;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set(err, errno, "user namespace: pipe");
	holder->image = image;
	theirs = ends[0];
	holder->alive = ends[1];
	holder->input = theirs;
	/* As vfork(2), with a namespace: returns when it has executed. */
	if (stack == NULL)
		return error_set(err, ENOMEM, "user namespace");
	holder->pid = clone(hold, stack + STACK_SIZE, CLONE_VM | CLONE_VFORK | CLONE_NEWUSER | SIGCHLD, holder);
	if (holder->pid < 0)
		return error_set(err, errno, "user namespace: clone");
	if (holder->errnum != 0)
		return error_set(err, holder->errnum, "user namespace: execute the process that holds it");
	return 0;
}

static void holder_end(struct holder *holder)
{
	close_fd(&holder->alive);
	if (holder->pid > 0)
		wait_killed(holder->pid);
}

static int enter(int ns, struct error *err)
{
	if (setsid() < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return error_set(err, errno, "user namespace: setsid or PR_SET_PDEATHSIG");
	if (setns(ns, CLONE_NEWUSER) < 0)
		return error_set(err, errno, "user namespace: setns");
	if (idmap_become_root(err) < 0)
		return -1;
	return caps_reduce(capabilities_of_root(), err);
}

/* In the child: what went wrong goes to the pipe, and nothing when all went well. */
static _Noreturn void child(int ns, int pipe, idmap_work *work, void *data)
{
	struct error err = {.errnum = 0};

	if (enter(ns, &err) == 0 && work(data, &err) == 0)
		_exit(0);
	(void)write_all(pipe, &err, sizeof err);
	_exit(1);
}

static int run_child(int ns, int64_t deadline_ns, idmap_work *work, void *data, struct error *err)
{
	struct pollfd said = {.events = POLLIN};
	_cleanup_(close_fd) int ours = -1;
	int64_t kill_ns;
	int ends[2], status;
	ssize_t n;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set(err, errno, "user namespace: pipe");
	ours = ends[0];
	pid = fork();
	if (pid == 0)
		child(ns, ends[1], work, data);
	close(ends[1]);
	if (pid < 0)
		return error_set(err, errno, "user namespace: fork");
	if (__builtin_add_overflow(deadline_ns, GRACE_NS, &kill_ns))
		kill_ns = INT64_MAX;
	said.fd = ours; /* something, or its end with the child */
	if (!wait_ready(&said, 1, kill_ns)) {
		wait_killed(pid);
		return error_late(err, "a process in the job's user namespace: not done in time");
	}
	n = read(ours, err, sizeof *err);
	if (wait_reap(pid, &status, err) < 0)
		return -1;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	return n == (ssize_t)sizeof *err ? -1 : error_set(err, 0, "a process in the job's user namespace was killed");
}

int idmap_run(const struct idmap *uids, const struct idmap *gids, int64_t deadline_ns, idmap_work *work, void *data,
	struct error *err)
{
	_cleanup_(holder_end) struct holder holder = {.pid = -1, .alive = -1};
	_cleanup_(freep) char *path = NULL;
	_cleanup_(close_fd) int ns = -1;

	if (holder_start(&holder, err) < 0 || idmap_write(holder.pid, uids, gids, err) < 0)
		return -1;
	path = format("/proc/%d/ns/user", holder.pid);
	ns = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (ns < 0)
		return error_set(err, errno, "user namespace of process %d", holder.pid);
	return run_child(ns, deadline_ns, work, data, err);
}
