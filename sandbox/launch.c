#include "sandbox/launch.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "common/status.h"
#include "policy/expectation.h"
#include "policy/seccomp/prebuilt.h"
#include "sandbox/broker.h"
#include "sandbox/cgroup/cgroup.h"
#include "sandbox/cgroup/helpers.h"
#include "sandbox/child.h"
#include "sandbox/conclude.h"
#include "sandbox/disk/disk.h"
#include "sandbox/files/mount_points.h"
#include "sandbox/identity/idmap.h"
#include "sandbox/identity/ownership.h"
#include "sandbox/network/open.h"
#include "sandbox/process/fds.h"
#include "sandbox/process/flags.h"
#include "sandbox/process/rlimits.h"
#include "sandbox/process/signals.h"
#include "sandbox/process/stdio.h"
#include "sandbox/process/syscalls.h"
#include "sandbox/process/title.h"
#include "sandbox/process/wait.h"
#include "sandbox/protections.h"
#include "sandbox/root/changes.h"
#include "sandbox/root/etc.h"
#include "sandbox/root/layer_dir.h"
#include "sandbox/root/mirror_store.h"
#include "sandbox/root/scratch.h"
#include "sandbox/shared.h"
#include "sandbox/start.h"
#include "sandbox/supervise.h"
#include "sandbox/teardown.h"
#include "sandbox/verify/inspect.h"

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
			return error_hint(err,
				"the launcher's cgroup and the new one have no common ancestor delegated to this user");
		return -1;
	case EPERM:
	case ENOSYS:
		return error_hint(err, "user namespaces are refused here; `cofferdam doctor` names the cause");
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
	const struct layers_given *given;
	int sock; /* its end */
	bool in_leaf;
	bool shares_memory;
};

static int run_child(void *data)
{
	const struct child *child = data;

	child_run(child->plan, child->stdio, child->given, child->in_leaf, child->sock);
}

/* CLONE_NEWCGROUP is not among the flags: the namespace would be rooted at our cgroup instead of the leaf. The child
 * unshares it when it is there. */
static pid_t start_child(
	const struct plan *plan, struct child *child, const struct cgroup *cgroup, int *pidfd, struct error *err)
{
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
		pid = shared_clone(run_child, shared_stack_end(SHARED_CHILD), (unsigned)args.flags, child, pidfd);
		shared_stacks_drop(); /* the command's too, which the child started */
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
	const int sig = wait_unless_ended(watch->sock, POLLIN, HELP_LIMIT_NS, err);
	struct message message;

	if (sig < 0)
		return error_context(err, "set-up: the sandbox has not begun");
	if (sig > 0) {
		watch->received->withdrawn = sig;
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
static int help_from_outside(const struct plan *plan, const struct watch *watch, struct ownership *ownership,
	struct network_open *network, struct error *err)
{
	_cleanup_(close_fd) int netns = -1;

	if (!plan_needs_help(plan))
		return 0;
	if (await_child(watch, &netns, err) < 0)
		return -1;
	if (plan->identity.kind == PLAN_IDENTITY_SUBUID &&
		(idmap_write(watch->init, &plan->identity.uids, &plan->identity.gids, err) < 0 ||
			ownership_lend(&plan->root, ownership, watch->init, watch->helpers,
				&watch->outcome->ownership_kept, err) < 0))
		return -1;
	if (plan->network == PLAN_NETWORK_OPEN && network_open_start(network, take_fd(&netns), &plan->egress, err) < 0)
		return -1;
	message_send(watch->sock, &(struct message){.kind = MESSAGE_GO});
	return 0;
}

/* Said at the end, and in the report. */
static void ownership_kept(struct outcome *outcome, const struct error *why)
{
	outcome_add_residue(outcome, strdup(why->text));
	outcome->ownership_error = format("%s (%s)", why->text, why->hint);
}

/* What is stored on disk, for the limit, or for the report alone where that has a layer there to tell of. */
static bool counts_disk(const struct plan *plan)
{
	return disk_is_watched(&plan->root, plan->limits.disk) ||
	       (plan->root.layer == PLAN_LAYER_DISK && plan->report != NULL);
}

/* At what the sandbox has left, before the last descriptor of it goes, and its layer on disk with it. `result` is how
 * it went so far. A frame of its own: what lies on the stack while the command runs is memory for as long. */
__attribute__((noinline)) static int inspect_end(const struct plan *plan, const struct supervision *job,
	struct layer_dir *layer, const struct ownership *ownership, int result, struct error *err)
{
	const struct watch *watch = &job->watch;
	struct outcome *outcome = watch->outcome;
	struct error why, second; /* the first error is the one to tell */

	if (plan->workspace == NULL && watch->pinned[PINNED_SCRATCH] >= 0)
		scratch_measure(watch->pinned[PINNED_SCRATCH], etc_stored(&plan->etc) + broker_stored(&plan->root),
			plan->root.layer == PLAN_LAYER_DISK && counts_disk(plan), outcome);
	broker_counted(watch->pinned[PINNED_SUDO], outcome);
	if (counts_disk(plan) && watch->pinned[PINNED_USERNS] >= 0 &&
		disk_measure(job->disk.start, watch, plan->limits.grace_ns, result < 0 ? &second : err) < 0)
		result = -1;
	if (ownership_return(&plan->root, ownership, plan->limits.grace_ns, watch->helpers, &why) < 0)
		ownership_kept(outcome, &why);
	if (plan->changes != NULL && watch->received->starting &&
		changes_list(&plan->root, plan->limits.grace_ns, watch->pinned, layer->fd, watch->helpers, outcome,
			&why) < 0)
		outcome->changes.cut = strdup(why.text);
	if (plan->root.layer == PLAN_LAYER_DISK)
		layer_dir_remove(layer, watch->pinned[PINNED_USERNS], watch->helpers, plan->limits.grace_ns, outcome);
	return result;
}

static int run(const struct plan *plan, struct stdio *stdio, struct cgroup *cgroup, const struct cgroup *helpers,
	bool shares_memory, const struct layers_given *given, struct layer_dir *layer, const struct disk_start *disk,
	struct ownership *ownership, struct network_open *network, struct received *received, struct outcome *outcome,
	struct error *err)
{
	_cleanup_(supervise_end) struct supervision job = {.plan = plan,
		.watch.cgroup = cgroup,
		.watch.helpers = helpers,
		.watch.outcome = outcome,
		.watch.received = received,
		.watch.pidfd = -1,
		.watch.sock = -1,
		.watch.timer = -1,
		.watch.signals = -1,
		.watch.pinned = {-1, -1, -1, -1},
		.disk.start = disk,
		.disk.pipe = -1,
		.stdio = stdio};
	struct watch *watch = &job.watch;
	struct child child;
	int pair[2], prepared;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_set(err, errno, "launch: a socket to the sandbox");
	/* The child gets the lower one, which is 3 where nothing else is open: then what is not its own lies above. */
	watch->sock = pair[1];
	child = (struct child){.plan = plan,
		.stdio = stdio,
		.given = given,
		.sock = pair[0],
		.in_leaf = cgroup->dirfd >= 0,
		.shares_memory = shares_memory};
	watch->init = start_child(plan, &child, cgroup, &watch->pidfd, err);
	close(pair[0]);
	if (watch->init < 0)
		return -1;
	fds_close_kept(&plan->fds);
	prepared = supervise_begin(&job, err);
	if (prepared == 0 && plan->report != NULL && cgroup->dirfd >= 0)
		prepared = inspect_members(cgroup, watch->init, watch->pidfd, &received->seen, err);
	if (prepared == 0)
		prepared = help_from_outside(plan, watch, ownership, network, err);
	return inspect_end(plan, &job, layer, ownership, supervise(&job, prepared, err), err);
}

/* Whether there will be processes that work for the job from outside. */
static bool helpers_are_due(const struct plan *plan)
{
	return plan->network == PLAN_NETWORK_OPEN || plan->changes != NULL || plan->root.layer == PLAN_LAYER_DISK ||
	       plan->root.owner != 0 || disk_is_watched(&plan->root, plan->limits.disk);
}

static int make_cgroups(const struct plan *plan, const char *parent, struct cgroup *cgroup, struct cgroup *helpers,
	struct seen_values *seen, struct error *err)
{
	struct error second; /* the first error is the one to tell */

	if (cgroup_create(cgroup, parent, plan->id, &plan->limits, plan->degraded, err) < 0)
		return -1;
	if ((plan->report == NULL || inspect_limits(cgroup, seen, err) == 0) &&
		(!helpers_are_due(plan) ||
			helpers_create(helpers, parent, plan->id, &plan->limits, plan->degraded, err) == 0))
		return 0;
	cgroup_remove(cgroup, 0, &second);
	return -1;
}

/* Whether the set-up may share the launcher's memory, which sleeps meanwhile and hears neither a signal nor its time
 * limit. So nothing may be wanted of it from outside, it may not have to say when the command starts, it may have no
 * terminal to serve, and nothing may take long. And it may be in no cgroup, which can have a memory limit: the set-up
 * that is killed for it would take the launcher along. */
static bool may_share_memory(
	const struct plan *plan, const struct stdio *stdio, const struct mirror_store *mirrors, bool in_cgroup)
{
	if (in_cgroup || plan_needs_help(plan) || plan->fds.start != 0 || plan_pty_fds(plan) != 0)
		return false;
	/* Between the filter and the end of the command's process, should execve(2) fail, a call that is denied would
	 * wait for the launcher, and execve(2) itself where calls are watched. Of the shipped policies the build has
	 * seen that none denies one of those. */
	if (plan->explain_all)
		return false;
	if (plan_explains(plan) && seccomp_prebuilt_find(plan->seccomp) == NULL)
		return false;
	return shared_fits(&plan->root, mirrors->complete, stdio);
}

/* A frame of its own, like that of inspect_end(). */
__attribute__((noinline)) static void begin_inspection(const struct plan *plan)
{
	const struct expectation expected = plan_expectation(plan);

	inspect_outside(&expected);
}

/* Only a report has times in it, and the first look at a clock costs page faults. */
static int64_t clock_for_report(const struct plan *plan, struct timespec *date)
{
	if (plan->report == NULL)
		return 0;
	clock_gettime(CLOCK_REALTIME, date);
	return clock_monotonic_ns();
}

static int launch_and_wait(const struct plan *plan, const char *cgroup_parent, struct stdio *stdio,
	struct outcome *outcome, struct error *err)
{
	struct cgroup cgroup = {.dirfd = -1}, helpers = cgroup;
	struct network_open network = NETWORK_OPEN_NONE(&helpers);
	_cleanup_(mirror_store_close) struct mirror_store mirrors = MIRROR_STORE_NONE;
	_cleanup_(layer_dir_close) struct layer_dir layer = LAYER_DIR_NONE;
	_cleanup_(disk_start_close) struct disk_start disk = {.closed_command = plan_command_is_closed(plan)};
	_cleanup_(ownership_end) struct ownership ownership = OWNERSHIP_NONE;
	_cleanup_(mount_points_end) struct mount_points points = {0};
	const struct layers_given given = {&mirrors, &layer};
	struct received received = {0};
	bool shares_memory;
	int64_t start, ended;
	int result;

	*outcome = (struct outcome){.status = STATUS_LAUNCHER, .ended_by = ENDED_BY_LAUNCHER, .exit_code = -1};
	outcome->denials.record = (int)plan->fds.denials;
	start = clock_for_report(plan, &outcome->start);
	outcome->end = outcome->start;
	/* The environment may hold secrets, and the child's copy of us must not be looked into (CVE-2016-8659). */
	if (process_flags_hide(plan->report != NULL, err) < 0)
		return error_context(err, "launch");
	if (rlimits_raise_nofile(err) < 0 || start_prepare(plan, err) < 0 ||
		stdio_begin(stdio, &plan->fds, false, plan->landlock.no_tcp ? plan->landlock.abi : 0, err) < 0 ||
		fds_prepare(err) < 0)
		return -1;
	/* While a signal can still end us: these are questions to file systems. */
	mirror_store_open(&plan->root, &mirrors);
	shares_memory = may_share_memory(plan, stdio, &mirrors, cgroup_parent != NULL);
	if ((plan->root.layer == PLAN_LAYER_DISK && layer_dir_make(&plan->root, plan->id, &layer, err) < 0) ||
		disk_check(&plan->root, plan->workspace, plan->limits.disk, cgroup_parent != NULL, layer.fd,
			&layer.made, &disk, outcome, err) < 0 ||
		ownership_begin(&plan->root, &ownership, err) < 0)
		return -1;
	signals_note_ignored();
	if (signals_block_all(err) < 0)
		return -1;
	/* From here on we are not ended by a signal before they are removed. */
	mount_points_make(&plan->root, &points);
	seen_none(&received.seen);
	if (plan->report != NULL)
		begin_inspection(plan);
	if (cgroup_parent != NULL && make_cgroups(plan, cgroup_parent, &cgroup, &helpers, &received.seen, err) < 0)
		return -1;
	result = run(plan, stdio, &cgroup, &helpers, shares_memory, &given, &layer, &disk, &ownership, &network,
		&received, outcome, err);
	ended = clock_for_report(plan, &outcome->end);
	outcome->duration_ns = ended - (received.going ? received.went_ns : start);
	network_open_finish(&network, plan->report != NULL || !plan->quiet ? plan->egress.nft : NULL, outcome);
	helpers_remove(&helpers, outcome);
	teardown(&cgroup, received.pidns, outcome);
	outcome->teardown_ns = clock_for_report(plan, &outcome->end) - ended;
	if (result == 0 && received.failed) {
		*err = received.failure.error;
		outcome->status = received.failure.status;
		outcome->ended_by = ENDED_BY_LAUNCHER;
		return -1;
	}
	if (result == 0 && start_is_awaited(plan, &received) && (received.starting || received.withdrawn != 0))
		result = start_withdrawn(&received, err);
	if (result == 0 && !received.starting)
		result = error_set(err, 0, "set-up: the sandbox was killed before the command started");
	if (result < 0) {
		outcome->ended_by = ENDED_BY_LAUNCHER;
		if (received.withdrawn != 0 && plan->fds.start == 0) {
			outcome->ended_by = ENDED_BY_CANCEL;
			outcome->status = 128 + received.withdrawn;
		}
		return -1;
	}
	conclude(&plan->limits, &received, outcome);
	if (plan->report != NULL)
		protections_report(plan, cgroup_parent != NULL, &received.seen, outcome);
	return 0;
}

/* Whichever step it was: none has a weaker way to fall back on. */
static int explain_errno(struct error *err)
{
	static const struct {
		int errnum;
		const char *hint;
	} remedies[] = {
		{ENOSYS,
			"it requires Linux 5.14 or later; in a container, an outer seccomp filter may block it: `cofferdam doctor` names what is missing"},
		{EAGAIN, "this user, or an outer cgroup, has reached its process limit: `ulimit -u`, pids.max"},
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
