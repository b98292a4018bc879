/* Every secret the hub knows, by kind. All functions want the store's lock. */
#pragma once

#include "tests/hub/store.h"

/* Adds a token. `value` is copied; NULL makes a random one. `life_s` 0: it does not expire. Returns the token. */
const struct token *token_add(
	struct store *store, enum token_kind kind, const char *value, const char *scope, int64_t owner, int64_t life_s);

/* The token of this kind and value that has not expired, or NULL. */
const struct token *token_find(const struct store *store, enum token_kind kind, const char *value);

/* Whether a token made for one entity may be used for `scope`. */
bool token_covers(const struct token *token, const char *scope);

void tokens_free(struct store *store);
