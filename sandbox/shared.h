/* Starts processes that share the caller's memory until they exec or exit: vfork(2) with their own stack.
 *
 * The caller sleeps meanwhile. No page table is copied, which is most of what a fork(2) costs. Rules for what runs in
 * one:
 * - the caller has one thread, and every signal is blocked;
 * - what it changes in memory stays changed: the dumpable flag too, which belongs to the memory;
 * - it does not return, and does not rely on being killed alone: the kernel's OOM killer kills all who share memory.
 * Runs in: launcher, child */
#pragma once

#include "policy/plan.h"
#include "sandbox/process/stdio.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/types.h>

/* Those that share the launcher's memory, each with a stack of its own. */
enum shared_process { SHARED_CHILD, SHARED_COMMAND, SHARED_PROCESSES };
#define SHARED_STACK 65536

/* The stacks, from the first whole page on. Not aligned to pages, or all of .bss would be, and begin on a page that is
 * touched for nothing else. */
#define SHARED_PAGE 4096
extern char shared_stacks[SHARED_PROCESSES * SHARED_STACK + SHARED_PAGE];

static inline char *shared_stacks_begin(void)
{
	return shared_stacks + (-(uintptr_t)shared_stacks & (SHARED_PAGE - 1));
}

static inline char *shared_stack_end(enum shared_process process)
{
	return shared_stacks_begin() + (size_t)(process + 1) * SHARED_STACK;
}

/* `flags`: CLONE_NEW*, CLONE_PIDFD with *pidfd. Returns the PID when the process has exec'd or exited; -1 with errno.
 * clone(2). */
static inline pid_t shared_clone(int (*run)(void *), char *stack_end, unsigned flags, void *data, int *pidfd)
{
	return clone(run, stack_end, (int)(flags | CLONE_VM | CLONE_VFORK | SIGCHLD), data, pidfd);
}

/* The same for a process that waits for somebody first: the caller does not sleep as after vfork(2), which counts as
 * load on the machine. */
pid_t shared_clone_waiting(int (*run)(void *), char *stack_end, void *data);

/* Gives the memory of the stacks back, when nobody runs on one. */
static inline void shared_stacks_drop(void)
{
	const int saved = errno;

	madvise(shared_stacks_begin(), SHARED_PROCESSES * SHARED_STACK, MADV_DONTNEED);
	errno = saved;
}

/* Whether such a process can set up this root without taking long: it has no layer to copy, as an image has not, nor
 * one that is `mirrored`, and none on disk; and neither the image nor a source lies on a file system that can keep one
 * waiting (FUSE, NFS), or has one below it.
 */
bool shared_fits(const struct plan_root *root, bool mirrored, const struct stdio *stdio);
