#include "sandbox/verify/inspect.h"

#include "common/cleanup.h"
#include "common/entries.h"
#include "policy/limits.h"
#include "policy/seccomp/rules.h"
#include "sandbox/root/proc_masks.h"
#include "sandbox/verify/inspect_mounts.h"
#include "sandbox/verify/seen_parse.h"
#include "sandbox/watch/message.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <poll.h>
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

#define TEXT_MAX INSPECT_TEXT

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

static void inspect_namespaces(struct seen_values *seen)
{
	for (unsigned i = 0; i < SEEN_NAMESPACES; i++) {
		char path[32];
		struct stat st;

		snprintf(path, sizeof path, "/proc/self/ns/%s", seen_namespaces[i]);
		if (stat(path, &st) == 0)
			seen->values[i] = st.st_ino;
	}
}

static void inspect_root(struct seen_values *seen)
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

static void inspect_workdir(const char *workdir, struct seen_values *seen)
{
	struct stat here, there;

	if (stat(".", &here) == 0 && stat(workdir, &there) == 0)
		seen->values[SEEN_WORKDIR] = here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

static void inspect_keyring(struct seen_values *seen)
{
	const long serial = syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);

	if (serial >= 0)
		seen->values[SEEN_KEYRING] = (uint64_t)serial;
}

static void inspect_rlimit(__rlimit_resource_t resource, uint64_t *value)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) == 0)
		*value = limit.rlim_max == RLIM_INFINITY ? SEEN_UNLIMITED : limit.rlim_max;
}

static void inspect_nofile(struct seen_values *seen)
{
	inspect_rlimit(RLIMIT_NOFILE, &seen->values[SEEN_NOFILE]);
}

static void inspect_rlimits(struct seen_values *seen)
{
	inspect_nofile(seen);
	inspect_rlimit(RLIMIT_CORE, &seen->values[SEEN_CORE]);
	inspect_rlimit(RLIMIT_SIGPENDING, &seen->values[SEEN_SIGPENDING]);
	inspect_rlimit(RLIMIT_MSGQUEUE, &seen->values[SEEN_MSGQUEUE]);
	inspect_rlimit(RLIMIT_NPROC, &seen->values[SEEN_NPROC]);
}

void inspect_outside(const struct expectation *expected)
{
	before.expected = *expected;
	seen_none(&before.outside);
	inspect_namespaces(&before.outside);
	inspect_root(&before.outside);
	inspect_keyring(&before.outside);
	inspect_rlimits(&before.outside);
}

void inspect_unavailable(bool unlocked, bool no_keyring)
{
	before.unlocked = unlocked;
	before.no_keyring = no_keyring;
}

const struct seen_before *inspect_before(void)
{
	return &before;
}

static bool is_kept(const struct plan_fds *fds, int fd)
{
	for (size_t i = 0; i < fds->n_keep; i++)
		if (fds->keep[i] == fd)
			return true;
	return fd <= 2;
}

/* What sandbox/process/stdio.h detaches, and is not. */
static bool is_lent(int fd)
{
	const int flags = fcntl(fd, F_GETFL);
	struct statvfs fs;
	struct stat st;

	return flags >= 0 && (flags & O_ACCMODE) == O_RDONLY && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	       st.st_nlink > 0 && fstatvfs(fd, &fs) == 0 && (fs.f_flag & ST_RDONLY) == 0;
}

static void inspect_descriptors(const struct plan_fds *fds, int proc_fd, struct seen_values *seen)
{
	_cleanup_(close_dir) DIR *dir = fdopendir(proc_fd);
	uint64_t inherited = 0, others = 0, lent = 0;
	const struct dirent *entry;
	int more = -1;

	while (dir != NULL && (more = next_entry(dir, &entry)) > 0) {
		const int fd = atoi(entry->d_name), flags = entry->d_name[0] == '.' ? -1 : fcntl(fd, F_GETFD);

		if (flags < 0 || (flags & FD_CLOEXEC) != 0)
			continue;
		inherited++;
		others += !is_kept(fds, fd);
		lent += is_lent(fd);
	}
	if (more < 0)
		return;
	seen->values[SEEN_FDS] = inherited;
	seen->values[SEEN_FDS_EXTRA] = others;
	seen->values[SEEN_FDS_LENT] = lent;
}

static void inspect_session(bool in_container, struct seen_values *seen)
{
	/* An entrypoint's command has a process group of its own; PID 1 of a sandbox has a session, and its number
	 * inside. */
	seen->values[SEEN_SESSION] = (in_container ? getpgrp() : getsid(0)) == getpid();
	if (!in_container)
		seen->values[SEEN_PID1_SESSION] = getsid(1) == 1;
}

static int is_up(const char *name, void *data)
{
	struct ifreq request = {0};

	snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
	return ioctl(*(const int *)data, SIOCGIFFLAGS, &request) < 0 ? -1 : (request.ifr_flags & IFF_UP) != 0;
}

static void inspect_interfaces(char text[TEXT_MAX], struct seen_values *seen)
{
	_cleanup_(close_fd) int sock = -1;

	if (read_text(AT_FDCWD, "/proc/self/net/dev", text)[0] == '\0')
		return;
	sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	seen->values[SEEN_INTERFACES] = seen_parse_interfaces(text, is_up, &sock);
}

static void inspect_sandbox(const struct expectation *expected, char text[TEXT_MAX], struct seen_values *seen)
{
	struct utsname uts;

	inspect_namespaces(seen);
	inspect_root(seen);
	inspect_workdir(expected->workdir, seen);
	inspect_mounts(expected->root, expected->etc, seen);
	proc_masks_inspect(&seen->values[SEEN_MASKS], &seen->values[SEEN_UNMASKED]);
	if (uname(&uts) == 0)
		seen->values[SEEN_HOSTNAME] = strcmp(uts.nodename, expected->hostname) == 0;
	if (read_text(AT_FDCWD, "/proc/self/uid_map", text)[0] != '\0')
		seen->values[SEEN_UIDS] = seen_parse_ids(text);
	if (read_text(AT_FDCWD, "/proc/self/gid_map", text)[0] != '\0')
		seen->values[SEEN_GIDS] = seen_parse_ids(text);
	inspect_interfaces(text, seen);
	seen->values[SEEN_TERMINAL] = seen_parse_terminal(read_text(AT_FDCWD, "/proc/self/stat", text));
	seen_parse_status(read_text(AT_FDCWD, "/proc/1/status", text), true, seen);
}

/* Behind the filter, as inspect_filtered() will ask. */
static bool may_read(const struct bpf_program *filter, const struct inspection *inspection)
{
	const struct seccomp_data call = {.nr = SYS_read,
		.arch = seccomp_native_arch(),
		.args = {(__u64)inspection->status, (uintptr_t)inspection->text, INSPECT_TEXT - 1}};

	return (bpf_program_run_valid(filter, &call) & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ALLOW;
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

int inspect_limits(const struct cgroup *cgroup, struct seen_values *seen, struct error *err)
{
	const struct expectation *expected = &before.expected;
	char text[TEXT_MAX];

	for (unsigned i = 0; i < PLAN_LIMIT_COUNT; i++) {
		const struct limit *limit = &limit_rows[i];

		if (!limit_is_rate(limit) && limit_is_enforced(expected->limits, expected->degraded, limit))
			seen->values[SEEN_LIMIT(i)] = seen_parse_number(read_text(cgroup->dirfd, limit->file, text));
		if (limit_is_rate(limit) && !limit_shares_file(limit) && expected->limits->n_devices > 0 &&
			read_text(cgroup->dirfd, limit->file, text)[0] != '\0')
			seen->values[SEEN_LIMIT(i)] =
				seen_parse_rates(text, expected->limits, expected->degraded, limit);
	}
	return seen_check(&before, seen, err);
}

/* The list of a cgroup leaves a process out as soon as it begins to end. A PID 1's descriptor is readable only when all
 * of its namespace are gone, too. */
static bool is_ending(pid_t pid, int pidfd)
{
	struct pollfd ended = {.fd = pidfd, .events = POLLIN};
	char path[32], text[TEXT_MAX];

	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	return poll(&ended, 1, 0) > 0 || seen_parse_exiting(read_text(AT_FDCWD, path, text));
}

int inspect_members(const struct cgroup *cgroup, pid_t init, int pidfd, struct seen_values *seen, struct error *err)
{
	char text[TEXT_MAX];
	uint64_t member;

	if (read_text(cgroup->dirfd, "cgroup.procs", text)[0] != '\0') {
		member = seen_parse_member(text, init);
		/* Looked at after the list: who is alive now was alive then. */
		seen->values[SEEN_CGROUP_MEMBER] = member == 0 && is_ending(init, pidfd) ? SEEN_NOT : member;
	}
	return seen_check(&before, seen, err);
}

int inspect_timer(int timer, struct seen_values *seen, struct error *err)
{
	struct itimerspec left;

	if (timerfd_gettime(timer, &left) == 0)
		seen->values[SEEN_TIMER] = left.it_value.tv_sec != 0 || left.it_value.tv_nsec != 0;
	return seen_check(&before, seen, err);
}

static void inspect_self(char text[TEXT_MAX], struct inspection *inspection)
{
	const int securebits = prctl(PR_GET_SECUREBITS, 0, 0, 0, 0);
	uint64_t mode;

	seen_parse_status(read_text(AT_FDCWD, "/proc/self/status", text), false, &inspection->seen);
	seen_parse_seccomp(text, &mode, &inspection->filters);
	if (securebits >= 0)
		inspection->seen.values[SEEN_SECUREBITS] = (uint64_t)securebits;
	inspect_keyring(&inspection->seen);
	inspect_rlimits(&inspection->seen);
	if (before.expected.nofile_last)
		inspection->seen.values[SEEN_NOFILE] = SEEN_NOT;
	inspect_session(before.expected.in_container, &inspection->seen);
}

struct inspection *inspect_room(void)
{
	static struct inspection room;

	return &room;
}

void inspect_begin(struct inspection *inspection)
{
	char *text;

	if (inspection == NULL)
		return;
	text = inspection->text; /* not on the stack, which is small */
	seen_none(&inspection->seen);
	if (!before.expected.in_container)
		inspect_sandbox(&before.expected, text, &inspection->seen);
	inspect_self(text, inspection);
	inspection->probe = before.expected.landlock ? find_probe() : NULL;
	inspection->descriptors = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	inspection->status = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
}

/* The command became another user after the first look, when Landlock let nothing of /proc be opened any more. */
static void inspect_user(struct inspection *inspection)
{
	const ssize_t n =
		inspection->status < 0 ? -1 : pread(inspection->status, inspection->text, INSPECT_TEXT - 1, 0);

	if (n <= 0)
		return;
	inspection->text[n] = '\0';
	seen_parse_status(inspection->text, false, &inspection->seen);
}

int inspect_check(struct inspection *inspection, struct error *err)
{
	int refused;

	if (inspection == NULL)
		return 0;
	if (before.expected.becomes_user)
		inspect_user(inspection);
	if (inspection->filters == SEEN_NOT || !may_read(before.expected.filter, inspection))
		close_fd(&inspection->status);
	refused = inspection->probe != NULL ? make_block_device(inspection->probe) : 0;
	if (refused == EACCES || refused == EPERM)
		inspection->seen.values[SEEN_LANDLOCK] = refused == EACCES;
	if (inspection->descriptors >= 0)
		inspect_descriptors(before.expected.fds, take_fd(&inspection->descriptors), &inspection->seen);
	return seen_check(&before, &inspection->seen, err);
}

void inspect_report(const struct inspection *inspection, int sock)
{
	struct message seen = {.kind = MESSAGE_SEEN};

	if (inspection == NULL)
		return;
	seen.seen = inspection->seen;
	seen.value = inspection->status >= 0;
	message_send(sock, &seen);
}

int inspect_filtered(struct inspection *inspection, struct error *err)
{
	struct seen_values seen;
	size_t len = 0;
	ssize_t n;

	if (inspection == NULL || inspection->status < 0)
		return 0;
	do {
		n = read(inspection->status, inspection->text + len, INSPECT_TEXT - 1 - len);
		if (n > 0)
			len += (size_t)n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0)
		return error_set(err, errno, "seccomp: /proc/self/status behind the filter");
	inspection->text[len] = '\0';
	seen_none(&seen);
	if (before.expected.nofile_last)
		inspect_nofile(&seen);
	return seen_check_filtered(&before, inspection->text, inspection->filters, &seen, err);
}
