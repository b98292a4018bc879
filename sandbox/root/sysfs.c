#include "sandbox/root/sysfs.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/path.h"
#include "sandbox/files/leave.h"
#include "sandbox/root/target.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>

#define CPUS "/sys/devices/system/cpu"
#define THERMAL "thermal_throttle"

static const char *const hidden[] = {
	"/sys/devices/virtual/powercap",
	"/sys/firmware",
	"/sys/fs/selinux",
};

/* Where the mount shows a path of the host's, which lies in its source. */
static char *inside(const struct plan_mount *mount, const char *path)
{
	return format("%s%s", mount->target, path + strlen(mount->source));
}

/* For each path to be covered, where the mount shows it. */
struct each {
	int (*call)(void *data, int rootfd, const char *target, struct error *err);
	void *data;
	int rootfd;
};

static int cover(const struct plan_mount *mount, const char *path, const struct each *each, struct error *err)
{
	_cleanup_(freep) char *target = inside(mount, path);

	return target == NULL ? error_set(err, ENOMEM, "mask %s", path)
			      : each->call(each->data, each->rootfd, target, err);
}

static bool is_cpu(const char *name)
{
	return strncmp(name, "cpu", 3) == 0 && isdigit((unsigned char)name[3]);
}

/* The processors have these counters all or none of them: the one that we run on can tell, for it is not offline. */
static bool has_thermal(int cpus)
{
	const int cpu = sched_getcpu();
	char path[64];

	snprintf(path, sizeof path, "cpu%d/" THERMAL, cpu < 0 ? 0 : cpu);
	return faccessat(cpus, path, F_OK, 0) == 0;
}

static int cover_thermal(const struct plan_mount *mount, const struct each *each, struct error *err)
{
	_cleanup_(freep) char *target = inside(mount, CPUS);
	_cleanup_(leave_fd) int at = target == NULL ? -1 : target_open(each->rootfd, target, err);
	_cleanup_(close_dir) DIR *dir = NULL;
	const struct dirent *entry;
	int fd;

	if (target == NULL)
		return error_set(err, ENOMEM, "mask " CPUS);
	if (at < 0)
		return err->errnum == ENOENT ? 0 : -1;
	if (!has_thermal(at))
		return 0;
	fd = openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (dir == NULL) {
		error_set_text(err, errno, "mask %s", target);
		close_fd(&fd);
		return -1;
	}
	for (errno = 0; (entry = readdir(dir)) != NULL; errno = 0) {
		_cleanup_(freep) char *path = is_cpu(entry->d_name) ? format(CPUS "/%s/" THERMAL, entry->d_name) : NULL;

		if (path != NULL ? cover(mount, path, each, err) < 0 : is_cpu(entry->d_name))
			return path == NULL ? error_set(err, ENOMEM, "mask %s", target) : -1;
	}
	return errno != 0 ? error_set(err, errno, "mask %s", target) : 0;
}

static int for_each(const struct plan_mount *mount, const struct each *each, struct error *err)
{
	if (mount->kind != PLAN_MOUNT_BIND || !path_is_within(mount->source, "/sys"))
		return 0;
	for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++)
		if (path_is_within(hidden[i], mount->source) && strcmp(hidden[i], mount->source) != 0 &&
			cover(mount, hidden[i], each, err) < 0)
			return -1;
	if (path_is_within(CPUS, mount->source))
		return cover_thermal(mount, each, err);
	/* One processor: /sys/devices/system/cpu/cpu3. */
	if (strncmp(mount->source, CPUS "/", sizeof CPUS) == 0 && is_cpu(mount->source + sizeof CPUS) &&
		strchr(mount->source + sizeof CPUS, '/') == NULL) {
		_cleanup_(freep) char *path = format("%s/" THERMAL, mount->source);

		return path == NULL ? error_set(err, ENOMEM, "mask %s", mount->source) : cover(mount, path, each, err);
	}
	return 0;
}

static int mask_one(void *data, int rootfd, const char *target, struct error *err)
{
	return mask_path(data, rootfd, target, true, err);
}

int sysfs_mask(const struct plan_mount *mount, struct mask *mask, int rootfd, struct error *err)
{
	return for_each(mount, &(struct each){.call = mask_one, .data = mask, .rootfd = rootfd}, err);
}

static int inspect_one(void *data, int rootfd, const char *target, struct error *err)
{
	uint64_t *uncovered = data;
	struct statx st;

	(void)rootfd;
	if (statx(AT_FDCWD, target, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &st) == 0)
		*uncovered += (st.stx_attributes & STATX_ATTR_MOUNT_ROOT) == 0;
	else if (errno != ENOENT && errno != ENOTDIR && errno != EACCES)
		return error_set(err, errno, "%s", target);
	return 0;
}

int sysfs_inspect(const struct plan_mount *mount, int rootfd, uint64_t *uncovered, struct error *err)
{
	return for_each(mount, &(struct each){.call = inspect_one, .data = uncovered, .rootfd = rootfd}, err);
}
