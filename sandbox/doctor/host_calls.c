#include "sandbox/doctor/host_calls.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <linux/landlock.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NO_FD (-1L)
#define BAD_FLAGS (1L << 30)
#define NULL_POINTER 0L

/* What the kernel answers to these, before it asks for any permission, is none of what a filter says. */
static const struct {
	long nr;
	long args[5];
} calls[HOST_CALLS] = {
	/* CLONE_NEWUSER and CLONE_FS exclude each other: EINVAL. */
	[HOST_CLONE] = {SYS_clone, {CLONE_NEWUSER | CLONE_FS | SIGCHLD}},
	[HOST_CLONE3] = {SYS_clone3, {NULL_POINTER, 1}}, /* a structure that is too short: EINVAL */
	[HOST_UNSHARE] = {SYS_unshare, {CLONE_NEWUSER | CLONE_NEWCGROUP | CLONE_IO}}, /* CLONE_IO: EINVAL */
	/* The keyring of the child that tries: EOPNOTSUPP. */
	[HOST_KEYCTL] = {SYS_keyctl, {KEYCTL_JOIN_SESSION_KEYRING, NULL_POINTER}},
	[HOST_SECCOMP] = {SYS_seccomp, {9999}},                                 /* EINVAL */
	[HOST_OPENAT2] = {SYS_openat2, {NO_FD, NULL_POINTER, NULL_POINTER, 1}}, /* EINVAL */
	[HOST_CLOSE_RANGE] = {SYS_close_range, {2, 1, 0}},                      /* EINVAL */
	[HOST_LANDLOCK] = {SYS_landlock_create_ruleset, {NULL_POINTER, 0, LANDLOCK_CREATE_RULESET_VERSION}},
	[HOST_OPEN_TREE] = {SYS_open_tree, {NO_FD, NULL_POINTER, BAD_FLAGS}},                          /* EINVAL */
	[HOST_MOUNT_SETATTR] = {SYS_mount_setattr, {NO_FD, NULL_POINTER, BAD_FLAGS, NULL_POINTER, 0}}, /* EINVAL */
	[HOST_FSCONFIG] = {SYS_fsconfig, {NO_FD, 9999, NULL_POINTER, NULL_POINTER, 0}},                /* EINVAL */
	[HOST_MOUNT] = {SYS_mount, {NULL_POINTER, 1, NULL_POINTER, 0, NULL_POINTER}}, /* a bad pointer: EFAULT */
	[HOST_UMOUNT2] = {SYS_umount2, {1, BAD_FLAGS}},                               /* EINVAL */
	[HOST_FSOPEN] = {SYS_fsopen, {1, 0}},                                         /* EFAULT */
	[HOST_FSMOUNT] = {SYS_fsmount, {NO_FD, 0, 0}},                                /* EBADF */
	[HOST_MOVE_MOUNT] = {SYS_move_mount, {NO_FD, NULL_POINTER, NO_FD, NULL_POINTER, BAD_FLAGS}}, /* EINVAL */
	[HOST_PIVOT_ROOT] = {SYS_pivot_root, {1, 1}},                                                /* EFAULT */
	[HOST_SETHOSTNAME] = {SYS_sethostname, {NULL_POINTER, -1}},                                  /* EINVAL */
};

static int try(enum host_call call)
{
	const long *a = calls[call].args;

	if (syscall(calls[call].nr, a[0], a[1], a[2], a[3], a[4]) >= 0)
		return 0;
	return errno == EPERM || errno == EACCES || errno == ENOSYS ? errno : 0;
}

static int try_in_child(enum host_call call)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(try(call));
	while (pid > 0 && waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return HOST_NOT_TRIED;
	if (pid < 0)
		return HOST_NOT_TRIED;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EPERM; /* SECCOMP_RET_KILL_… */
}

void host_calls_plain(int results[HOST_CALLS])
{
	for (unsigned call = 0; call < HOST_CALLS; call++)
		results[call] = call < HOST_FSOPEN ? try_in_child(call) : HOST_NOT_TRIED;
}

void host_calls_privileged(int results[HOST_CALLS])
{
	for (unsigned call = HOST_FSOPEN; call < HOST_CALLS; call++)
		results[call] = try(call);
}
