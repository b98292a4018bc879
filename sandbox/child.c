#include "sandbox/child.h"

#include "common/cleanup.h"
#include "common/status.h"
#include "sandbox/broker.h"
#include "sandbox/files/leave.h"
#include "sandbox/identity/caps.h"
#include "sandbox/identity/idmap.h"
#include "sandbox/identity/userns.h"
#include "sandbox/init.h"
#include "sandbox/network/groups.h"
#include "sandbox/network/network.h"
#include "sandbox/payload.h"
#include "sandbox/pinned.h"
#include "sandbox/process/fds.h"
#include "sandbox/process/flags.h"
#include "sandbox/process/keyring.h"
#include "sandbox/process/title.h"
#include "sandbox/root/cgroupfs.h"
#include "sandbox/root/dev.h"
#include "sandbox/root/etc.h"
#include "sandbox/root/layers.h"
#include "sandbox/root/mask.h"
#include "sandbox/root/mounts.h"
#include "sandbox/root/proc.h"
#include "sandbox/root/root.h"
#include "sandbox/root/stdio_detach.h"
#include "sandbox/shared.h"
#include "sandbox/watch/message.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* The launcher's death is ours. It may have died before the first line took effect: then the socket says so. */
static int die_with_launcher(const struct plan *plan, int sock, struct error *err)
{
	struct pollfd peer = {.fd = sock, .events = POLLIN};

	if (process_flags_die_with_parent(plan->report != NULL, err) < 0)
		return error_context(err, "set-up");
	if (poll(&peer, 1, 0) < 0 || (peer.revents & (POLLHUP | POLLERR)) != 0)
		return error_set(err, 0, "the launcher has exited");
	return 0;
}

static int layered_root(const struct plan_root *root, const struct layers *layers, const struct mount_source *sources,
	struct error *err)
{
	_cleanup_(close_fd) int skeleton = -1;

	if (root->kind == PLAN_ROOT_OVERLAY) {
		skeleton = layers_skeleton(root, layers, err);
		if (skeleton < 0 || mounts_prepare(root, sources, skeleton, err) < 0)
			return -1;
	}
	return layers_root(root, layers, skeleton, err);
}

/* Of a network namespace of our own: every group may use ping sockets (ping_group_range; icmp(7)), and every port may
 * be listened on, which is for capabilities otherwise that no job has over its network. */
static int mount_proc(const struct plan *plan, int root, struct mask *mask, struct error *err)
{
	const struct plan_identity *identity = &plan->identity;
	const bool single = identity->kind == PLAN_IDENTITY_SINGLE;
	struct proc_value values[] = {
		{"sys/net/ipv4/ip_unprivileged_port_start", "0"}, {"sys/net/ipv4/ping_group_range", ""}};

	snprintf(values[1].text, sizeof values[1].text, "%u %u", single ? identity->gid : 0,
		single ? identity->gid : IDMAP_IDS - 1);
	return proc_mount(root, mask, values, plan->network == PLAN_NETWORK_HOST ? 0 : 2, err);
}

static int make_root(const struct plan *plan, const struct layers_given *given, bool in_leaf, int sock,
	struct broker *broker, struct error *err)
{
	_cleanup_(freep) struct mount_source *sources = calloc(plan->root.n_mounts + 1, sizeof *sources);
	_cleanup_(layers_end) struct layers layers = LAYERS_NONE;
	_cleanup_(mask_end) struct mask mask = MASK_OVER(-1);
	_cleanup_(leave_fd) int root = -1;

	if (sources == NULL)
		return error_set(err, ENOMEM, "mount table");
	if (layers_begin(&plan->root, plan->limits.disk, given, &plan->etc, &layers, err) < 0 ||
		(plan_keeps_scratch(plan) && pinned_send(&layers, sock, err) < 0) ||
		mounts_open(&plan->root, &layers, sources, err) < 0)
		return -1;
	mask.scratch = layers.scratch;
	root = plan_has_layer(&plan->root) ? layered_root(&plan->root, &layers, sources, err)
					   : root_fresh(layers.scratch, err);
	if (root < 0 || root_attach(root, err) < 0 || mounts_attach(&plan->root, sources, &mask, root, err) < 0 ||
		(in_leaf && cgroupfs_mount(root, &plan->root, err) < 0) || mount_proc(plan, root, &mask, err) < 0 ||
		dev_mount(root, layers.scratch, plan->granted, plan->n_granted, err) < 0 ||
		(plan->etc.place == ETC_OVER && etc_cover(root, layers.scratch, &plan->etc, err) < 0) ||
		broker_show(broker, root, layers.scratch, err) < 0)
		return -1;
	return root_enter(root, plan_has_layer(&plan->root), err);
}

/* The modes there are meant. The command has the caller's umask. */
static int build_root(const struct plan *plan, const struct layers_given *given, bool in_leaf, int sock,
	struct broker *broker, struct error *err)
{
	const mode_t callers = umask(0);
	const int result = make_root(plan, given, in_leaf, sock, broker, err);
	const int spared[] = {sock, broker->listener, broker->counter};

	umask(callers);
	return result < 0 ? -1 : fds_close_others(&plan->fds, spared, 3, err);
}

/* Until the launcher has done what cannot be done from in here. Nothing has been opened or mounted yet. It gets our
 * network namespace, where it has something to do there. */
static int wait_for_help(const struct plan *plan, int sock, struct error *err)
{
	static const struct message waiting = {.kind = MESSAGE_WAITING};
	struct message go;
	int fd;

	if (plan->network == PLAN_NETWORK_OPEN) {
		_cleanup_(close_fd) int netns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

		if (netns < 0)
			return error_set(err, errno, "network: /proc/self/ns/net");
		if (message_send_fd(sock, &waiting, netns) < 0)
			return error_set(err, errno, "network: hand the namespace over");
	} else {
		message_send(sock, &waiting);
	}
	if (message_receive(sock, &go, &fd) == 1 && go.kind == MESSAGE_GO)
		return 0;
	return error_set(err, 0, "the launcher has exited");
}

/* The launcher looks for processes that are left in it where the report is to say so. */
static int tell_pid_namespace(const struct plan *plan, int sock, struct error *err)
{
	struct message ready = {.kind = MESSAGE_READY};
	struct stat st;

	if (plan->report == NULL)
		return 0;
	if (stat("/proc/self/ns/pid", &st) < 0)
		return error_set(err, errno, "/proc/self/ns/pid");
	ready.pidns = st.st_ino;
	message_send(sock, &ready);
	return 0;
}

static int set_up(const struct plan *plan, const struct stdio *stdio, const struct layers_given *given, bool in_leaf,
	int sock, struct broker *broker, struct error *err)
{
	/* The files below /proc/self are root's while we are not dumpable, and the maps could not be written. There is
	 * nobody in the namespace yet. */
	if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0)
		return error_set(err, errno, "set-up: PR_SET_DUMPABLE");
	if (plan->identity.kind == PLAN_IDENTITY_SINGLE &&
		userns_map_single(plan->identity.uid, plan->identity.gid, err) < 0)
		return -1;
	if (plan_needs_help(plan) && wait_for_help(plan, sock, err) < 0)
		return -1;
	if (plan->identity.kind == PLAN_IDENTITY_SUBUID && idmap_become_root(err) < 0)
		return -1;
	if (tell_pid_namespace(plan, sock, err) < 0)
		return -1;
	/* From here to the command's exec nobody may look into this copy of the launcher (CVE-2016-8659), nor, as long
	 * as it is PID 1, reach the binary through /proc/1/exe (CVE-2019-5736). */
	if (process_flags_hide(plan->report != NULL, err) < 0)
		return error_context(err, "set-up");
	if (keyring_leave(err) < 0)
		return -1;
	if (unshare(CLONE_NEWCGROUP) < 0)
		return error_set(err, errno, "cgroup namespace: unshare");
	if (plan->network != PLAN_NETWORK_HOST && network_loopback_up(err) < 0)
		return -1;
	if (plan->network == PLAN_NETWORK_OPEN && network_groups_inside(err) < 0)
		return -1;
	if (root_isolate(err) < 0 || stdio_detach(stdio, sock, err) < 0 ||
		broker_begin(&plan->root, sock, broker, err) < 0 ||
		build_root(plan, given, in_leaf, sock, broker, err) < 0)
		return -1;
	if (sethostname(plan->hostname, strlen(plan->hostname)) < 0)
		return error_set(err, errno, "hostname %s", plan->hostname);
	if (caps_reduce(plan->identity.capabilities, err) < 0)
		return -1;
	return die_with_launcher(plan, sock, err);
}

struct command {
	const struct plan *plan;
	const struct broker *broker;
	int sock;
	struct message failed; /* as soon as its kind says so */
};

static int run_command(void *data)
{
	struct command *command = data;

	payload_run(command->plan, command->broker, command->sock, &command->failed);
}

static char **copy(char *const *argv)
{
	size_t n = 0;
	char **copied;

	while (argv[n] != NULL)
		n++;
	copied = calloc(n + 1, sizeof *copied);
	for (size_t i = 0; copied != NULL && i < n; i++)
		if ((copied[i] = strdup(argv[i])) == NULL)
			return NULL;
	return copied;
}

/* Starts the command and becomes PID 1's program. Returns only when nothing could be started, and `failed`, whose kind
 * and status are set for a failure of the launcher's, says why. What the command's process came to say is in it too,
 * for a filter may keep that from saying it over `sock`, and from ending as it wants. A frame of its own: the set-up
 * needs the stack before. */
__attribute__((noinline)) static int start_command(
	const struct plan *plan, const struct broker *broker, int sock, struct message *failed)
{
	struct error *err = &failed->error;
	struct plan for_command = *plan;
	struct command command = {.plan = &for_command, .broker = broker, .sock = sock};
	_cleanup_(close_fd) int image = -1;
	pid_t pid;

	if (setsid() < 0)
		return error_set(err, errno, "init: session");
	/* Before there is anybody who could read the launcher's command line in ours, of which the command's is a part.
	 */
	for_command.command.argv = copy(plan->command.argv);
	if (for_command.command.argv == NULL)
		return error_set(err, ENOMEM, "init");
	image = init_open(err);
	if (image < 0)
		return -1;
	/* Until the exec below it is the launcher's command line that the command could read. */
	if (plan->fds.start == 0)
		title_cover(INIT_NAME);
	else
		title_set(INIT_NAME); /* it waits for long, and whoever looks sees what it will be */
	pid = plan->fds.start == 0 ? shared_clone(run_command, shared_stack_end(SHARED_COMMAND), 0, &command, NULL)
				   : shared_clone_waiting(run_command, shared_stack_end(SHARED_COMMAND), &command);
	if (pid < 0)
		return error_set(err, errno, "init: clone");
	/* It has informed the launcher, if its filter let it; what it died of says nothing of the command. */
	if (command.failed.kind == MESSAGE_FAILED) {
		*failed = command.failed;
		return -1;
	}
	return init_become(image, sock, pid, broker_is_wanted(&plan->root) ? BROKER_PID : 0,
		plan->identity.capabilities != 0, err);
}

void child_run(
	const struct plan *plan, const struct stdio *stdio, const struct layers_given *given, bool in_leaf, int sock)
{
	struct message failed = {.kind = MESSAGE_FAILED, .status = STATUS_LAUNCHER};
	struct broker broker = BROKER_NONE;

	if (fds_close_others(&plan->fds, &sock, 1, &failed.error) == 0 &&
		set_up(plan, stdio, given, in_leaf, sock, &broker, &failed.error) == 0)
		start_command(plan, &broker, sock, &failed);
	message_send(sock, &failed);
	_exit(failed.status);
}
