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

/* Not aligned to pages, or all of .bss would be, and begin on a page that is touched for nothing else. */
#define SHARED_PAGE 4096
typedef char shared_stack[65536 + SHARED_PAGE];

/* `run` starts on the whole pages of `stack`, which are its own as long as it lives, and given back then. `flags`:
 * CLONE_NEW*, CLONE_PIDFD with *pidfd. Returns the PID when the process has exec'd or exited; -1 with errno. clone(2).
 */
static inline pid_t shared_clone(int (*run)(void *), shared_stack *stack, unsigned flags, void *data, int *pidfd)
{
	const size_t size = sizeof *stack - SHARED_PAGE;
	char *pages = *stack + (-(uintptr_t)*stack & (SHARED_PAGE - 1));
	pid_t pid = clone(run, pages + size, (int)(flags | CLONE_VM | CLONE_VFORK | SIGCHLD), data, pidfd);
	int saved = errno;

	madvise(pages, size, MADV_DONTNEED);
	errno = saved;
	return pid;
}

/* Whether such a process can set up this root without taking long: it has no layer to copy, as an image has not, nor
 * one that is `mirrored`, and none on disk; and neither the image nor a source lies on a file system that can keep one
 * waiting (FUSE, NFS), or has one below it.
 */
bool shared_fits(const struct plan_root *root, bool mirrored, const struct stdio *stdio);
