/* What the protections of `cofferdam run` cost by themselves: the same mounts, masks, limits, Landlock rules, and a
 * PID 1 that is the same program, but by raw calls, with nothing checked, nothing reported, and no option. What is
 * between this and Cofferdam is checks, messages, choices and a C library.
 * `floor-full FILTER DIR INIT COMMAND…` shows DIR at /bench; INIT is build/init. */
#include "tests/bench/floor.h"

#include <linux/keyctl.h>
#include <linux/landlock.h>
#include <linux/memfd.h>
#include <sys/resource.h>

#define RLIMITS 4
#define SIGNALS 64

/* Of Landlock's ABI 6; the headers of Debian 12 know ABI 2. */
#define FS_READING (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_ALL ((UINT64_C(1) << 16) - 1)
#define FS_CHANGING (FS_ALL & ~(UINT64_C(1) << 15) & ~(uint64_t)LANDLOCK_ACCESS_FS_MAKE_BLOCK)
#define FS_OF_FILE (FS_READING & ~(uint64_t)LANDLOCK_ACCESS_FS_READ_DIR)

static struct sock_filter filter[4096];
static struct sock_fprog program = {.filter = filter};
static char init[8192];
static size_t init_len;
static char stacks[2][8192] __attribute__((aligned(16)));
static char **arguments, **environment;
static const char *directory;
static uint64_t uid, gid;

/* sandbox/root/proc_masks.c */
static const char *const readonly[] = {
	"proc/bus", "proc/driver", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger"};
static const char *const hidden_directories[] = {"proc/acpi", "proc/asound", "proc/scsi", "proc/sysvipc"};
static const char *const hidden_files[] = {"proc/config.gz", "proc/interrupts", "proc/kallsyms", "proc/kcore",
	"proc/key-users", "proc/keys", "proc/kmsg", "proc/kpagecgroup", "proc/kpagecount", "proc/kpageflags",
	"proc/latency_stats", "proc/locks", "proc/modules", "proc/sched_debug", "proc/slabinfo", "proc/timer_list",
	"proc/timer_stats", "proc/vmallocinfo"};

#define FOR_EACH(path, list) \
	for (const char *const *path = (list); path < (list) + sizeof(list) / sizeof *(list); path++)

/* A directory of the root's own file system that may be written when the root may not. */
static void writable(const char *at, unsigned mode)
{
	MUST(RAW2(mkdir, at, mode));
	MUST(RAW5(mount, at, at, 0, MS_BIND, 0));
}

static void cover(const char *from, const char *at)
{
	RAW5(mount, from, at, 0, MS_BIND, 0); /* not every host has all of them */
}

/* run/ is where the sources of covers lie, until a file system is mounted on it. */
static void make_covers(void)
{
	MUST(RAW2(mkdir, "run", 0755));
	writable("run/mask", 0555);
	set_attributes("run/mask", 0, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC, 0);
	cover("/dev/null", "etc/shadow");
	cover("/dev/null", "etc/gshadow");
	cover("run/mask", "etc/ssl/private");
}

static void cover_etc(const char *name, const char *at, const char *text)
{
	put(name, O_CREAT | O_EXCL, text, raw_len(text));
	MUST(RAW5(mount, name, at, 0, MS_BIND, 0));
	set_attributes(at, 0, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC, 0);
}

static void allow_ping(void)
{
	char range[64], *end = raw_decimal(range, gid);

	*end++ = ' ';
	end = raw_decimal(end, gid);
	put("proc/sys/net/ipv4/ping_group_range", 0, range, (size_t)(end - range));
}

static void mount_proc(void)
{
	fresh("proc", "proc", MS_NODEV | MS_NOEXEC, 0);
	put("proc/sys/user/max_inotify_instances", 0, "64", 2);
	put("proc/sys/user/max_inotify_watches", 0, "65536", 5);
	put("proc/sys/net/ipv4/ip_unprivileged_port_start", 0, "0", 1);
	allow_ping();
	set_attributes("proc", 0, MOUNT_ATTR_RDONLY, 0);
	FOR_EACH(path, readonly)
	cover(*path, *path);
	set_attributes("proc", 0, 0, MOUNT_ATTR_RDONLY);
	FOR_EACH(path, hidden_directories)
	cover("run/mask", *path);
	FOR_EACH(path, hidden_files)
	cover("/dev/null", *path);
}

static void mount_dev(void)
{
	writable("dev", 0755);
	devices();
	MUST(RAW2(symlink, "/proc/self/fd/0", "dev/stdin"));
	MUST(RAW2(symlink, "/proc/self/fd/1", "dev/stdout"));
	MUST(RAW2(symlink, "/proc/self/fd/2", "dev/stderr"));
	MUST(RAW2(symlink, "pts/ptmx", "dev/ptmx"));
	fresh("devpts", "dev/pts", MS_NOEXEC, "mode=0620,ptmxmode=0666,max=256");
	fresh("mqueue", "dev/mqueue", MS_NODEV | MS_NOEXEC, 0);
	writable("dev/shm", 01777);
	set_attributes("dev/shm", 0, MOUNT_ATTR_NOEXEC, 0);
	set_attributes("dev", 0, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC, 0);
}

static void show_sys(void)
{
	MUST(RAW2(mkdir, "sys", 0755));
	MUST(RAW2(mkdir, "sys/devices", 0755));
	MUST(RAW2(mkdir, "sys/devices/system", 0755));
	show("/sys/devices/system/cpu", "sys/devices/system/cpu");
	show("/sys/devices/system/node", "sys/devices/system/node");
}

static void build_root(void)
{
	root_begin("mode=0755");
	show("/usr", "usr");
	MUST(RAW2(symlink, "usr/bin", "bin"));
	MUST(RAW2(symlink, "usr/sbin", "sbin"));
	MUST(RAW2(symlink, "usr/lib", "lib"));
	MUST(RAW2(symlink, "usr/lib64", "lib64"));
	show("/etc", "etc");
	show("/opt", "opt");
	show(directory, "bench");
	writable("tmp", 01777);
	writable("workspace", 0755);
	MUST(RAW2(mkdir, "var", 0755));
	writable("var/tmp", 01777);
	MUST(RAW2(mkdir, "home", 0755));
	writable("home/job", 0755);
	show_sys();
	make_covers();
	cover_etc("run/passwd", "etc/passwd", "job:x:0:0::/home/job:/bin/sh\n");
	cover_etc("run/hosts", "etc/hosts", "127.0.0.1 localhost floor\n");
	cover_etc("run/hostname", "etc/hostname", "floor\n");
	mount_proc();
	mount_dev();
	MUST(RAW5(mount, "tmpfs", "run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=16m,nr_inodes=16384"));
	set_attributes(".", 0, MOUNT_ATTR_RDONLY, 0);
	root_enter();
}

static void allow(long rules, const char *path, uint64_t access)
{
	struct landlock_path_beneath_attr rule = {.allowed_access = access};
	long fd = RAW3(open, path, O_PATH | O_CLOEXEC | O_NOFOLLOW, 0);

	MUST(fd);
	rule.parent_fd = (int)fd;
	MUST(RAW4(landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0));
}

static void restrict_files(void)
{
	uint64_t ruleset[3] = {FS_ALL, 3 /* TCP */, 3 /* abstract sockets, signals */};
	long rules = RAW3(landlock_create_ruleset, ruleset, sizeof ruleset, 0);

	MUST(rules);
	allow(rules, "/", FS_READING);
	allow(rules, "/dev", FS_CHANGING | (UINT64_C(1) << 15));
	allow(rules, "/dev/mqueue", FS_CHANGING);
	allow(rules, "/proc", FS_READING | LANDLOCK_ACCESS_FS_WRITE_FILE);
	allow(rules, "/usr", FS_READING);
	allow(rules, "/tmp", FS_CHANGING);
	allow(rules, "/run", FS_CHANGING);
	allow(rules, "/workspace", FS_CHANGING);
	allow(rules, "/var/tmp", FS_CHANGING);
	allow(rules, "/home/job", FS_CHANGING);
	allow(rules, "/dev/null", FS_OF_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE);
	MUST(RAW2(landlock_restrict_self, rules, 0));
	MUST(RAW3(close_range, 3, ~0U, 0));
}

static void lower_limits(void)
{
	static const struct {
		int resource;
		uint64_t value[2];
	} limits[RLIMITS] = {{RLIMIT_CORE, {1, 1}}, {RLIMIT_SIGPENDING, {4096, 4096}},
		{RLIMIT_MSGQUEUE, {409600, 409600}}, {RLIMIT_NOFILE, {1024, 1024}}};

	for (size_t i = 0; i < RLIMITS; i++)
		MUST(RAW4(prlimit64, 0, limits[i].resource, limits[i].value, 0));
}

static void reset_signals(void)
{
	static const uint64_t by_default[4];

	for (int sig = 1; sig <= SIGNALS; sig++)
		RAW4(rt_sigaction, sig, by_default, 0, 8); /* two of them cannot */
	block_signals(0);
}

static void command(void)
{
	MUST(RAW1(setsid, 0));
	MUST(RAW3(close_range, 3, ~0U, 0));
	MUST(RAW1(chdir, "/workspace"));
	lower_limits();
	restrict_files();
	reset_signals();
	MUST(RAW3(seccomp, SECCOMP_SET_MODE_FILTER, 0, &program));
	RAW3(execve, arguments[0], arguments, environment);
	fail(__LINE__);
}

static long open_init(void)
{
	long fd = RAW2(memfd_create, "floor-init", MFD_CLOEXEC | MFD_ALLOW_SEALING | 0x10 /* MFD_EXEC */);

	MUST(fd);
	MUST(RAW3(write, fd, init, init_len));
	MUST(RAW3(fcntl, fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE));
	MUST(RAW2(fchmod, fd, 0111));
	return fd;
}

static void child(void)
{
	char number[24] = "", *argv[] = {"floor-init", number, 0}, *envp[] = {0};
	long image;

	MUST(RAW2(prctl, PR_SET_DUMPABLE, 1));
	map_ids(uid, gid);
	MUST(RAW2(prctl, PR_SET_DUMPABLE, 0));
	MUST(RAW2(keyctl, KEYCTL_JOIN_SESSION_KEYRING, 0));
	loopback_up();
	build_root();
	MUST(RAW2(sethostname, "floor", 5));
	drop_privilege(SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED |
		       SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED);
	MUST(RAW2(prctl, PR_SET_PDEATHSIG, 9 /* SIGKILL */));
	MUST(RAW1(setsid, 0));
	image = open_init();
	raw_decimal(number, (uint64_t)start(0, stacks[1], sizeof stacks[1], command));
	MUST(RAW3(close_range, 0, 2, 0));
	RAW5(execveat, image, "", argv, envp, AT_EMPTY_PATH);
	fail(__LINE__);
}

int raw_main(int argc, char **argv, char **envp)
{
	if (argc < 5)
		fail(__LINE__);
	program.len = (unsigned short)(get(argv[1], filter, sizeof filter) / sizeof filter[0]);
	directory = argv[2];
	init_len = get(argv[3], init, sizeof init);
	arguments = argv + 4;
	environment = envp;
	uid = (uint64_t)RAW1(getuid, 0);
	gid = (uint64_t)RAW1(getgid, 0);
	MUST(RAW2(prctl, PR_SET_DUMPABLE, 0));
	block_signals(~UINT64_C(0));
	return wait_for(start(NAMESPACES, stacks[0], sizeof stacks[0], child));
}
