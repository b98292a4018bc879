#include "sandbox/root/proc.h"

#include "common/io.h"
#include "sandbox/files/leave.h"
#include "sandbox/root/mount_api.h"
#include "sandbox/root/proc_masks.h"
#include "sandbox/root/target.h"
#include "sandbox/root/ucounts.h"

#include <errno.h>
#include <stddef.h>
#include <unistd.h>

static int write_values(int proc, const struct proc_value *values, size_t n, struct error *err)
{
	for (size_t i = 0; i < n; i++)
		if (write_file_at(proc, values[i].path, values[i].text) < 0 && errno != ENOENT)
			return error_set(err, errno, "write %s to /proc/%s", values[i].text, values[i].path);
	return 0;
}

int proc_mount(int rootfd, struct mask *mask, const struct proc_value *values, size_t n_values, struct error *err)
{
	static const char *const options[] = {NULL};
	_cleanup_(leave_fd) int proc = mount_fresh("proc", options, true, err);

	if (proc < 0) {
		if (err->errnum == EPERM)
			error_hint(err,
				"the outer /proc is partly masked, as in a container: its runtime must unmask it (docker run --security-opt systempaths=unconfined)");
		return -1;
	}
	if (target_attach(rootfd, "/proc", proc, err) < 0 || ucounts_limit(proc, err) < 0 ||
		write_values(proc, values, n_values, err) < 0)
		return -1;
	if (fchdir(proc) < 0)
		return error_set(err, errno, "/proc");
	return proc_masks_apply(proc, mask, err);
}
