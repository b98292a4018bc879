#include "sandbox/look.h"

#include "common/cleanup.h"
#include "policy/seccomp_policy.h"
#include "sandbox/look_mounts.h"
#include "sandbox/proc.h"
#include "sandbox/seen_parse.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/utsname.h>
#include <unistd.h>

#define TEXT_MAX LOOK_TEXT

static struct seen_before before;

/* A file of the kernel's, whole; "" where it cannot be read. */
static const char *read_text(int dirfd, const char *path, char text[TEXT_MAX])
{
	_cleanup_(close_fd) int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n;

	while (fd >= 0 && len < TEXT_MAX - 1 && (n = read(fd, text + len, TEXT_MAX - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	return text;
}

static void look_at_namespaces(struct seen_values *seen)
{
	for (unsigned i = 0; i < SEEN_NAMESPACES; i++) {
		char path[32];
		struct stat st;

		snprintf(path, sizeof path, "/proc/self/ns/%s", seen_namespaces[i]);
		if (stat(path, &st) == 0)
			seen->values[i] = st.st_ino;
	}
}

static void look_at_root(struct seen_values *seen)
{
	struct statvfs fs;
	struct stat st;

	if (stat("/", &st) == 0)
		seen->values[SEEN_ROOT] = st.st_dev;
	if (statvfs("/", &fs) == 0)
		seen->values[SEEN_ROOT_READONLY] = (fs.f_flag & ST_RDONLY) != 0;
	/* It lies in the file system that all writable directories share. */
	if (statvfs("/dev/shm", &fs) == 0)
		seen->values[SEEN_DISK] = fs.f_blocks * fs.f_frsize;
}

static void look_at_workdir(const struct plan *plan, struct seen_values *seen)
{
	struct stat here, there;

	if (stat(".", &here) == 0 && stat(plan->workdir, &there) == 0)
		seen->values[SEEN_WORKDIR] = here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

static void look_at_keyring(struct seen_values *seen)
{
	const long serial = syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);

	if (serial >= 0)
		seen->values[SEEN_KEYRING] = (uint64_t)serial;
}

static void look_at_rlimit(__rlimit_resource_t resource, uint64_t *value)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) == 0)
		*value = limit.rlim_max == RLIM_INFINITY ? SEEN_UNLIMITED : limit.rlim_max;
}

static void look_at_nofile(struct seen_values *seen)
{
	look_at_rlimit(RLIMIT_NOFILE, &seen->values[SEEN_NOFILE]);
}

static void look_at_rlimits(struct seen_values *seen)
{
	look_at_nofile(seen);
	look_at_rlimit(RLIMIT_CORE, &seen->values[SEEN_CORE]);
	look_at_rlimit(RLIMIT_SIGPENDING, &seen->values[SEEN_SIGPENDING]);
	look_at_rlimit(RLIMIT_MSGQUEUE, &seen->values[SEEN_MSGQUEUE]);
	look_at_rlimit(RLIMIT_NPROC, &seen->values[SEEN_NPROC]);
}

void look_outside(void)
{
	seen_none(&before.outside);
	look_at_namespaces(&before.outside);
	look_at_root(&before.outside);
	look_at_keyring(&before.outside);
	look_at_rlimits(&before.outside);
}

void look_without(bool unlocked, bool no_keyring)
{
	before.unlocked = unlocked;
	before.no_keyring = no_keyring;
}

const struct seen_before *look_before(void)
{
	return &before;
}

static bool is_kept(const struct plan *plan, int fd)
{
	for (size_t i = 0; i < plan->n_keep_fds; i++)
		if (plan->keep_fds[i] == fd)
			return true;
	return fd <= 2;
}

/* What sandbox/stdio.h detaches, and is not. */
static bool is_lent(int fd)
{
	const int flags = fcntl(fd, F_GETFL);
	struct statvfs fs;
	struct stat st;

	return flags >= 0 && (flags & O_ACCMODE) == O_RDONLY && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	       st.st_nlink > 0 && fstatvfs(fd, &fs) == 0 && (fs.f_flag & ST_RDONLY) == 0;
}

static void look_at_descriptors(const struct plan *plan, int proc_fd, struct seen_values *seen)
{
	_cleanup_(close_dir) DIR *dir = fdopendir(proc_fd);
	uint64_t inherited = 0, others = 0, lent = 0;
	const struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		const int fd = atoi(entry->d_name), flags = entry->d_name[0] == '.' ? -1 : fcntl(fd, F_GETFD);

		if (flags < 0 || (flags & FD_CLOEXEC) != 0)
			continue;
		inherited++;
		others += !is_kept(plan, fd);
		lent += is_lent(fd);
	}
	if (dir == NULL)
		return;
	seen->values[SEEN_FDS] = inherited;
	seen->values[SEEN_FDS_EXTRA] = others;
	seen->values[SEEN_FDS_LENT] = lent;
}

static void look_at_session(const struct plan *plan, struct seen_values *seen)
{
	/* An entrypoint's command has a process group of its own; PID 1 of a sandbox has a session, and its number
	 * inside. */
	seen->values[SEEN_SESSION] = (plan->in_container ? getpgrp() : getsid(0)) == getpid();
	if (!plan->in_container)
		seen->values[SEEN_PID1_SESSION] = getsid(1) == 1;
}

static int is_up(const char *name, void *data)
{
	struct ifreq request = {0};

	snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
	return ioctl(*(const int *)data, SIOCGIFFLAGS, &request) < 0 ? -1 : (request.ifr_flags & IFF_UP) != 0;
}

static void look_at_interfaces(char text[TEXT_MAX], struct seen_values *seen)
{
	_cleanup_(close_fd) int sock = -1;

	if (read_text(AT_FDCWD, "/proc/self/net/dev", text)[0] == '\0')
		return;
	sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	seen->values[SEEN_INTERFACES] = seen_parse_interfaces(text, is_up, &sock);
}

static void look_at_sandbox(const struct plan *plan, char text[TEXT_MAX], struct seen_values *seen)
{
	struct utsname uts;

	look_at_namespaces(seen);
	look_at_root(seen);
	look_at_workdir(plan, seen);
	look_at_mounts(plan, seen);
	proc_look(&seen->values[SEEN_MASKS], &seen->values[SEEN_UNMASKED]);
	if (uname(&uts) == 0)
		seen->values[SEEN_HOSTNAME] = strcmp(uts.nodename, plan->hostname) == 0;
	if (read_text(AT_FDCWD, "/proc/self/uid_map", text)[0] != '\0')
		seen->values[SEEN_UIDS] = seen_parse_ids(text);
	if (read_text(AT_FDCWD, "/proc/self/gid_map", text)[0] != '\0')
		seen->values[SEEN_GIDS] = seen_parse_ids(text);
	look_at_interfaces(text, seen);
	seen->values[SEEN_TERMINAL] = seen_parse_terminal(read_text(AT_FDCWD, "/proc/self/stat", text));
	seen_parse_status(read_text(AT_FDCWD, "/proc/1/status", text), true, seen);
}

/* Behind the filter, as look_filtered() will ask. */
static bool may_read(const struct plan *plan, const struct look *look)
{
	const struct seccomp_data call = {.nr = SYS_read,
		.arch = seccomp_native_arch(),
		.args = {(__u64)look->status, (uintptr_t)look->text, LOOK_TEXT - 1}};

	return (bpf_program_run_valid(&plan->filter, &call) & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ALLOW;
}

/* Landlock cannot be asked for. What shows it: the device of a block may be made nowhere, which is refused with EACCES
 * by Landlock's hook, security_path_mknod(), and with EPERM for lack of CAP_MKNOD right after it (fs/namei.c
 * do_mknodat()). So nothing is made in either case. The address that is none tells whether a filter around us lets the
 * kernel be asked at all. */
static int make_block_device(const char *directory)
{
	char path[64];

	snprintf(path, sizeof path, "%s/cofferdam-landlock", directory);
	return mknod(path, S_IFBLK, 0) < 0 ? errno : 0;
}

static const char *find_probe(void)
{
	static const char *const directories[] = {"/dev/shm", "/tmp"};

	if (syscall(SYS_mknodat, AT_FDCWD, (const char *)1, S_IFBLK, 0) >= 0 || errno != EFAULT)
		return NULL;
	for (size_t i = 0; i < sizeof directories / sizeof directories[0]; i++)
		if (make_block_device(directories[i]) == EPERM)
			return directories[i];
	return NULL;
}

int look_at_limits(const struct cgroup *cgroup, const struct plan *plan, struct seen_values *seen, struct error *err)
{
	static const struct {
		const char *name;
		enum seen_value value;
	} files[] = {
		{"memory.max", SEEN_MEMORY_MAX},
		{"memory.high", SEEN_MEMORY_HIGH},
		{"memory.swap.max", SEEN_SWAP_MAX},
		{"pids.max", SEEN_PIDS_MAX},
		{"cpu.max", SEEN_CPU_QUOTA},
		{"cpu.weight", SEEN_CPU_WEIGHT},
	};
	char text[TEXT_MAX];

	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
		seen->values[files[i].value] = seen_parse_number(read_text(cgroup->dirfd, files[i].name, text));
	if (plan->n_devices > 0 && read_text(cgroup->dirfd, "io.max", text)[0] != '\0')
		seen->values[SEEN_IO_DEVICES] = seen_parse_io(text, plan);
	return seen_check(plan, &before, seen, err);
}

int look_at_members(
	const struct cgroup *cgroup, const struct plan *plan, pid_t init, struct seen_values *seen, struct error *err)
{
	char text[TEXT_MAX];

	if (read_text(cgroup->dirfd, "cgroup.procs", text)[0] != '\0')
		seen->values[SEEN_CGROUP_MEMBER] = seen_parse_member(text, init);
	return seen_check(plan, &before, seen, err);
}

int look_at_timer(const struct plan *plan, int timer, struct seen_values *seen, struct error *err)
{
	struct itimerspec left;

	if (timerfd_gettime(timer, &left) == 0)
		seen->values[SEEN_TIMER] = left.it_value.tv_sec != 0 || left.it_value.tv_nsec != 0;
	return seen_check(plan, &before, seen, err);
}

static void look_at_itself(const struct plan *plan, char text[TEXT_MAX], struct look *look)
{
	const int securebits = prctl(PR_GET_SECUREBITS, 0, 0, 0, 0);
	uint64_t mode;

	seen_parse_status(read_text(AT_FDCWD, "/proc/self/status", text), false, &look->seen);
	seen_parse_seccomp(text, &mode, &look->filters);
	if (securebits >= 0)
		look->seen.values[SEEN_SECUREBITS] = (uint64_t)securebits;
	look_at_keyring(&look->seen);
	look_at_rlimits(&look->seen);
	if (plan->nofile_last)
		look->seen.values[SEEN_NOFILE] = SEEN_NOT;
	look_at_session(plan, &look->seen);
}

void look_begin(const struct plan *plan, struct look *look)
{
	char *text = look->text; /* pages of the stack would be touched where there is no report, too */

	look->status = look->descriptors = -1;
	if (plan->report == NULL)
		return;
	seen_none(&look->seen);
	if (!plan->in_container)
		look_at_sandbox(plan, text, &look->seen);
	look_at_itself(plan, text, look);
	look->probe = plan->landlock_abi > 0 ? find_probe() : NULL;
	look->descriptors = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	look->status = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	if (look->filters == SEEN_NOT || !may_read(plan, look))
		close_fd(&look->status);
}

int look_check(const struct plan *plan, struct look *look, struct error *err)
{
	int refused;

	if (plan->report == NULL)
		return 0;
	refused = look->probe != NULL ? make_block_device(look->probe) : 0;
	if (refused == EACCES || refused == EPERM)
		look->seen.values[SEEN_LANDLOCK] = refused == EACCES;
	if (look->descriptors >= 0)
		look_at_descriptors(plan, take_fd(&look->descriptors), &look->seen);
	return seen_check(plan, &before, &look->seen, err);
}

int look_filtered(const struct plan *plan, struct look *look, struct error *err)
{
	struct seen_values seen;
	size_t len = 0;
	ssize_t n;

	if (look->status < 0)
		return 0;
	do {
		n = read(look->status, look->text + len, LOOK_TEXT - 1 - len);
		if (n > 0)
			len += (size_t)n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0)
		return error_set(err, errno, "seccomp: /proc/self/status behind the filter");
	look->text[len] = '\0';
	seen_none(&seen);
	if (plan->nofile_last)
		look_at_nofile(&seen);
	return seen_check_filtered(plan, &before, look->text, look->filters, &seen, err);
}
