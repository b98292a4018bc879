/* Lists what a mirror was made of, so that a later launch sees whether the host's directories have changed.
 *
 * Each entry is listed with its device, inode and time of change (ctime, inode(7)), which nobody can set back. A file
 * `near` has what every launch compares: the entries of a mirror that copies files, else the directories that people
 * and package managers change (three levels, two of "share/doc" and "share/locale", and all of "local"). A file `far`
 * has the rest, which is compared once a minute. Runs in: launcher */
#pragma once

#include "common/error.h"
#include "policy/plan.h"
#include "sandbox/root/mirror.h"

#include <stdint.h>
#include <stdio.h>

#define MIRROR_LIST_FAR_NS (60 * INT64_C(1000000000))

struct mirror_list {
	struct mirror_observer observer; /* for mirror_tree() */
	enum plan_copy copy;
	int64_t began_ns;
	FILE *near, *far;
	bool failed;
};

/* Begins both files in the directory `dir`. */
int mirror_list_begin(struct mirror_list *list, int dir, enum plan_copy copy, struct error *err);
/* 0 when both are complete. */
int mirror_list_end(struct mirror_list *list);

/* Whether all that the files in `dir` list is still so below `source`. */
bool mirror_list_holds(int dir, int source);
