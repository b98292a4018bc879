/* The shipped policies as a table: what attacks try and what work needs, each with its answer. */
#include "tests/unit/seccomp_support.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>

#define E(errnum) (SECCOMP_RET_ERRNO | (errnum))
#define YES SECCOMP_RET_ALLOW
#define TOP (UINT64_C(0xdeadbeef) << 32) /* what the kernel does not look at in an int argument */

struct row {
	const char *name;
	uint64_t args[SECCOMP_ARG_COUNT];
	uint32_t job, strict, listener;
};

#define ALL(answer) answer, answer, answer

static const struct row rows[] = {
	/* attack 28: TIOCSTI, TIOCLINUX, line disciplines */
	{"ioctl", {0, 0x5412}, ALL(E(EPERM))},
	{"ioctl", {0, 0x5412 | TOP}, ALL(E(EPERM))},
	{"ioctl", {0, 0x541c}, ALL(E(EPERM))},
	{"ioctl", {0, 0x541c | TOP}, ALL(E(EPERM))},
	{"ioctl", {0, 0x5423}, ALL(E(EPERM))},
	{"ioctl", {0, 0x5401}, ALL(YES)}, /* TCGETS */
	/* attacks 20, 21, 29, 37: namespaces */
	{"clone3", {0}, ALL(E(ENOSYS))},
	{"clone", {CLONE_NEWUSER}, ALL(E(EPERM))},
	{"clone", {CLONE_NEWUSER | TOP}, ALL(E(EPERM))},
	{"clone", {CLONE_NEWNS}, ALL(E(EPERM))},
	{"clone", {CLONE_NEWCGROUP}, ALL(E(EPERM))},
	{"clone", {CLONE_NEWUTS}, ALL(E(EPERM))},
	{"clone", {CLONE_NEWIPC}, ALL(E(EPERM))},
	{"clone", {CLONE_NEWPID | 17}, ALL(E(EPERM))},
	{"clone", {CLONE_NEWNET}, ALL(E(EPERM))},
	{"clone", {17}, ALL(YES)},
	{"clone", {0x3d0f00}, ALL(YES)},  /* a thread of glibc */
	{"clone", {0x1200011}, ALL(YES)}, /* its fork() */
	{"clone", {CLONE_VM | CLONE_VFORK | 17}, ALL(YES)},
	{"unshare", {CLONE_NEWUSER}, ALL(E(EPERM))},
	{"unshare", {CLONE_NEWNS | CLONE_FS}, ALL(E(EPERM))},
	{"unshare", {0x80}, ALL(E(EPERM))}, /* CLONE_NEWTIME */
	{"unshare", {UINT64_C(1) << 37}, ALL(E(EPERM))},
	{"unshare", {CLONE_FS | CLONE_FILES | CLONE_SYSVSEM}, YES, E(EPERM), E(EPERM)},
	{"setns", {3}, ALL(E(EPERM))},
	/* MSG_FASTOPEN, beside MSG_NOSIGNAL; no other flag */
	{"sendto", {3, 0, 0, 0x20000000}, YES, E(EOPNOTSUPP), YES},
	{"sendto", {3, 0, 0, 0x20004000 | TOP}, YES, E(EOPNOTSUPP), YES},
	{"sendto", {3, 0, 0, 0x4000}, ALL(YES)},
	{"sendmsg", {3, 0, 0x20004000}, YES, E(EOPNOTSUPP), YES},
	{"sendmsg", {3, 0, 0xdfffffff}, ALL(YES)},
	{"sendmmsg", {3, 0, 1, 0x20004000}, YES, E(EOPNOTSUPP), YES},
	{"sendmmsg", {3, 0, 1, 0x4000}, ALL(YES)},
	/* attacks 20, 22, 32: the root */
	{"mount", {0}, ALL(E(EPERM))},
	{"umount2", {0, 2}, ALL(E(EPERM))},
	{"open_tree", {0}, ALL(E(EPERM))},
	{"move_mount", {0}, ALL(E(EPERM))},
	{"fsopen", {0}, ALL(E(EPERM))},
	{"fsconfig", {0}, ALL(E(EPERM))},
	{"fsmount", {0}, ALL(E(EPERM))},
	{"fspick", {0}, ALL(E(EPERM))},
	{"mount_setattr", {0}, ALL(E(EPERM))},
	{"open_tree_attr", {0}, ALL(E(EPERM))},
	{"pivot_root", {0}, ALL(E(EPERM))},
	{"chroot", {0}, ALL(E(EPERM))},
	{"open_by_handle_at", {0}, ALL(E(EPERM))},
	{"name_to_handle_at", {0}, ALL(E(EOPNOTSUPP))},
	{"statmount", {0}, ALL(E(ENOSYS))},
	/* attack 30 */
	{"bpf", {0}, ALL(E(EPERM))},
	{"perf_event_open", {0}, ALL(E(EPERM))},
	{"userfaultfd", {0}, ALL(E(EPERM))},
	{"io_uring_setup", {1}, ALL(E(ENOSYS))},
	{"io_uring_enter", {0}, ALL(E(ENOSYS))},
	{"io_uring_register", {0}, ALL(E(ENOSYS))},
	{"keyctl", {0}, ALL(E(EPERM))},
	{"add_key", {0}, ALL(E(EPERM))},
	{"request_key", {0}, ALL(E(EPERM))},
	{"kexec_load", {0}, ALL(E(EPERM))},
	{"kexec_file_load", {0}, ALL(E(EPERM))},
	{"init_module", {0}, ALL(E(EPERM))},
	{"finit_module", {0}, ALL(E(EPERM))},
	{"delete_module", {0}, ALL(E(EPERM))},
	{"swapon", {0}, ALL(E(EPERM))},
	{"swapoff", {0}, ALL(E(EPERM))},
	{"reboot", {0}, ALL(E(EPERM))},
	{"settimeofday", {0}, ALL(E(EPERM))},
	{"clock_settime", {0}, ALL(E(EPERM))},
	{"adjtimex", {0}, YES, E(EPERM), E(EPERM)},
	{"clock_adjtime", {0}, YES, E(EPERM), E(EPERM)},
	{"quotactl", {0}, ALL(E(EPERM))},
	{"quotactl_fd", {0}, ALL(E(EPERM))},
	{"acct", {0}, ALL(E(EPERM))},
	{"syslog", {3}, ALL(E(EPERM))},
	{"sethostname", {0}, ALL(E(EPERM))},
	{"personality", {0x0040000}, ALL(E(EPERM))}, /* ADDR_NO_RANDOMIZE */
	{"personality", {0x0400000}, ALL(E(EPERM))}, /* READ_IMPLIES_EXEC */
	{"personality", {0x0040008 | TOP}, ALL(E(EPERM))},
	{"personality", {0}, YES, E(EPERM), E(EPERM)},
	{"personality", {8}, YES, E(EPERM), E(EPERM)},
	{"personality", {0x20008}, YES, E(EPERM), E(EPERM)},
	{"personality", {0xffffffff}, YES, E(EPERM), E(EPERM)},
	/* attacks 5, 38: other processes */
	{"ptrace", {16}, YES, E(EPERM), E(EPERM)},
	{"ptrace", {0x4206, 7, 0, 0x100000}, YES, E(EPERM), E(EPERM)},    /* PTRACE_SEIZE, EXITKILL */
	{"ptrace", {0x4206, 7, 0, 0x200000}, E(EIO), E(EPERM), E(EPERM)}, /* SUSPEND_SECCOMP */
	{"ptrace", {0x4200, 7, 0, 0x200001}, E(EIO), E(EPERM), E(EPERM)}, /* PTRACE_SETOPTIONS */
	{"ptrace", {26}, E(EIO), E(EPERM), E(EPERM)},                     /* PTRACE_SET_THREAD_AREA */
	{"ptrace", {0x420c}, E(EIO), E(EPERM), E(EPERM)},                 /* PTRACE_SECCOMP_GET_FILTER */
	{"ptrace", {0x4210}, E(EIO), E(EPERM), E(EPERM)},                 /* newer */
	{"ptrace", {0x4206 | TOP}, E(EIO), E(EPERM), E(EPERM)},           /* the kernel looks at all of it */
	{"process_vm_readv", {0}, YES, E(EPERM), E(EPERM)},
	{"process_vm_writev", {0}, YES, E(EPERM), E(EPERM)},
	{"pidfd_getfd", {0}, ALL(E(EPERM))},
	{"kcmp", {0}, ALL(E(EPERM))},
	{"process_madvise", {0}, ALL(E(EPERM))},
	/* placing memory; libnuma's question at start has the answer of a kernel without NUMA */
	{"set_mempolicy", {0}, ALL(YES)},
	{"set_mempolicy", {2 | TOP}, ALL(E(EPERM))},
	{"set_mempolicy", {5}, ALL(E(ENOSYS))},
	{"set_mempolicy", {5 | TOP}, ALL(E(ENOSYS))},
	{"mbind", {0, 0, 5}, ALL(E(EPERM))},
	{"pidfd_open", {1}, ALL(YES)},
	/* attack 31: sockets */
	{"socket", {1, 1}, ALL(YES)},
	{"socket", {1 | TOP, 2 | 02000000}, ALL(YES)},
	{"socket", {2, 1 | 02000000 | 04000, 6}, YES, E(EAFNOSUPPORT), YES},
	{"socket", {2, 2, 0}, YES, E(EAFNOSUPPORT), YES},
	{"socket", {2, 2, 17}, YES, E(EAFNOSUPPORT), YES},
	{"socket", {10 | TOP, 1 | TOP, 0 | TOP}, YES, E(EAFNOSUPPORT), YES},
	{"socket", {10, 2, 17}, YES, E(EAFNOSUPPORT), YES},
	{"socket", {2, 3, 1}, E(EPERM), E(EAFNOSUPPORT), E(EPERM)},                       /* raw, ICMP */
	{"socket", {2 | TOP, 3 | TOP, 255}, E(EPERM), E(EAFNOSUPPORT), E(EPERM)},         /* raw, raw */
	{"socket", {10, 3 | 02000000, 58}, E(EPERM), E(EAFNOSUPPORT), E(EPERM)},          /* raw, ICMPv6 */
	{"socket", {2, 10, 0}, E(EPERM), E(EAFNOSUPPORT), E(EPERM)},                      /* SOCK_PACKET */
	{"socket", {2, 5, 132}, E(ESOCKTNOSUPPORT), E(EAFNOSUPPORT), E(ESOCKTNOSUPPORT)}, /* SCTP's SOCK_SEQPACKET */
	{"socket", {2, 15, 0}, E(EINVAL), E(EAFNOSUPPORT), E(EINVAL)},
	{"socket", {2, 1, 262}, E(EPROTONOSUPPORT), E(EAFNOSUPPORT), E(EPROTONOSUPPORT)}, /* MPTCP */
	{"socket", {2, 1, 132}, E(EPROTONOSUPPORT), E(EAFNOSUPPORT), E(EPROTONOSUPPORT)}, /* SCTP */
	{"socket", {16, 3, 0}, YES, E(EAFNOSUPPORT), YES},
	{"socket", {16, 3, 12}, E(EPROTONOSUPPORT), E(EAFNOSUPPORT), E(EPROTONOSUPPORT)},      /* netfilter */
	{"socket", {16, 3, 9 | TOP}, E(EPROTONOSUPPORT), E(EAFNOSUPPORT), E(EPROTONOSUPPORT)}, /* audit */
	{"socket", {38, 5}, ALL(E(EAFNOSUPPORT))},                                             /* AF_ALG */
	{"socket", {38 | TOP, 5}, ALL(E(EAFNOSUPPORT))},
	{"socket", {40, 1}, ALL(E(EAFNOSUPPORT))}, /* AF_VSOCK */
	{"socket", {17, 3}, ALL(E(EAFNOSUPPORT))}, /* AF_PACKET */
	{"socket", {31, 3}, ALL(E(EAFNOSUPPORT))}, /* AF_BLUETOOTH */
	{"socketpair", {1, 1}, ALL(YES)},
	{"socketpair", {30, 1}, ALL(E(EAFNOSUPPORT))}, /* AF_TIPC */
	/* attack 32 */
	{"setsockopt", {3, 0, 64}, ALL(E(EPERM))},
	{"setsockopt", {3, 0 | TOP, 65 | TOP}, ALL(E(EPERM))},
	{"setsockopt", {3, 0, 96}, ALL(E(EPERM))},
	{"setsockopt", {3, 0, 128}, ALL(E(EPERM))},
	{"setsockopt", {3, 41, 64}, ALL(E(EPERM))},
	{"setsockopt", {3, 1, 2}, ALL(YES)},   /* SO_REUSEADDR */
	{"setsockopt", {3, 41, 67}, ALL(YES)}, /* IPV6_TCLASS */
	{"setsockopt", {3, 6, 1}, ALL(YES)},   /* TCP_NODELAY */
	/* leases on what is shown to others too */
	{"fcntl", {3, F_SETLEASE}, ALL(E(EINVAL))},
	{"fcntl", {3 | TOP, F_SETLEASE | TOP, F_WRLCK}, ALL(E(EINVAL))},
	{"fcntl", {3, F_SETLEASE, F_UNLCK}, ALL(E(EINVAL))},
	{"fcntl", {3, F_NOTIFY}, ALL(E(EINVAL))},
	{"fcntl", {3, 1040}, ALL(E(EINVAL))}, /* F_SETDELEG */
	{"fcntl", {3, F_GETLEASE}, ALL(YES)},
	{"fcntl", {3, F_SETLK}, ALL(YES)},
	{"fcntl", {3, F_DUPFD_CLOEXEC}, ALL(YES)},
	{"fcntl", {3, F_ADD_SEALS}, ALL(YES)},
	/* attack 24 */
	{"mknodat", {0, 0, S_IFCHR | 0600}, ALL(E(EPERM))},
	{"mknodat", {0, 0, S_IFBLK | 0600}, ALL(E(EPERM))},
	{"mknodat", {0, 0, S_IFIFO | 0600}, YES, E(EPERM), E(EPERM)},
	{"mknodat", {0, 0, S_IFSOCK | 0600}, YES, E(EPERM), E(EPERM)},
	{"mknodat", {0, 0, 0600}, YES, E(EPERM), E(EPERM)},
	/* nested filters */
	{"seccomp", {1, 0}, YES, E(EPERM), E(EPERM)},
	{"seccomp", {1, 1}, YES, E(EPERM), E(EPERM)},
	{"seccomp", {1, 8}, ALL(E(EPERM))}, /* NEW_LISTENER */
	{"seccomp", {1 | TOP, 9 | TOP}, ALL(E(EPERM))},
	{"seccomp", {2, 0}, YES, E(EPERM), E(EPERM)},
	{"seccomp", {3, 0}, ALL(E(EPERM))},
	{"prctl", {22, 2}, YES, E(EPERM), E(EPERM)},
	{"prctl", {15}, ALL(YES)},
	/* work */
	{"execve", {0}, ALL(YES)},
	{"futex", {0}, ALL(YES)},
	{"memfd_create", {0}, ALL(YES)},
	{"fchmodat2", {0}, ALL(YES)},
	{"rseq", {0}, ALL(YES)},
	{"landlock_create_ruleset", {0}, ALL(YES)},
	{"setresuid", {0}, YES, E(EPERM), E(EPERM)},
	{"shmget", {0}, YES, E(EPERM), E(EPERM)},
	{"io_setup", {0}, ALL(E(ENOSYS))},
	{"setxattr", {0}, YES, YES, E(EOPNOTSUPP)},
};

static uint32_t answer(const struct row *row, const char *policy)
{
	return strcmp(policy, "job") == 0 ? row->job : strcmp(policy, "strict") == 0 ? row->strict : row->listener;
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t p = 0; p < COUNT(shipped); p++) {
		struct seccomp_policy *policy = load_shipped(shipped[p]);
		struct bpf_program program = compile_policy(policy);

		for (size_t i = 0; i < COUNT(rows); i++) {
			struct seccomp_data call = {.nr = syscall_number(rows[i].name), .arch = seccomp_native_arch()};
			uint32_t got;

			assert_true(call.nr >= 0);
			memcpy(call.args, rows[i].args, sizeof call.args);
			got = bpf_program_run(&program, &call);
			if (got != answer(&rows[i], shipped[p]))
				fail_msg("%s, row %zu: %s(%#llx, %#llx, %#llx) gets %#x", shipped[p], i, rows[i].name,
					(unsigned long long)call.args[0], (unsigned long long)call.args[1],
					(unsigned long long)call.args[2], got);
		}
		bpf_program_free(&program);
		seccomp_policy_free(policy);
	}
}

/* Attacks 27, 31 (socketcall), 33: numbers that are not ours. */
static void test_foreign_numbers(void **state)
{
	(void)state;
	for (size_t p = 0; p < COUNT(shipped); p++) {
		struct seccomp_policy *policy = load_shipped(shipped[p]);
		struct bpf_program program = compile_policy(policy);

		for (int nr = 0; nr < 600; nr++) {
			struct seccomp_data call = {.nr = nr | 0x40000000, .arch = seccomp_native_arch()};

			assert_true(bpf_program_run(&program, &call) == E(ENOSYS));
			call = (struct seccomp_data){.nr = nr, .arch = AUDIT_ARCH_I386};
			assert_true(bpf_program_run(&program, &call) == SECCOMP_RET_KILL_PROCESS);
			call = (struct seccomp_data){.nr = nr, .arch = seccomp_native_arch()};
			if (!syscall_known((unsigned)nr))
				assert_true(bpf_program_run(&program, &call) == E(ENOSYS));
		}
		bpf_program_free(&program);
		seccomp_policy_free(policy);
	}
}

/* Calls whose cost a job feels carry no argument rule: then the kernel answers them from its bitmap. fcntl(2) is not
 * one of those: few programs call it in a loop, and it takes leases. Under strict neither are sendto(2) and sendmsg(2):
 * there is no network to be fast on, and MSG_FASTOPEN would lead to one. */
static void test_hot_calls_are_unconditional(void **state)
{
	static const char *const hot[] = {"read", "write", "readv", "writev", "pread64", "pwrite64", "openat", "close",
		"newfstatat", "statx", "fstat", "lseek", "mmap", "munmap", "mprotect", "madvise", "brk", "futex",
		"epoll_wait", "epoll_pwait", "epoll_ctl", "ppoll", "recvfrom", "sendto", "recvmsg", "sendmsg", "getpid",
		"clock_gettime", "getdents64", "readlinkat", "unlinkat", "rt_sigprocmask", "rt_sigaction",
		"sched_yield", "nanosleep", "wait4", "execve", "exit_group", "getrandom", "membarrier"};

	(void)state;
	for (size_t p = 0; p < COUNT(shipped); p++) {
		struct seccomp_policy *policy = load_shipped(shipped[p]);

		for (size_t h = 0; h < COUNT(hot); h++) {
			struct seccomp_data call = {.nr = syscall_number(hot[h]), .arch = seccomp_native_arch()};
			struct seccomp_verdict verdict;

			if (strcmp(shipped[p], "strict") == 0 && strncmp(hot[h], "send", 4) == 0)
				continue;
			if (call.nr == SYSCALL_FOREIGN) /* aarch64 has no epoll_wait(2) */
				continue;
			verdict = seccomp_policy_evaluate(policy, &call);
			assert_true(verdict.action == SECCOMP_RET_ALLOW && verdict.rule >= 0);
			for (size_t r = 0; r < policy->n_rules; r++)
				for (size_t n = 0; n < policy->rules[r].n_numbers; n++)
					if (policy->rules[r].numbers[n] == (unsigned)call.nr &&
						policy->rules[r].n_conds != 0)
						fail_msg("%s: %s has conditions in rule %zu", shipped[p], hot[h], r);
		}
		seccomp_policy_free(policy);
	}
}

/* Every call that Linux 6.18 has is named by some rule, so that a denial has a rule with a reason; 335 and 336 are left
 * to the libraries that know them (uretprobe, uprobe). Loading costs by length: a few instructions more for a rule of
 * its own are worth it, a table that has got out of hand is not. */
static void test_complete_and_short(void **state)
{
	(void)state;
	for (size_t p = 0; p < COUNT(shipped); p++) {
		struct seccomp_policy *policy = load_shipped(shipped[p]);
		struct bpf_program program = compile_policy(policy);

		for (unsigned nr = 0; nr < 470; nr++) {
			struct seccomp_data call = {.nr = (int)nr, .arch = seccomp_native_arch()};

			if (nr != 335 && nr != 336 && syscall_known(nr) &&
				seccomp_policy_evaluate(policy, &call).rule < 0)
				fail_msg("%s: no rule names syscall %u", shipped[p], nr);
		}
		if (program.len > 352)
			fail_msg("%s: %zu instructions", shipped[p], program.len);
		bpf_program_free(&program);
		seccomp_policy_free(policy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_foreign_numbers),
		cmocka_unit_test(test_hot_calls_are_unconditional),
		cmocka_unit_test(test_complete_and_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
