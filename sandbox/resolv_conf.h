/* /etc/resolv.conf of a job with a network of its own. */
#pragma once

#include "policy/plan.h"

#include <stdint.h>

/* Covers what /etc/resolv.conf leads to inside `rootfd` with a read-only file of that text, unless the mount table has
 * a file of its own there. A link of the administrator's to a file that the sandbox does not have gets the file; one of
 * an image's is replaced in its layer, and one that a job may have made is refused. */
int resolv_conf_cover(int rootfd, const struct plan *plan, struct error *err);

/* From inside: adds 1 to *uncovered where that has not taken place (statx(2), Linux 5.8). -1: it cannot be told. */
int resolv_conf_look(const struct plan *plan, uint64_t *uncovered);
