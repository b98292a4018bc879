#include "sandbox/child.h"

#include "common/cleanup.h"
#include "common/status.h"
#include "sandbox/caps.h"
#include "sandbox/dev.h"
#include "sandbox/fds.h"
#include "sandbox/idmap.h"
#include "sandbox/init.h"
#include "sandbox/kept.h"
#include "sandbox/keyring.h"
#include "sandbox/layers.h"
#include "sandbox/mask.h"
#include "sandbox/message.h"
#include "sandbox/mounts.h"
#include "sandbox/network.h"
#include "sandbox/proc.h"
#include "sandbox/process_flags.h"
#include "sandbox/resolv_conf.h"
#include "sandbox/root.h"
#include "sandbox/userns.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
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
		return error_set(err, 0, "the launcher is gone");
	return 0;
}

static int layered_root(
	const struct plan *plan, const struct layers *layers, const struct mount_source *sources, struct error *err)
{
	_cleanup_(close_fd) int skeleton = -1;

	if (plan->root == PLAN_ROOT_OVERLAY) {
		skeleton = layers_skeleton(layers, err);
		if (skeleton < 0 || mounts_prepare(plan, sources, skeleton, err) < 0)
			return -1;
	}
	return layers_root(plan, layers, skeleton, err);
}

static int build_root(const struct plan *plan, int sock, struct error *err)
{
	_cleanup_(freep) struct mount_source *sources = calloc(plan->n_mounts + 1, sizeof *sources);
	_cleanup_(layers_end) struct layers layers = LAYERS_NONE;
	_cleanup_(mask_end) struct mask mask = MASK_OVER(-1);
	_cleanup_(close_fd) int root = -1;

	if (sources == NULL)
		return error_set(err, ENOMEM, "mount table");
	umask(0); /* the modes below are meant */
	if (layers_begin(plan, &layers, err) < 0 || kept_send(plan, &layers, sock, err) < 0 ||
		mounts_open(plan, &layers, sources, err) < 0)
		return -1;
	mask.scratch = layers.scratch;
	root = plan_has_layer(plan) ? layered_root(plan, &layers, sources, err) : root_fresh(layers.scratch, err);
	if (root < 0 || root_attach(root, err) < 0 || mounts_attach(plan, sources, &mask, root, err) < 0 ||
		proc_mount(root, &mask, err) < 0 || dev_mount(root, layers.scratch, err) < 0 ||
		resolv_conf_cover(root, plan, err) < 0)
		return -1;
	return root_enter(root, plan_has_layer(plan), err);
}

/* Until the launcher has done what cannot be done from in here. Nothing has been opened or mounted yet. It gets our
 * network namespace, where it has something to do there. */
static int wait_for_help(const struct plan *plan, int sock, struct error *err)
{
	const struct message waiting = {.kind = MESSAGE_WAITING};
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
	return error_set(err, 0, "the launcher is gone");
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

static int set_up(const struct plan *plan, const struct stdio *stdio, int sock, struct error *err)
{
	/* The files below /proc/self are root's while we are not dumpable, and the maps could not be written. There is
	 * nobody in the namespace yet. */
	if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0)
		return error_set(err, errno, "set-up: PR_SET_DUMPABLE");
	if (plan->identity == PLAN_IDENTITY_SINGLE && userns_map_single(plan->uid, plan->gid, err) < 0)
		return -1;
	if (plan_needs_help(plan) && wait_for_help(plan, sock, err) < 0)
		return -1;
	if (plan->identity == PLAN_IDENTITY_SUBUID && idmap_become_root(err) < 0)
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
	if (root_isolate(err) < 0 || stdio_detach(stdio, sock, err) < 0 || build_root(plan, sock, err) < 0)
		return -1;
	if (sethostname(plan->hostname, strlen(plan->hostname)) < 0)
		return error_set(err, errno, "hostname %s", plan->hostname);
	if (caps_reduce(plan->capabilities, err) < 0)
		return -1;
	return die_with_launcher(plan, sock, err);
}

void child_run(const struct plan *plan, const struct stdio *stdio, int sock)
{
	struct message failed = {.kind = MESSAGE_FAILED, .status = STATUS_LAUNCHER};

	if (fds_close_others(plan, &sock, 1, &failed.error) == 0 && set_up(plan, stdio, sock, &failed.error) == 0)
		init_run(plan, sock, &failed.error);
	message_send(sock, &failed);
	_exit(failed.status);
}
