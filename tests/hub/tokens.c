#include "tests/hub/tokens.h"

#include "tests/hub/clock.h"
#include "tests/hub/encode.h"
#include "tests/hub/memory.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

const struct token *token_add(
	struct store *store, enum token_kind kind, const char *value, const char *scope, int64_t owner, int64_t life_s)
{
	struct token *token = must(calloc(1, sizeof *token));

	token->kind = kind;
	token->value = value == NULL ? random_hex("A", 14) : copy_text(value);
	token->scope = copy_text(scope);
	token->owner = owner;
	token->expires_ns = life_s == 0 ? 0 : now_ns() + life_s * NS_PER_S;
	token->next = store->tokens;
	store->tokens = token;
	return token;
}

const struct token *token_find(const struct store *store, enum token_kind kind, const char *value)
{
	for (const struct token *t = store->tokens; t != NULL; t = t->next)
		if (t->kind == kind && (t->expires_ns == 0 || t->expires_ns > now_ns()) && same_secret(t->value, value))
			return t;
	return NULL;
}

bool token_covers(const struct token *token, const char *scope)
{
	return token->scope == NULL || strcasecmp(token->scope, scope) == 0;
}

void tokens_free(struct store *store)
{
	while (store->tokens != NULL) {
		struct token *token = store->tokens;

		store->tokens = token->next;
		OPENSSL_cleanse(token->value, strlen(token->value));
		free(token->value);
		free(token->scope);
		free(token);
	}
}
