#include "policy/seccomp/groups.h"

#include <string.h>

/* A call stands in one group only. Calls of 32-bit and other ABIs are left out: they are never native here. */
const struct seccomp_group seccomp_groups[] = {
	{"file-read",
		"open and read files and directories; open(2) and its variants also open for writing, which the mount table restricts",
		"access cachestat chdir close close_range dup dup2 dup3 faccessat faccessat2 fadvise64 fchdir fcntl "
		"fstat fstatfs getcwd getdents getdents64 lseek lstat newfstatat open openat openat2 pread64 preadv "
		"preadv2 read readahead readlink readlinkat readv stat statfs statx umask"},
	{"file-write",
		"create, write, rename and remove files and directories, and change their modes, owners and times",
		"chmod chown copy_file_range creat fallocate fchmod fchmodat fchmodat2 fchown fchownat fdatasync "
		"flock fsync ftruncate futimesat lchown link linkat mkdir mkdirat pwrite64 pwritev pwritev2 rename "
		"renameat renameat2 rmdir sendfile splice symlink symlinkat sync sync_file_range syncfs tee truncate "
		"unlink unlinkat utime utimensat utimes vmsplice write writev"},
	{"xattr-read", "read extended attributes: ls(1), cp(1), tar(1)",
		"fgetxattr file_getattr flistxattr getxattr getxattrat lgetxattr listxattr listxattrat llistxattr"},
	{"xattr-write", "write extended attributes; trusted and security ones require capabilities",
		"file_setattr fremovexattr fsetxattr lremovexattr lsetxattr removexattr removexattrat setxattr setxattrat"},
	{"event",
		"wait for events: poll(2), epoll(7), eventfd(2), inotify(7), pipes, timers and signals as descriptors",
		"epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 "
		"inotify_add_watch inotify_init inotify_init1 inotify_rm_watch pipe pipe2 poll ppoll pselect6 select "
		"signalfd signalfd4 timerfd_create timerfd_gettime timerfd_settime"},
	{"memory", "memory of the caller itself",
		"brk get_mempolicy madvise map_shadow_stack memfd_create mincore mlock mlock2 mlockall mmap mprotect "
		"mremap mseal msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect"},
	{"process",
		"start, end and signal processes and threads, except by clone(2); signals stay in the PID namespace",
		"arch_prctl execve execveat exit exit_group fork futex futex_requeue futex_wait futex_waitv "
		"futex_wake get_robust_list getpgid getpgrp getpid getppid getpriority getrlimit getrusage getsid "
		"gettid kill membarrier pidfd_open pidfd_send_signal prlimit64 restart_syscall rseq rt_sigaction "
		"rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait "
		"rt_tgsigqueueinfo set_robust_list set_tid_address setpgid setpriority setrlimit setsid sigaltstack "
		"tgkill tkill vfork wait4 waitid"},
	{"schedule", "scheduling of the caller's processes; real-time classes require a capability",
		"getcpu ioprio_get ioprio_set sched_get_priority_max sched_get_priority_min sched_getaffinity "
		"sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval sched_setaffinity "
		"sched_setattr sched_setparam sched_setscheduler sched_yield"},
	{"time", "read clocks, sleep, set timers",
		"alarm clock_getres clock_gettime clock_nanosleep getitimer gettimeofday nanosleep pause setitimer "
		"time timer_create timer_delete timer_getoverrun timer_gettime timer_settime times"},
	{"identity", "identity of the caller and of the system, random numbers",
		"capget getegid geteuid getgid getgroups getrandom getresgid getresuid getuid sysinfo uname"},
	{"identity-change", "become another user that is mapped; drop capabilities",
		"capset setfsgid setfsuid setgid setgroups setregid setresgid setresuid setreuid setuid"},
	{"ipc", "System V and POSIX message queues, semaphores, shared memory, confined to the IPC namespace",
		"mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedsend mq_unlink msgctl msgget msgrcv msgsnd "
		"semctl semget semop semtimedop shmat shmctl shmdt shmget"},
	{"aio", "the kernel's old asynchronous input and output; io_uring is in @kernel-surface",
		"io_cancel io_destroy io_getevents io_pgetevents io_setup io_submit"},
	{"network", "use sockets; rules on socket(2), socketpair(2) and setsockopt(2) decide which ones can be created",
		"accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg recvmsg send sendmmsg sendmsg sendto shutdown"},
	{"landlock", "Landlock, which can only restrict",
		"landlock_add_rule landlock_create_ruleset landlock_restrict_self"},
	{"mount", "mount, unmount, change the root (CVE-2022-0185 for fsconfig(2))",
		"chroot fsconfig fsmount fsopen fspick mount mount_setattr move_mount open_tree open_tree_attr pivot_root umount umount2"},
	{"kernel-surface", "large kernel interfaces that escapes have used; io_uring would also bypass a filter",
		"bpf fanotify_init fanotify_mark io_uring_enter io_uring_register io_uring_setup memfd_secret modify_ldt perf_event_open userfaultfd"},
	{"keyring", "the kernel's keyrings, which belong to the user and which no namespace isolates",
		"add_key keyctl request_key"},
	{"machine", "change the machine: code, memory and clock of the kernel, quotas, accounting, host name, ports",
		"acct adjtimex clock_adjtime clock_settime delete_module finit_module init_module ioperm iopl "
		"kexec_file_load kexec_load quotactl quotactl_fd reboot setdomainname sethostname settimeofday stime "
		"swapoff swapon syslog vhangup"},
	{"debug", "read or steer another process; debuggers require it",
		"kcmp migrate_pages move_pages pidfd_getfd process_madvise process_mrelease process_vm_readv process_vm_writev ptrace"},
	{"numa", "place memory on NUMA nodes, which is the host's decision",
		"mbind set_mempolicy set_mempolicy_home_node"},
	{"handle", "open files by inode, past every mount and directory permission (the Shocker escape)",
		"name_to_handle_at open_by_handle_at"},
	{"newer", "newer than most programs: callers fall back as on an older kernel",
		"listmount lsm_get_self_attr lsm_list_modules lsm_set_self_attr statmount"},
	{"obsolete", "removed from the kernel or never in it, or without users",
		"_sysctl afs_syscall create_module epoll_ctl_old epoll_wait_old get_kernel_syms get_thread_area "
		"getpmsg lookup_dcookie nfsservctl putpmsg query_module remap_file_pages security set_thread_area "
		"sysfs tuxcall uselib ustat vserver"},
};
const size_t seccomp_groups_count = sizeof seccomp_groups / sizeof seccomp_groups[0];

const struct seccomp_group *seccomp_group_find(const char *name)
{
	for (size_t i = 0; i < seccomp_groups_count; i++)
		if (strcmp(seccomp_groups[i].name, name) == 0)
			return &seccomp_groups[i];
	return NULL;
}
