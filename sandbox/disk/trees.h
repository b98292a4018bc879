/* Lists what a disk limit counts: the workspace, all else of the host that the job may write, and a layer on disk.
 * Runs in: launcher, PID 1, command, helper */
#pragma once

#include "common/error.h"
#include "policy/plan.h"
#include "sandbox/files/usage.h"

#include <stdbool.h>
#include <stddef.h>

struct disk_trees {
	int *fds; /* some may be the same, or lie below another */
	size_t n;
};

/* Whether there is any. */
bool disk_trees_any(const struct plan_root *root);

/* Opens them (O_PATH). disk_trees_close() is due also after failure, and for {0}. */
int disk_trees_open(const struct plan_root *root, struct disk_trees *trees, struct error *err);
/* … and one more, the directory of a layer on disk. */
int disk_trees_add_layer(struct disk_trees *trees, int layer, struct error *err);
void disk_trees_close(struct disk_trees *trees);

/* Adds what is in all of them; stops early when it is more than `bytes` or `files`. As usage_tree(). */
int disk_trees_count(const struct disk_trees *trees, uint64_t bytes, uint64_t files, struct usage *usage);

/* Room on the file systems that they lie on, together. */
struct room disk_trees_room(const struct disk_trees *trees);
