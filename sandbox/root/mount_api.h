/* Wraps the mount API of Linux 5.2 (fsopen, open_tree, move_mount) and 5.12 (mount_setattr).
 * Mounts are made detached, so no path is resolved twice: a source is opened once, and attached to an open directory.
 * Runs in: child, helper */
#pragma once

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>

/* Opens a detached, recursive, private copy of the mount at `path` (relative to dirfd; symlinks are followed unless
 * MOUNT_NOFOLLOW), nosuid, and nodev and read-only where asked. Returns the descriptor; -1 with err, errnum ENOENT when
 * it does not exist. */
enum mount_flags {
	MOUNT_READONLY = 1 << 0,
	MOUNT_NODEV = 1 << 1,
	MOUNT_NOEXEC = 1 << 3,
	MOUNT_NOFOLLOW = 1 << 2, /* no component of the path may be a symbolic link */
};
int mount_clone(int dirfd, const char *path, unsigned flags, struct error *err);

/* Makes a detached file system without a source: "tmpfs", "proc", "devpts", "mqueue". `options` is a NULL-terminated
 * list of key, value pairs. nosuid, nodev but for devpts; noexec where asked. Returns the descriptor of its root. */
int mount_fresh(const char *type, const char *const options[], bool noexec, struct error *err);

/* Makes a detached overlay: `lower` from top to bottom, n of them (at most MOUNT_LOWER_MAX), `upper` and `work` empty
 * directories of one mount, or -1: then it is read-only, and has two of `lower`; all descriptors of directories that
 * are attached in this namespace (before 6.15 the kernel takes no other). nosuid, nodev. Linux 5.11 for unprivileged
 * user namespaces; its `userxattr` excludes every other option. `unsynced`: fsync(2) does nothing, and
 * unmounting does not write back all of the upper file system (`volatile`, 5.10). `what` names it in the error. */
#define MOUNT_LOWER_MAX 3
int mount_overlay(const int lower[], size_t n, int upper, int work, bool unsynced, const char *what, struct error *err);

/* The remedy where a directory would cover a file, or a file a directory. */
#define MOUNT_WRONG_KIND \
	"remove what is there, in the image or the directory that holds it, or name another place inside"

/* Attaches a detached mount on the directory or file that `target` (O_PATH) refers to. `what` names it in the error. */
int mount_attach(int mount, int target, const char *what, struct error *err);

/* The same on a name in `dirfd` that nobody else can have changed. */
int mount_attach_at(int mount, int dirfd, const char *name, const char *what, struct error *err);

/* Makes the mount that `fd` is the root of read-only, not what is mounted below it. */
int mount_set_readonly(int fd, const char *what, struct error *err);
int mount_set_writable(int fd, const char *what, struct error *err);
