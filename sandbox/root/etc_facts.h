/* Reads what the root of a plan has in /etc: what its files of /etc are made from.
 *
 * Links of an image's are followed as its programs would, and never out of it.
 * Runs in: launcher */
#pragma once

#include "common/error.h"
#include "policy/facts.h"

/* A larger file stays as the root has it. */
#define ETC_FILE_MAX (1 << 20)

/* Before plan_resolve(). Asks getent(1) for the caller's name, where no row of passwd has it and nsswitch.conf names a
 * service that may: that can take ten seconds, and that it fails is no error. Nor is a file that is not there or may
 * not be read. Otherwise -1 with err. etc_facts_free() is due in every case. */
int etc_facts_detect(
	const struct plan_root *root, enum plan_identity_kind identity, struct facts_etc *facts, struct error *err);
void etc_facts_free(struct facts_etc *facts);
