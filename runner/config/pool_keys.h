/* The keys of a pool, a row each: how its value is read, its schema. In pool_keys.c and pool_rate.c. */
#pragma once

#include "common/error.h"
#include "runner/config/pool.h"

#include <jansson.h>
#include <stdint.h>

/* Puts the value into the pool. 0, or -1 with err, which names neither key nor position. `at` is the index of the
 * element to blame, or -1: the value itself. */
typedef int pool_key_read(struct pool *pool, const json_t *value, int *at, struct error *err);

/* The schema of its value, without the description; NULL when memory ran out. */
typedef json_t *pool_key_schema(void);

struct pool_key {
	const char *name;
	pool_key_read *read; /* NULL: refused, and `help` says what to do instead */
	pool_key_schema *schema;
	const char *help; /* one sentence, no full stop */
};

/* Ends with a NULL name. */
extern const struct pool_key pool_keys[];

/* The row of a name, or NULL. */
const struct pool_key *pool_key_find(const char *name);

/* Reads "0.12 EUR": the price of an hour and its currency. 0, or -1 with err. Pure. */
int pool_rate_parse(struct pool *pool, const char *text, struct error *err);
