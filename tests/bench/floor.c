/* The least that a sandbox like the others in the table can cost: no libc, no options, no error messages, no PID 1 of
 * its own, nothing checked that a hostile host path would need; one clone3(2) that shares the memory, and a filter that
 * lies ready. `floor FILTER DIR COMMAND…` shows /usr read-only and DIR at /bench. */
#include "sandbox/init/raw.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

/* sys/mount.h and linux/mount.h exclude each other in Debian 12. */
#define MNT_DETACH 2

#define NAMESPACES \
	(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP)

static struct sock_filter filter[4096];
static struct sock_fprog program = {.filter = filter};
static char stack[16384] __attribute__((aligned(16)));
static char **arguments, **environment;
static const char *directory;
static uint64_t uid, gid;

__attribute__((noreturn)) static void fail(int line)
{
	char text[32] = "floor: line ", *end = raw_decimal(text + 12, (uint64_t)line);

	*end++ = '\n';
	RAW3(write, 2, text, end - text);
	for (;;)
		RAW1(exit_group, 125);
}

#define MUST(call)                      \
	do {                            \
		if (RAW_IS_ERROR(call)) \
			fail(__LINE__); \
	} while (0)

static void put(const char *path, const char *text, size_t len)
{
	long fd = RAW3(open, path, O_WRONLY | O_CLOEXEC, 0);

	MUST(fd);
	MUST(RAW3(write, fd, text, len));
	RAW1(close, fd);
}

static void map(const char *path, uint64_t id)
{
	char text[64], *end = raw_decimal(text, id);

	*end++ = ' ';
	end = raw_decimal(end, id);
	*end++ = ' ';
	*end++ = '1';
	put(path, text, (size_t)(end - text));
}

static void loopback_up(void)
{
	struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	long fd = RAW3(socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	MUST(fd);
	MUST(RAW3(ioctl, fd, SIOCSIFFLAGS, &lo));
	RAW1(close, fd);
}

static void fresh(const char *type, const char *at, unsigned long flags, const char *options)
{
	MUST(RAW2(mkdir, at, 0755));
	MUST(RAW5(mount, type, at, type, MS_NOSUID | MS_NODEV | flags, options));
}

static void show(const char *from, const char *at)
{
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV};

	MUST(RAW2(mkdir, at, 0755));
	MUST(RAW5(mount, from, at, 0, MS_BIND | MS_REC, 0));
	MUST(RAW5(mount_setattr, AT_FDCWD, at, AT_RECURSIVE, &attr, sizeof attr));
}

static void device(const char *from, const char *at)
{
	MUST(RAW3(mknod, at, 0100666, 0));
	MUST(RAW5(mount, from, at, 0, MS_BIND, 0));
}

/* Built in /tmp, which every host has. Relative names: the current directory is the new root. */
static void build_root(void)
{
	MUST(RAW5(mount, 0, "/", 0, MS_REC | MS_PRIVATE, 0));
	MUST(RAW5(mount, "tmpfs", "/proc", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=1m"));
	MUST(RAW1(chdir, "/proc"));
	show("/usr", "usr");
	show(directory, "bench");
	MUST(RAW2(symlink, "usr/bin", "bin"));
	MUST(RAW2(symlink, "usr/lib", "lib"));
	MUST(RAW2(symlink, "usr/lib64", "lib64"));
	fresh("tmpfs", "tmp", 0, "mode=1777");
	fresh("tmpfs", "dev", MS_NOEXEC, "mode=0755,size=64k");
	device("/dev/null", "dev/null");
	device("/dev/zero", "dev/zero");
	device("/dev/full", "dev/full");
	device("/dev/random", "dev/random");
	device("/dev/urandom", "dev/urandom");
	device("/dev/tty", "dev/tty");
	MUST(RAW2(symlink, "/proc/self/fd", "dev/fd"));
	fresh("devpts", "dev/pts", MS_NOEXEC, "mode=0620,ptmxmode=0666");
	fresh("proc", "proc", MS_NOEXEC, 0);
	MUST(RAW2(pivot_root, ".", "."));
	MUST(RAW2(umount2, ".", MNT_DETACH));
	MUST(RAW1(chdir, "/"));
}

static void drop_privilege(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[2] = {0};

	for (int cap = 0; !RAW_IS_ERROR(RAW2(prctl, PR_CAPBSET_DROP, cap)); cap++)
		;
	MUST(RAW2(prctl, PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED));
	MUST(RAW2(capset, &header, none));
	MUST(RAW5(prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

static void child(void)
{
	uint64_t no_signals = 0;

	put("/proc/self/setgroups", "deny", 4);
	map("/proc/self/uid_map", uid);
	map("/proc/self/gid_map", gid);
	loopback_up();
	build_root();
	MUST(RAW2(sethostname, "floor", 5));
	drop_privilege();
	MUST(RAW4(rt_sigprocmask, 2 /* SIG_SETMASK */, &no_signals, 0, 8));
	MUST(RAW3(seccomp, SECCOMP_SET_MODE_FILTER, 0, &program));
	RAW3(execve, arguments[0], arguments, environment);
	fail(__LINE__);
}

/* The child has a stack of its own: the parent's must be as it was when the parent goes on. */
static long start(struct clone_args *args)
{
	long pid;

	__asm__ volatile("syscall\n\t"
			 "test %%eax, %%eax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "call *%[child]\n\t"
			 "hlt\n"
			 "1:"
			 : "=a"(pid)
			 : "a"((long)SYS_clone3), "D"(args), "S"(sizeof *args), [child] "r"(child)
			 : "rcx", "r11", "memory");
	return pid;
}

int raw_main(int argc, char **argv, char **envp)
{
	struct clone_args args = {.flags = CLONE_VM | CLONE_VFORK | NAMESPACES,
		.exit_signal = 17 /* SIGCHLD */,
		.stack = (uint64_t)stack,
		.stack_size = sizeof stack};
	uint64_t all_signals = ~UINT64_C(0);
	long fd, len, pid;
	int status = 0;

	if (argc < 4)
		fail(__LINE__);
	fd = RAW3(open, argv[1], O_RDONLY | O_CLOEXEC, 0);
	MUST(fd);
	len = RAW3(read, fd, filter, sizeof filter);
	MUST(len);
	RAW1(close, fd);
	program.len = (unsigned short)((size_t)len / sizeof filter[0]);
	directory = argv[2];
	arguments = argv + 3;
	environment = envp;
	uid = (uint64_t)RAW1(getuid, 0);
	gid = (uint64_t)RAW1(getgid, 0);
	MUST(RAW4(rt_sigprocmask, 2, &all_signals, 0, 8));
	pid = start(&args);
	MUST(pid);
	MUST(RAW4(wait4, pid, &status, 0, 0));
	return (status & 0x7f) == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f);
}
