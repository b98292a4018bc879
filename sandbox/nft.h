/* The packaged nft(8), run in the network namespace of a job. */
#pragma once

#include "common/error.h"

#include <stddef.h>

/* Loads a ruleset, which is fed over standard input. The error quotes the first line of what nft said. */
int nft_load(const char *nft, int userns, int netns, const char *rules, struct error *err);

/* What `nft --json list table inet TABLE` prints. The caller frees *text. */
int nft_list(const char *nft, int userns, int netns, const char *table, char **text, size_t *len, struct error *err);
