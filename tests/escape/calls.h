/* The system calls of tests/escape/calls.c: what a job has no business with. The arguments cannot work, or stand for
 * one value that the filter must refuse. */
#pragma once

#include "tests/escape/probe.h"

#include <linux/sched.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#define BAD (-4095L)             /* no address, no descriptor, no set of flags */
#define HIGH (0x7f5a5a5aL << 32) /* rubbish in the half that the kernel does not look at, but a filter might */

/* Numbers that the headers of Debian 12 do not have; they are the same on every architecture. */
enum { NR_OPEN_TREE_ATTR = 467, NR_NEXT = 470 };

#define X32(nr) (0x40000000L | (nr))

/* Request numbers of terminals, as the kernel's uapi/asm-generic/ioctls.h has them. */
enum { REQUEST_TIOCSTI = 0x5412, REQUEST_TIOCLINUX = 0x541c, REQUEST_TIOCSETD = 0x5423 };

/* Rubbish behind the flags tells these from the launcher's own calls, which must go through. */
#define UNSHARE(flag)                  \
	SYS_unshare,                   \
	{                              \
		(long)(flag), BAD, BAD \
	}
#define CLONE(flag)                            \
	SYS_clone,                             \
	{                                      \
		(long)(flag), 0, BAD, BAD, BAD \
	}
#define SOCKET(family, type, protocol)      \
	SYS_socket,                         \
	{                                   \
		family, type, protocol, BAD \
	}

static const struct {
	const char *name;
	long nr, args[6];
	bool enosys; /* must be answered so */
} calls[] = {
	/* mounts and roots */
	{"mount", SYS_mount, {BAD, BAD, BAD, 0, BAD}, false},
	{"umount2", SYS_umount2, {BAD, 0}, false},
	{"pivot_root", SYS_pivot_root, {BAD, BAD}, false},
	{"chroot", SYS_chroot, {BAD}, false},
	{"open_tree", SYS_open_tree, {-1, BAD, 0}, false},
	{"open_tree_attr", NR_OPEN_TREE_ATTR, {-1, BAD, 0, BAD, 0}, false},
	{"move_mount", SYS_move_mount, {-1, BAD, -1, BAD, 0}, false},
	{"fsopen", SYS_fsopen, {BAD, 0}, false},
	{"fsconfig (CVE-2022-0185)", SYS_fsconfig, {-1, 1, BAD, BAD, 0}, false},
	{"fsmount", SYS_fsmount, {-1, 0, 0}, false},
	{"fspick", SYS_fspick, {-1, BAD, 0}, false},
	{"mount_setattr", SYS_mount_setattr, {-1, BAD, 0, BAD, 32}, false},
	{"name_to_handle_at", SYS_name_to_handle_at, {-1, BAD, BAD, BAD, 0}, false},
	{"open_by_handle_at (Shocker)", SYS_open_by_handle_at, {-1, BAD, 0}, false},
	/* namespaces */
	{"setns", SYS_setns, {-1, 0}, false},
	{"unshare NEWUSER", UNSHARE(CLONE_NEWUSER), false},
	{"unshare NEWNS", UNSHARE(CLONE_NEWNS), false},
	{"unshare NEWPID", UNSHARE(CLONE_NEWPID), false},
	{"unshare NEWNET", UNSHARE(CLONE_NEWNET), false},
	{"unshare NEWIPC", UNSHARE(CLONE_NEWIPC), false},
	{"unshare NEWUTS", UNSHARE(CLONE_NEWUTS), false},
	{"unshare NEWCGROUP", UNSHARE(CLONE_NEWCGROUP), false},
	{"unshare NEWTIME", UNSHARE(CLONE_NEWTIME), false},
	{"unshare NEWUSER, FS, FILES", UNSHARE(CLONE_NEWUSER | CLONE_FS | CLONE_FILES), false},
	{"clone NEWUSER", CLONE(CLONE_NEWUSER), false},
	{"clone NEWNS", CLONE(CLONE_NEWNS), false},
	{"clone NEWPID", CLONE(CLONE_NEWPID), false},
	{"clone NEWNET", CLONE(CLONE_NEWNET), false},
	{"clone NEWIPC", CLONE(CLONE_NEWIPC), false},
	{"clone NEWUTS", CLONE(CLONE_NEWUTS), false},
	{"clone NEWCGROUP", CLONE(CLONE_NEWCGROUP), false},
	{"clone NEWUSER, upper half", CLONE(HIGH | CLONE_NEWUSER), false},
	{"clone NEWUSER, VFORK", CLONE(CLONE_NEWUSER | CLONE_VFORK | 17), false},
	{"clone3", SYS_clone3, {BAD, 88}, true},
	/* wide interfaces of the kernel */
	{"bpf", SYS_bpf, {0, BAD, 32}, false},
	{"perf_event_open", SYS_perf_event_open, {BAD, 0, -1, -1, 0}, false},
	{"userfaultfd", SYS_userfaultfd, {BAD}, false},
	{"io_uring_setup", SYS_io_uring_setup, {1, BAD}, false},
	{"io_setup (fs.aio-nr)", SYS_io_setup, {BAD, BAD}, true},
	{"io_uring_enter", SYS_io_uring_enter, {-1, 0, 0, 0, 0, 0}, false},
	{"io_uring_register", SYS_io_uring_register, {-1, 0, 0, 0}, false},
	{"fanotify_init", SYS_fanotify_init, {BAD, 0}, false},
	{"fanotify_mark", SYS_fanotify_mark, {-1, 1, 1, -1, BAD}, false},
	{"memfd_secret", SYS_memfd_secret, {BAD}, false},
	/* keyrings: the user's, no namespace separates them */
	{"keyctl", SYS_keyctl, {BAD}, false},
	{"add_key", SYS_add_key, {BAD, BAD, BAD, 0, -3}, false},
	{"request_key", SYS_request_key, {BAD, BAD, BAD, -3}, false},
	/* the machine */
	{"kexec_load", SYS_kexec_load, {0, 0, BAD, BAD}, false},
	{"kexec_file_load", SYS_kexec_file_load, {-1, -1, 0, 0, BAD}, false},
	{"init_module", SYS_init_module, {BAD, 1, BAD}, false},
	{"finit_module", SYS_finit_module, {-1, BAD, BAD}, false},
	{"delete_module", SYS_delete_module, {BAD, 0}, false},
	{"swapon", SYS_swapon, {BAD, BAD}, false},
	{"swapoff", SYS_swapoff, {BAD}, false},
	{"reboot", SYS_reboot, {0, 0, 0, BAD}, false},
	{"settimeofday", SYS_settimeofday, {BAD, 0}, false},
	{"clock_settime", SYS_clock_settime, {0, BAD}, false},
	{"quotactl", SYS_quotactl, {0, BAD, 0, BAD}, false},
	{"quotactl_fd", SYS_quotactl_fd, {-1, 0, 0, BAD}, false},
	{"acct", SYS_acct, {BAD}, false},
	{"syslog", SYS_syslog, {10, 0, 0}, false},
	{"sethostname", SYS_sethostname, {BAD, 1}, false},
	{"setdomainname", SYS_setdomainname, {BAD, 1}, false},
	/* other processes; ptrace(2) and its kin: rows-1-processes.bash */
	{"ptrace PTRACE_SECCOMP_GET_FILTER", SYS_ptrace, {0x420c, 1, 0, BAD}, false},
	{"ptrace PTRACE_O_SUSPEND_SECCOMP", SYS_ptrace, {0x4206, 1, BAD, 1 << 21}, false},
	{"pidfd_getfd", SYS_pidfd_getfd, {-1, 0, 0}, false},
	{"kcmp", SYS_kcmp, {1, 1, BAD, 0, 0}, false},
	{"process_madvise", SYS_process_madvise, {-1, BAD, 1, 0, 0}, false},
	{"process_mrelease", SYS_process_mrelease, {-1, 0}, false},
	{"move_pages", SYS_move_pages, {0, 1, BAD, BAD, BAD, 0}, false},
	{"migrate_pages", SYS_migrate_pages, {0, 1, BAD, BAD}, false},
	/* a filter whose listener answers for others, setuid programs among them */
	{"seccomp NEW_LISTENER", SYS_seccomp, {1, 1 << 3, BAD}, false},
	{"seccomp NEW_LISTENER, upper half", SYS_seccomp, {1, HIGH | 1 << 3, BAD}, false},
	/* no address space randomisation; data that is code */
	{"personality ADDR_NO_RANDOMIZE", SYS_personality, {0x0040000, BAD}, false},
	{"personality READ_IMPLIES_EXEC", SYS_personality, {0x0400000, BAD}, false},
	{"personality, upper half", SYS_personality, {HIGH | 0x0040000, BAD}, false},
/* devices */
#ifdef SYS_mknod
	{"mknod block", SYS_mknod, {BAD, 0060600, 0x700}, false},
	{"mknod character", SYS_mknod, {BAD, 0020600, 0x103}, false},
#endif
	{"mknodat block", SYS_mknodat, {-100, BAD, 0060600, 0x700}, false},
	{"mknodat character", SYS_mknodat, {-100, BAD, 0020600, 0x103}, false},
	/* terminals: the live attacks are tests/escape/tty.c */
	{"ioctl TIOCSTI (CVE-2017-5226)", SYS_ioctl, {-1, REQUEST_TIOCSTI, BAD}, false},
	{"ioctl TIOCSTI, upper half", SYS_ioctl, {-1, HIGH | REQUEST_TIOCSTI, BAD}, false},
	{"ioctl TIOCLINUX (CVE-2023-28100)", SYS_ioctl, {-1, REQUEST_TIOCLINUX, BAD}, false},
	{"ioctl TIOCLINUX, upper half", SYS_ioctl, {-1, HIGH | REQUEST_TIOCLINUX, BAD}, false},
	{"ioctl TIOCSETD", SYS_ioctl, {-1, REQUEST_TIOCSETD, BAD}, false},
	{"ioctl TIOCSETD, upper half", SYS_ioctl, {-1, HIGH | REQUEST_TIOCSETD, BAD}, false},
	/* sockets */
	{"socket AF_ALG", SOCKET(AF_ALG, SOCK_SEQPACKET, 0), false},
	{"socket AF_ALG, upper half", SOCKET(HIGH | AF_ALG, SOCK_SEQPACKET, 0), false},
	{"socket AF_VSOCK", SOCKET(AF_VSOCK, SOCK_STREAM, 0), false},
	{"socket AF_PACKET", SOCKET(AF_PACKET, SOCK_RAW, 0x300), false},
	{"socket AF_PACKET, upper half", SOCKET(HIGH | AF_PACKET, SOCK_RAW, 0x300), false},
	{"socket AF_BLUETOOTH", SOCKET(AF_BLUETOOTH, SOCK_RAW, 1), false},
	{"socket AF_KEY", SOCKET(AF_KEY, SOCK_RAW, 2), false},
	{"socket AF_RDS", SOCKET(AF_RDS, SOCK_SEQPACKET, 0), false},
	{"socket AF_TIPC", SOCKET(AF_TIPC, SOCK_RDM, 0), false},
	{"socket AF_CAN", SOCKET(AF_CAN, SOCK_RAW, 1), false},
	{"socket AF_XDP", SOCKET(AF_XDP, SOCK_RAW, 0), false},
	{"socket AF_SMC", SOCKET(AF_SMC, SOCK_STREAM, 0), false},
	{"socket AF_QIPCRTR", SOCKET(AF_QIPCRTR, SOCK_DGRAM, 0), false},
	{"socket AF_PPPOX", SOCKET(AF_PPPOX, SOCK_STREAM, 0), false},
	{"socket AF_NFC", SOCKET(AF_NFC, SOCK_SEQPACKET, 1), false},
	{"socket AF_KCM", SOCKET(AF_KCM, SOCK_DGRAM, 0), false},
	{"socket AF_APPLETALK", SOCKET(AF_APPLETALK, SOCK_DGRAM, 0), false},
	{"socket raw IPv4", SOCKET(AF_INET, SOCK_RAW, 1), false},
	{"socket raw IPv6", SOCKET(AF_INET6, SOCK_RAW, 58), false},
	{"socket raw IPv4, upper half", SOCKET(HIGH | AF_INET, HIGH | SOCK_RAW, 255), false},
	{"socket SOCK_PACKET", SOCKET(AF_INET, SOCK_PACKET, 0x300), false},
	{"socket SCTP", SOCKET(AF_INET, SOCK_STREAM, 132), false},
	{"socket MPTCP", SOCKET(AF_INET, SOCK_STREAM, 262), false},
	{"socket netlink NETFILTER", SOCKET(AF_NETLINK, SOCK_RAW, 12), false},
	{"socket netlink NETFILTER, upper half", SOCKET(AF_NETLINK, SOCK_RAW, HIGH | 12), false},
	{"socket netlink AUDIT", SOCKET(AF_NETLINK, SOCK_RAW, 9), false},
	{"socket netlink XFRM", SOCKET(AF_NETLINK, SOCK_RAW, 6), false},
	{"socket netlink CRYPTO", SOCKET(AF_NETLINK, SOCK_RAW, 21), false},
	{"socket netlink GENERIC", SOCKET(AF_NETLINK, SOCK_RAW, 16), false},
	{"socket netlink UEVENT", SOCKET(AF_NETLINK, SOCK_RAW, 15), false},
	{"socket netlink SOCK_DIAG", SOCKET(AF_NETLINK, SOCK_RAW, 4), false},
	{"socketpair AF_TIPC", SYS_socketpair, {AF_TIPC, SOCK_STREAM, 0, BAD}, false},
	/* packet filters: CVE-2016-3135, CVE-2021-22555 */
	{"setsockopt IPT_SO_SET_REPLACE", SYS_setsockopt, {-1, 0, 64, BAD, 64}, false},
	{"setsockopt IPT_SO_SET_ADD_COUNTERS", SYS_setsockopt, {-1, 0, 65, BAD, 64}, false},
	{"setsockopt IPT_SO_SET_REPLACE, upper half", SYS_setsockopt, {-1, HIGH, HIGH | 64, BAD, 64}, false},
	{"setsockopt IP6T_SO_SET_REPLACE", SYS_setsockopt, {-1, 41, 64, BAD, 64}, false},
	{"setsockopt ARPT_SO_SET_REPLACE", SYS_setsockopt, {-1, 0, 96, BAD, 64}, false},
	{"setsockopt EBT_SO_SET_ENTRIES", SYS_setsockopt, {-1, 0, 128, BAD, 64}, false},
	/* protocols of the kernel's on sockets of the job's, and modules that it loads for them */
	{"setsockopt TCP_ULP", SYS_setsockopt, {-1, 6, 31, BAD, 3}, false},
	{"setsockopt TCP_ULP, upper half", SYS_setsockopt, {-1, HIGH | 6, HIGH | 31, BAD, 3}, false},
	{"setsockopt TCP_AO_ADD_KEY", SYS_setsockopt, {-1, 6, 38, BAD, 64}, false},
	{"setsockopt UDP_ENCAP", SYS_setsockopt, {-1, 17, 100, BAD, 4}, false},
	{"ioctl SIOCGIFBR", SYS_ioctl, {-1, 0x8940, BAD}, false},
	{"ioctl SIOCBRADDBR", SYS_ioctl, {-1, 0x89a0, BAD}, false},
	{"ioctl SIOCGIFVLAN", SYS_ioctl, {-1, 0x8982, BAD}, false},
	{"ioctl SIOCSIFVLAN, upper half", SYS_ioctl, {-1, HIGH | 0x8983, BAD}, false},
	/* numbers without a meaning, and the second numbering */
	{"number 470", NR_NEXT, {BAD}, true},
	{"number 9999", 9999, {BAD}, true},
	{"number 0x3fffffff", 0x3fffffff, {BAD}, true},
#ifdef __x86_64__
	{"x32 getpid", X32(SYS_getpid), {BAD}, true},
	{"x32 execve", X32(520), {BAD, BAD, BAD}, true},
	{"x32 ptrace", X32(521), {BAD}, true},
	{"x32 9999", X32(9999), {BAD}, true},
#endif
};
