/* Sets up the user namespace. user_namespaces(7).
 * Runs in: child */
#pragma once

#include "common/error.h"

#include <sys/types.h>

/* Called in the child, which is alone in its new user namespace: maps the one uid and gid of the caller to themselves
 * and forbids setgroups(2), so that no other identity exists inside. The caller's supplementary groups cannot be given
 * up this way: the kernel still counts them when the job opens a file, though inside they read as the overflow gid
 * (SECURITY.md, "not a boundary").
 * The process must be dumpable while this runs, or its /proc/self files belong to root. */
int userns_map_single(uid_t uid, gid_t gid, struct error *err);
