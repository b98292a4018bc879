#include "sandbox/root/ucounts.h"

#include "common/io.h"

#include <errno.h>
#include <stddef.h>

/* Half of the kernel's default for a user, and what the largest watchers of source trees take. */
static const struct {
	const char *path, *value;
} caps[] = {
	{"sys/user/max_inotify_instances", "64"},
	{"sys/user/max_inotify_watches", "65536"},
};

int ucounts_limit(int proc, struct error *err)
{
	for (size_t i = 0; i < sizeof caps / sizeof caps[0]; i++)
		if (write_file_at(proc, caps[i].path, caps[i].value) < 0 && errno != ENOENT)
			return error_set(
				err, errno, "user namespace: write %s to /proc/%s", caps[i].value, caps[i].path);
	return 0;
}
