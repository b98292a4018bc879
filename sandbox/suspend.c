#include "sandbox/suspend.h"

#include "common/clock.h"
#include "sandbox/cgroup/cgroup.h"
#include "sandbox/disk/freeze.h"

#include <signal.h>

#define STOP_LIMIT_NS (2 * NS_PER_S) /* what does not stand still by then is on its way */

/* The process that counts would let go on what it has stopped itself: it comes first. It may hold the job still at that
 * moment, and lets it go on afterwards. */
static void stop_processes(struct freeze *still, const struct disk_watch *disk)
{
	if (disk->counter > 0)
		kill(disk->counter, SIGSTOP);
	freeze_begin(still, STOP_LIMIT_NS);
}

static void continue_processes(struct freeze *still, const struct disk_watch *disk)
{
	freeze_end(still);
	if (disk->counter > 0)
		kill(disk->counter, SIGCONT);
}

int suspend(struct watch *watch, struct terminal *terminal, const struct disk_watch *disk, bool at_terminal,
	struct error *err)
{
	const bool in_cgroup = watch->cgroup->dirfd >= 0;
	/* Who makes the sandbox does not die with the launcher yet: stopped, it could outlive it for ever. */
	const bool has_job = watch->received->starting;
	struct freeze still = {.init = watch->init};

	if (has_job && in_cgroup && cgroup_freeze(watch->cgroup, true, err) < 0)
		return -1;
	if (has_job && !in_cgroup)
		stop_processes(&still, disk);
	terminal_stop(terminal, watch, at_terminal);
	if (has_job && !in_cgroup)
		continue_processes(&still, disk);
	return has_job && in_cgroup && !disk->held ? cgroup_freeze(watch->cgroup, false, err) : 0;
}
