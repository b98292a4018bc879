/* The directory of images: trees by their content, and names that lead to them.
 *
 *   lock         held by whoever changes names or trees
 *   names/NAME   a symbolic link to ../trees/TREE, switched by rename(2)
 *   trees/TREE/  an image, complete and never changed: root/ (the tree), manifest, info.json
 *   new/X/       an image being made; its maker holds an exclusive lock (flock(2)) on it
 *   trash/X/     what is being removed; who removes it holds an exclusive lock on it
 *
 * TREE is the digest of what it was made from, and the kind of ids its files have. Whoever uses a tree holds a shared
 * lock on trees/TREE. What a killed process has left in new/ and trash/ nobody holds: the next one removes it
 * (image/collect.h). */
#pragma once

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>

/* "sha256-", 64 digits, "-subuid" */
#define IMAGE_TREE_SIZE 96

struct image_store {
	char *dir; /* absolute */
	int dirfd, names, trees;
	int lockfd; /* -1: not held */
};

#define IMAGE_STORE_NONE ((struct image_store){.dirfd = -1, .names = -1, .trees = -1, .lockfd = -1})

/* Opens the caller's store (policy/image_name.h), and makes it if `make`. Refuses one that another user owns or that
 * others can write. 1: open; 0: there is none; -1: err. The caller calls image_store_close() in any case. */
int image_store_open(struct image_store *store, bool make, struct error *err);
void image_store_close(struct image_store *store);

/* Takes the lock, and waits for it. */
int image_store_lock(struct image_store *store, struct error *err);
void image_store_unlock(struct image_store *store);

/* Whether the text is the name of a tree. */
bool image_tree_is_valid(const char *tree);

/* The tree that a name leads to. 1: found; 0: no such name; -1: err, also for what is not a link of ours. */
int image_store_read_name(
	const struct image_store *store, const char *name, char tree[IMAGE_TREE_SIZE], struct error *err);

/* With the lock held: makes the name lead to the tree, which is there. */
int image_store_set_name(const struct image_store *store, const char *name, const char *tree, struct error *err);

/* With the lock held: 1: removed; 0: no such name. */
int image_store_remove_name(const struct image_store *store, const char *name, struct error *err);

/* All names, sorted. The caller calls image_names_free(). */
struct image_names {
	char **v;
	size_t n;
};
int image_store_names(const struct image_store *store, struct image_names *names, struct error *err);
void image_names_free(struct image_names *names);

/* "image: NAME: unknown …" with what there is, or how to make the first. Always -1. */
int image_store_unknown(const struct image_store *store, const char *name, struct error *err);
