#include "sandbox/proc.h"

#include "common/cleanup.h"
#include "sandbox/mask.h"
#include "sandbox/mount_api.h"
#include "sandbox/target.h"
#include "sandbox/ucounts.h"

#include <errno.h>
#include <stddef.h>

/* The masks of the OCI default configuration, and what later kernels added to the machine's side of /proc. Most of it
 * is root's already: the mask is the second line. */
static const char *const hidden[] = {
	"/proc/acpi",
	"/proc/asound",
	"/proc/config.gz",
	"/proc/kallsyms",
	"/proc/kcore",
	"/proc/key-users",
	"/proc/keys",
	"/proc/kmsg",
	"/proc/kpagecgroup",
	"/proc/kpagecount",
	"/proc/kpageflags",
	"/proc/latency_stats",
	"/proc/modules",
	"/proc/sched_debug",
	"/proc/scsi",
	"/proc/slabinfo",
	"/proc/sysvipc",
	"/proc/timer_list",
	"/proc/timer_stats",
	"/proc/vmallocinfo",
};

static const char *const readonly[] = {
	"/proc/bus",
	"/proc/driver",
	"/proc/fs",
	"/proc/irq",
	"/proc/sys",
	"/proc/sysrq-trigger",
};

int proc_mount(int rootfd, struct error *err)
{
	static const char *const options[] = {NULL};
	_cleanup_(close_fd) int at = target_make(rootfd, "/proc", true, err);
	_cleanup_(close_fd) int proc = -1;

	if (at < 0)
		return -1;
	proc = mount_fresh("proc", options, true, err);
	if (proc < 0) {
		if (err->errnum == EPERM)
			error_hint(err,
				"the /proc around us is partly masked, as in a container: its runtime must unmask it "
				"(docker run --security-opt systempaths=unconfined)");
		return -1;
	}
	if (mount_attach(proc, at, "/proc", err) < 0 || ucounts_limit(proc, err) < 0)
		return -1;
	for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++)
		if (mask_path(rootfd, hidden[i], err) < 0)
			return -1;
	for (size_t i = 0; i < sizeof readonly / sizeof readonly[0]; i++)
		if (mask_readonly(rootfd, readonly[i], err) < 0)
			return -1;
	return 0;
}
