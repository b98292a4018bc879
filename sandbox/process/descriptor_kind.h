/* Decides whether a job may have a descriptor, by a list of allowed kinds.
 *
 * Many kernel objects behind descriptors keep working with the rights, the memory or the descriptors of their maker;
 * no filter, Landlock domain or namespace of the job is asked. A kind that is not on the list is refused by its name,
 * and so is a kind that a later kernel adds.
 * Runs in: launcher, PID 1 */
#pragma once

#include "common/error.h"

#include <sys/stat.h>

/* Refuses `fd` where its kind may not reach a job. `st` is what fstat(2) says of it, `flags` what F_GETFL says, or -1.
 * Directories, terminals and what is open as a path only are the caller's to refuse. Passing:
 *   regular files (memfd and files without a name among them), named and other pipes, sockets, block devices
 *   character devices but memory and ports (/dev/mem, /dev/port), /dev/fuse and vhost
 *   [eventfd], [timerfd]: a counter and a clock, which hold nothing of who made them
 * Refused are therefore also what only looks like a regular file (memfd_secret(2), a dma-buf), and files open for
 * writing that the kernel makes up (/proc, /sys, cgroups and their like): a write to one counts as the opener's
 * (/proc/PID/mem, cgroup.procs). */
int descriptor_kind_check(int fd, const struct stat *st, int flags, struct error *err);

/* Where the policy lets no internet socket be made: refuses a socket that Landlock, of version `abi`, does not keep
 * from going elsewhere. What it keeps: TCP (ABI 4, Linux 6.7), Unix sockets (names in the file system are those of the
 * job's root, and abstract ones are refused by ABI 6, Linux 6.12; before that only a connected stream, which cannot be
 * connected anew). */
int descriptor_kind_check_held(int fd, const struct stat *st, int abi, struct error *err);
