/* Runs the packaged nft(8) in the network namespace of a job.
 * Runs in: launcher */
#pragma once

#include "common/error.h"

#include "sandbox/cgroup/cgroup.h"

#include <stddef.h>

/* Loads a ruleset, which is fed over standard input. The error quotes the first line of what nft said. Like the next
 * one it runs in the leaf `helpers`, where there is one. */
int nft_load(
	const char *nft, int userns, int netns, const struct cgroup *helpers, const char *rules, struct error *err);

/* What `nft --json list table inet TABLE` prints. The caller frees *text. */
int nft_list(const char *nft, int userns, int netns, const struct cgroup *helpers, const char *table, char **text,
	size_t *len, struct error *err);
