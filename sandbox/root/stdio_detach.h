/* Reopens a file of the caller that is only read, by a mount of the sandbox, for the job.
 * Runs in: child */
#pragma once

#include "common/error.h"
#include "sandbox/process/stdio.h"

/* In the child, in its mount namespace, before it enters its root, while the host's files are still there. A file that
 * is open for reading becomes another description of the same file, at the same place, over a mount that is read-only,
 * nosuid, nodev and noexec and belongs to the sandbox: with the caller's the job could change the mode, the times, the
 * attributes and the flags of a file that it owns. One that is not found by its name stays what it is where its mount
 * is read-only already, and is else refused. The launcher gets each by MESSAGE_FILE. */
int stdio_detach(const struct stdio *stdio, int sock, struct error *err);
