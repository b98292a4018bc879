/* Wraps system calls that Debian 12's C library (glibc 2.36) lacks, or wraps with side effects.
 * Runs in: launcher, child, helper */
#pragma once

#include <linux/mount.h>
#include <linux/sched.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#ifndef SYS_open_tree_attr
#define SYS_open_tree_attr 467 /* Linux 6.15, the same on every machine that we are built for */
#endif

/* clone3(2), fork style: the child continues with a copy of the address space. No pthread_atfork handlers run. */
static inline pid_t sys_clone3(struct clone_args *args)
{
	return (pid_t)syscall(SYS_clone3, args, sizeof *args);
}

static inline int sys_pivot_root(const char *new_root, const char *put_old)
{
	return (int)syscall(SYS_pivot_root, new_root, put_old);
}
