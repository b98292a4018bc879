/* Processes that share the caller's memory until they exec or exit, while the caller sleeps: vfork(2) with a stack of
 * its own. No page table is copied, which is most of what a fork(2) costs. Rules for what runs in one:
 * - the caller has one thread, and every signal is blocked;
 * - what it changes in memory stays changed: the dumpable flag too, which belongs to the memory;
 * - it does not return, and does not rely on being killed alone: the kernel's OOM killer kills all who share memory. */
#pragma once

#include "policy/plan.h"
#include "sandbox/stdio.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/types.h>

typedef char shared_stack[65536] __attribute__((aligned(4096)));

/* `run` starts on `stack`, which is its own as long as it lives; its pages are given back. `flags`: CLONE_NEW*,
 * CLONE_PIDFD with *pidfd. Returns the PID when the process has exec'd or exited; -1 with errno. clone(2). */
static inline pid_t shared_clone(int (*run)(void *), shared_stack *stack, unsigned flags, void *data, int *pidfd)
{
	pid_t pid = clone(run, stack + 1, (int)(flags | CLONE_VM | CLONE_VFORK | SIGCHLD), data, pidfd);
	int saved = errno;

	madvise(stack, sizeof *stack, MADV_DONTNEED);
	errno = saved;
	return pid;
}

/* Whether the set-up of this plan may run so: the launcher sleeps meanwhile, and hears neither a signal nor its time
 * limit. So nothing may be wanted of it from outside, it may not have to say when the command starts, it may have no
 * terminal to serve, nothing may take long (a layer to copy), and no source may lie on a file system that can keep one
 * waiting (FUSE, NFS), nor have one below it. And it may not be in a cgroup with a memory limit: the set-up that is
 * killed for it would take the launcher along; who calls this has seen to that.
 */
bool shared_fits(const struct plan *plan, const struct stdio *stdio);

/* Whether a normalised path lies in a directory of the system's, such as /usr: what leads there is root's. */
bool shared_is_of_the_system(const char *path);
