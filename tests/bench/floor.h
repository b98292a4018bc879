/* What the two floors share: raw calls, the pieces of a root, and a process that shares our memory. A call that fails
 * ends the program with the number of its line. */
#pragma once

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

#define SIGCHLD_NUMBER 17

__attribute__((noreturn)) static inline void fail(int line)
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

/* Reads at most `size` bytes of a file; returns how many. */
static inline size_t get(const char *path, void *to, size_t size)
{
	long fd = RAW3(open, path, O_RDONLY | O_CLOEXEC, 0), len;

	MUST(fd);
	len = RAW3(read, fd, to, size);
	MUST(len);
	RAW1(close, fd);
	return (size_t)len;
}

static inline void put(const char *path, int flags, const char *text, size_t len)
{
	long fd = RAW3(open, path, O_WRONLY | O_CLOEXEC | flags, 0644);

	MUST(fd);
	MUST(RAW3(write, fd, text, len));
	RAW1(close, fd);
}

static inline void map_one(const char *path, uint64_t id)
{
	char text[64], *end = raw_decimal(text, id);

	*end++ = ' ';
	end = raw_decimal(end, id);
	*end++ = ' ';
	*end++ = '1';
	put(path, 0, text, (size_t)(end - text));
}

static inline void map_ids(uint64_t uid, uint64_t gid)
{
	put("/proc/self/setgroups", 0, "deny", 4);
	map_one("/proc/self/uid_map", uid);
	map_one("/proc/self/gid_map", gid);
}

static inline void loopback_up(void)
{
	struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	long fd = RAW3(socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	MUST(fd);
	MUST(RAW3(ioctl, fd, SIOCSIFFLAGS, &lo));
	RAW1(close, fd);
}

static inline void fresh(const char *type, const char *at, unsigned long flags, const char *options)
{
	MUST(RAW2(mkdir, at, 0755));
	MUST(RAW5(mount, type, at, type, MS_NOSUID | flags, options));
}

static inline void set_attributes(const char *at, unsigned flags, uint64_t set, uint64_t clear)
{
	struct mount_attr attr = {.attr_set = set, .attr_clr = clear};

	MUST(RAW5(mount_setattr, AT_FDCWD, at, flags, &attr, sizeof attr));
}

static inline void show(const char *from, const char *at)
{
	MUST(RAW2(mkdir, at, 0755));
	MUST(RAW5(mount, from, at, 0, MS_BIND | MS_REC, 0));
	set_attributes(at, AT_RECURSIVE, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, 0);
}

static inline void device(const char *from, const char *at)
{
	MUST(RAW3(mknod, at, 0100666, 0));
	MUST(RAW5(mount, from, at, 0, MS_BIND, 0));
}

static inline void devices(void)
{
	device("/dev/null", "dev/null");
	device("/dev/zero", "dev/zero");
	device("/dev/full", "dev/full");
	device("/dev/random", "dev/random");
	device("/dev/urandom", "dev/urandom");
	device("/dev/tty", "dev/tty");
	MUST(RAW2(symlink, "/proc/self/fd", "dev/fd"));
}

/* Built in /proc, which every host has. Relative names from here on: the current directory is the new root. */
static inline void root_begin(const char *options)
{
	MUST(RAW5(mount, 0, "/", 0, MS_REC | MS_PRIVATE, 0));
	MUST(RAW5(mount, "tmpfs", "/proc", "tmpfs", MS_NOSUID | MS_NODEV, options));
	MUST(RAW1(chdir, "/proc"));
}

static inline void root_enter(void)
{
	MUST(RAW2(pivot_root, ".", "."));
	MUST(RAW2(umount2, ".", MNT_DETACH));
	MUST(RAW1(chdir, "/"));
}

static inline void drop_privilege(int securebits)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[2] = {0};

	for (int cap = 0; !RAW_IS_ERROR(RAW2(prctl, PR_CAPBSET_DROP, cap)); cap++)
		;
	MUST(RAW2(prctl, PR_SET_SECUREBITS, securebits));
	MUST(RAW2(capset, &header, none));
	MUST(RAW5(prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

static inline void block_signals(uint64_t set)
{
	MUST(RAW4(rt_sigprocmask, 2 /* SIG_SETMASK */, &set, 0, 8));
}

/* `run` never returns. The child has a stack of its own: the parent's must be as it was when the parent goes on. */
static inline long start(uint64_t flags, char *stack, size_t stack_size, void (*run)(void))
{
	struct clone_args args = {.flags = CLONE_VM | CLONE_VFORK | flags,
		.exit_signal = SIGCHLD_NUMBER,
		.stack = (uint64_t)stack,
		.stack_size = stack_size};
	long pid;

	__asm__ volatile("syscall\n\t"
			 "test %%eax, %%eax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "call *%[run]\n\t"
			 "hlt\n"
			 "1:"
			 : "=a"(pid)
			 : "a"((long)SYS_clone3), "D"(&args), "S"(sizeof args), [run] "r"(run)
			 : "rcx", "r11", "memory");
	MUST(pid);
	return pid;
}

/* The exit status as a shell has it. */
static inline int wait_for(long pid)
{
	int status = 0;

	MUST(RAW4(wait4, pid, &status, 0, 0));
	return (status & 0x7f) == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f);
}
