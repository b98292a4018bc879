/* Carries out the plan's mount table: opens every source first, then attaches each.
 * So no mount of ours can cover a source.
 * Runs in: child */
#pragma once

#include "common/error.h"
#include "policy/plan.h"
#include "sandbox/root/layers.h"
#include "sandbox/root/mask.h"

/* What pass one found for one line of the table. */
struct mount_source {
	int fd;        /* a detached mount, or -1: nothing to attach */
	char *symlink; /* the text of a top-level link of the host to reproduce (/bin -> usr/bin), or NULL */
};

/* Pass one. `layers`: from layers_begin(). `sources` has root->n_mounts entries; what they hold lives until the process
 * ends or becomes the command. */
int mounts_open(
	const struct plan_root *root, const struct layers *layers, struct mount_source *sources, struct error *err);

/* Between the two: makes every mount point and link below `rootfd`, which is to become the lowest part of a layer, so
 * that the layer above need not. */
int mounts_prepare(const struct plan_root *root, const struct mount_source *sources, int rootfd, struct error *err);

/* Pass two: attaches everything below `rootfd`, in the order of the table. */
int mounts_attach(
	const struct plan_root *root, struct mount_source *sources, struct mask *mask, int rootfd, struct error *err);
