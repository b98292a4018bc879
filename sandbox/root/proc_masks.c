#include "sandbox/root/proc_masks.h"

#include "sandbox/root/mount_api.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

/* The masks of the OCI default configuration, and what later kernels added to the machine's side of /proc. Most of it
 * is root's already: the mask is the second line. */
static const struct {
	const char *name;
	enum mask_kind kind;
} hidden[] = {
	{"acpi", MASK_DIRECTORY},
	{"asound", MASK_DIRECTORY},
	{"config.gz", MASK_FILE},
	{"interrupts", MASK_FILE},
	{"kallsyms", MASK_FILE},
	{"kcore", MASK_FILE},
	{"key-users", MASK_FILE},
	{"keys", MASK_FILE},
	{"kmsg", MASK_FILE},
	{"kpagecgroup", MASK_FILE},
	{"kpagecount", MASK_FILE},
	{"kpageflags", MASK_FILE},
	{"latency_stats", MASK_FILE},
	{"locks", MASK_FILE}, /* of open file descriptions: the whole machine's, in every PID namespace */
	{"modules", MASK_FILE},
	{"sched_debug", MASK_FILE},
	{"scsi", MASK_DIRECTORY},
	{"slabinfo", MASK_FILE},
	{"sysvipc", MASK_DIRECTORY},
	{"timer_list", MASK_FILE},
	{"timer_stats", MASK_FILE},
	{"vmallocinfo", MASK_FILE},
};

static const char *const readonly[] = {
	"bus",
	"driver",
	"fs",
	"irq",
	"sys",
	"sysrq-trigger",
};

/* What is bound over itself while the whole is read-only stays so. Nobody but the kernel makes names in here, so they
 * may be used as they are. */
static int make_readonly(int proc, struct error *err)
{
	if (mount_set_readonly(proc, "/proc", err) < 0)
		return -1;
	for (size_t i = 0; i < sizeof readonly / sizeof readonly[0]; i++)
		if (mount(readonly[i], readonly[i], NULL, MS_BIND, NULL) < 0 && errno != ENOENT)
			return error_set(err, errno, "read-only /proc/%s", readonly[i]);
	return mount_set_writable(proc, "/proc", err);
}

int proc_masks_apply(int proc, struct mask *mask, struct error *err)
{
	if (make_readonly(proc, err) < 0)
		return -1;
	for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++)
		if (mask_here(mask, hidden[i].name, hidden[i].kind, err) < 0)
			return error_context(err, "/proc");
	return 0;
}

/* 1: it is covered; 0: it is not; -1: there is no such file, or (errno) it is not known. */
static int is_hidden(const char *name, dev_t proc)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof path, "/proc/%s", name);
	if (stat(path, &st) < 0)
		return -1;
	return S_ISDIR(st.st_mode) ? st.st_dev != proc : S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3);
}

static int is_readonly(const char *name)
{
	char path[64];
	struct statvfs fs;

	snprintf(path, sizeof path, "/proc/%s", name);
	return statvfs(path, &fs) < 0 ? -1 : (fs.f_flag & ST_RDONLY) != 0;
}

void proc_masks_inspect(uint64_t *masked, uint64_t *unmasked)
{
	const size_t n_hidden = sizeof hidden / sizeof hidden[0], n = n_hidden + sizeof readonly / sizeof readonly[0];
	uint64_t counts[2] = {0, 0};
	struct stat proc;

	if (stat("/proc", &proc) < 0)
		return;
	for (size_t i = 0; i < n; i++) {
		const int state =
			i < n_hidden ? is_hidden(hidden[i].name, proc.st_dev) : is_readonly(readonly[i - n_hidden]);

		if (state < 0 && errno != ENOENT)
			return;
		if (state >= 0)
			counts[state]++;
	}
	*masked = counts[1];
	*unmasked = counts[0];
}
