#include "sandbox/launch.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/status.h"
#include "sandbox/cgroup.h"
#include "sandbox/changes.h"
#include "sandbox/child.h"
#include "sandbox/conclude.h"
#include "sandbox/disk.h"
#include "sandbox/fds.h"
#include "sandbox/idmap.h"
#include "sandbox/look.h"
#include "sandbox/network_open.h"
#include "sandbox/process_flags.h"
#include "sandbox/protections.h"
#include "sandbox/rlimits.h"
#include "sandbox/scratch.h"
#include "sandbox/shared.h"
#include "sandbox/signals.h"
#include "sandbox/start.h"
#include "sandbox/stdio.h"
#include "sandbox/supervise.h"
#include "sandbox/suspend.h"
#include "sandbox/syscalls.h"
#include "sandbox/teardown.h"
#include "sandbox/title.h"
#include "sandbox/wait.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define HELP_LIMIT_NS (20 * NS_PER_S)

static int refused_clone(int errnum, bool into_cgroup, struct error *err)
{
	error_set(err, errnum, "namespaces: clone3");
	switch (errnum) {
	case EACCES:
		if (into_cgroup)
			return error_hint(
				err, "our own cgroup and the new one have no common ancestor that is delegated to us");
		return -1;
	case EPERM:
	case ENOSYS:
		return error_hint(err, "user namespaces are refused here; `cofferdam doctor` says by what");
	case ENOSPC:
	case EUSERS:
		return error_hint(err, "user.max_user_namespaces is 0 or used up, or namespaces are nested too deep");
	case EAGAIN:
		return error_hint(err, "the process limit of this user is reached");
	default:
		return -1;
	}
}

struct child {
	const struct plan *plan;
	const struct stdio *stdio;
	int sock; /* its end */
	bool shares_memory;
};

static int run_child(void *data)
{
	const struct child *child = data;

	child_run(child->plan, child->stdio, child->sock);
}

/* CLONE_NEWCGROUP is not among the flags: the namespace would be rooted at our cgroup instead of the leaf. The child
 * unshares it when it is there. */
static pid_t start_child(
	const struct plan *plan, struct child *child, const struct cgroup *cgroup, int *pidfd, struct error *err)
{
	static shared_stack stack;
	struct clone_args args = {
		.flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_PIDFD,
		.pidfd = (__u64)(uintptr_t)pidfd,
		.exit_signal = SIGCHLD,
	};
	pid_t pid;

	if (plan->network != PLAN_NETWORK_HOST)
		args.flags |= CLONE_NEWNET;
	if (cgroup->dirfd >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (__u64)cgroup->dirfd;
	} else if (child->shares_memory) {
		pid = shared_clone(run_child, &stack, (unsigned)args.flags, child, pidfd);
		title_restore();
		return pid < 0 ? refused_clone(errno, false, err) : pid;
	}
	pid = sys_clone3(&args);
	if (pid == 0)
		run_child(child);
	return pid < 0 ? refused_clone(errno, cgroup->dirfd >= 0, err) : pid;
}

/* The child cannot be helped before it is dumpable: its files in /proc are root's until then. *netns is its network
 * namespace, where it has one that needs help. */
static int await_child(const struct watch *watch, int *netns, struct error *err)
{
	const int sig = wait_unless_ended(watch->sock, HELP_LIMIT_NS, err);
	struct message message;

	if (sig < 0)
		return error_context(err, "set-up: the sandbox has not begun");
	if (sig > 0) {
		watch->told->withdrawn = sig;
		return error_set(err, 0, "SIG%s came first: nothing has run", sigabbrev_np(sig));
	}
	if (message_receive(watch->sock, &message, netns) != 1)
		return error_set(err, 0, "set-up: the sandbox was killed before it began");
	if (message.kind == MESSAGE_WAITING)
		return 0;
	*err = message.error;
	return -1;
}

/* What must be done for the child from outside of its namespaces; then it may go on. */
static int help_from_outside(
	const struct plan *plan, const struct watch *watch, struct network_open *network, struct error *err)
{
	_cleanup_(close_fd) int netns = -1;

	if (!plan_needs_help(plan))
		return 0;
	if (await_child(watch, &netns, err) < 0)
		return -1;
	if (plan->identity == PLAN_IDENTITY_SUBUID && idmap_write(watch->init, &plan->uids, &plan->gids, err) < 0)
		return -1;
	if (plan->network == PLAN_NETWORK_OPEN && network_open_start(network, take_fd(&netns), plan, err) < 0)
		return -1;
	message_send(watch->sock, &(struct message){.kind = MESSAGE_GO});
	return 0;
}

/* At what the sandbox has left in memory, before the last descriptor of it goes. */
static int look_back(const struct plan *plan, const struct watch *watch, struct error *err)
{
	struct outcome *outcome = watch->outcome;
	struct error why;
	int result = 0;

	if (plan->workspace == NULL && watch->kept[KEPT_SCRATCH] >= 0)
		scratch_measure(watch->kept[KEPT_SCRATCH], outcome);
	if (disk_is_watched(plan) && watch->kept[KEPT_USERNS] >= 0)
		result = disk_measure(watch, err);
	if (plan->changes != NULL && watch->told->starting && changes_list(plan, watch->kept, outcome, &why) < 0)
		outcome->changes.cut = strdup(why.text);
	return result;
}

static int run(const struct plan *plan, struct stdio *stdio, struct cgroup *cgroup, bool shares_memory,
	const struct disk_start *disk, struct network_open *network, struct told *told, struct outcome *outcome,
	struct error *err)
{
	_cleanup_(watch_end) struct watch watch = {.plan = plan,
		.cgroup = cgroup,
		.outcome = outcome,
		.told = told,
		.stdio = stdio,
		.pidfd = -1,
		.sock = -1,
		.timer = -1,
		.signals = -1,
		.disk = disk,
		.disk_pipe = -1,
		.kept = {-1, -1, -1}};
	struct error second; /* the first error is the one to tell */
	struct child child;
	int pair[2], prepared, result;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_set(err, errno, "launch: a socket to the sandbox");
	/* The child gets the lower one, which is 3 where nothing else is open: then what is not its own lies above. */
	watch.sock = pair[1];
	child = (struct child){.plan = plan, .stdio = stdio, .sock = pair[0], .shares_memory = shares_memory};
	watch.init = start_child(plan, &child, cgroup, &watch.pidfd, err);
	close(pair[0]);
	if (watch.init < 0)
		return -1;
	fds_close_kept(plan);
	prepared = watch_begin(&watch, err);
	if (prepared == 0)
		prepared = suspend_watch(&watch, err);
	if (prepared == 0 && plan->report != NULL && cgroup->dirfd >= 0)
		prepared = look_at_members(cgroup, plan, watch.init, &told->seen, err);
	if (prepared == 0)
		prepared = help_from_outside(plan, &watch, network, err);
	result = supervise(&watch, prepared, err);
	if (look_back(plan, &watch, result < 0 ? &second : err) < 0)
		return -1;
	return result;
}

static int make_cgroup(
	const struct plan *plan, const char *parent, struct cgroup *cgroup, struct seen_values *seen, struct error *err)
{
	struct error second; /* the first error is the one to tell */

	if (cgroup_create(cgroup, parent, plan, err) < 0)
		return -1;
	if (plan->report == NULL || look_at_limits(cgroup, plan, seen, err) == 0)
		return 0;
	cgroup_remove(cgroup, 0, &second);
	return -1;
}

static int launch_and_wait(const struct plan *plan, const char *cgroup_parent, struct stdio *stdio,
	struct outcome *outcome, struct error *err)
{
	struct cgroup cgroup = {.dirfd = -1};
	struct network_open network = NETWORK_OPEN_NONE;
	_cleanup_(disk_start_close) struct disk_start disk = {0};
	struct told told = {0};
	const int64_t start = clock_monotonic_ns();
	bool shares_memory;
	int64_t ended;
	int result;

	*outcome = (struct outcome){.status = STATUS_LAUNCHER, .ended_by = ENDED_BY_LAUNCHER, .exit_code = -1};
	clock_gettime(CLOCK_REALTIME, &outcome->start);
	outcome->end = outcome->start;
	/* The environment may hold secrets, and the child's copy of us must not be looked into (CVE-2016-8659). */
	if (process_flags_hide(plan->report != NULL, err) < 0)
		return error_context(err, "launch");
	if (rlimits_raise_nofile(err) < 0 || start_prepare(plan, err) < 0 || stdio_begin(stdio, plan, err) < 0 ||
		fds_prepare(err) < 0)
		return -1;
	/* While a signal can still end us: these are questions to file systems. */
	shares_memory = cgroup_parent == NULL && shared_fits(plan, stdio);
	if (disk_check(plan, cgroup_parent != NULL, &disk, outcome, err) < 0)
		return -1;
	if (signals_block_all(err) < 0)
		return -1;
	seen_none(&told.seen);
	if (plan->report != NULL)
		look_outside();
	if (cgroup_parent != NULL && make_cgroup(plan, cgroup_parent, &cgroup, &told.seen, err) < 0)
		return -1;
	result = run(plan, stdio, &cgroup, shares_memory, &disk, &network, &told, outcome, err);
	ended = clock_monotonic_ns();
	outcome->duration_ns = ended - (told.going ? told.went_ns : start);
	network_open_finish(&network, plan, outcome);
	teardown(&cgroup, told.pidns, outcome);
	outcome->teardown_ns = clock_monotonic_ns() - ended;
	clock_gettime(CLOCK_REALTIME, &outcome->end);
	if (result == 0 && told.failed) {
		*err = told.failure.error;
		outcome->status = told.failure.status;
		outcome->ended_by = ENDED_BY_LAUNCHER;
		return -1;
	}
	if (result == 0 && start_is_awaited(plan, &told) && (told.starting || told.withdrawn != 0))
		result = start_withdrawn(&told, err);
	if (result == 0 && !told.starting)
		result = error_set(err, 0, "set-up: the sandbox was killed before the command started");
	if (result < 0) {
		outcome->ended_by = ENDED_BY_LAUNCHER;
		if (told.withdrawn != 0 && plan->start_fd == 0) {
			outcome->ended_by = ENDED_BY_CANCEL;
			outcome->status = 128 + told.withdrawn;
		}
		return -1;
	}
	conclude(plan, &told, outcome);
	if (plan->report != NULL)
		protections_report(plan, cgroup_parent != NULL, &told.seen, outcome);
	return 0;
}

/* Whichever step it was: none has a weaker way to fall back on. */
static int explain_errno(struct error *err)
{
	static const struct {
		int errnum;
		const char *hint;
	} remedies[] = {
		{ENOSYS, "a kernel of 5.14 or later has it; in a container, a seccomp filter around us may hide it: "
			 "`cofferdam doctor` names what is missing"},
		{EMFILE, "the caller may open too few files: raise `ulimit -n`"},
		{ENFILE, "this machine has no room for more open files: sysctl fs.file-max"},
		{EAGAIN, "this user, or the cgroup around us, may have no more processes: `ulimit -u`, pids.max"},
	};

	for (size_t i = 0; i < sizeof remedies / sizeof remedies[0] && err->hint[0] == '\0'; i++)
		if (remedies[i].errnum == err->errnum)
			error_hint_text(err, "%s", remedies[i].hint);
	return -1;
}

int launch(const struct plan *plan, const char *cgroup_parent, struct outcome *outcome, struct error *err)
{
	struct stdio stdio = {0};
	int result = launch_and_wait(plan, cgroup_parent, &stdio, outcome, err);

	stdio_end(&stdio, outcome);
	return result < 0 ? explain_errno(err) : result;
}
