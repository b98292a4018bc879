#include "runner/config/pool.h"

#include <stdlib.h>
#include <string.h>

void pool_free(struct pool *pool)
{
	for (size_t i = 0; i < pool->n_labels; i++)
		free(pool->labels[i]);
	free(pool->labels);
	free(pool->group);
	free(pool->profile);
	free(pool->profile_origin);
	free(pool->root);
	memset(pool, 0, sizeof *pool);
}

void pools_free(struct pools *pools)
{
	for (size_t i = 0; i < pools->n; i++)
		pool_free(&pools->v[i]);
	free(pools->v);
	*pools = (struct pools){0};
}

unsigned pools_slots(const struct pools *pools)
{
	unsigned n = 0;

	for (size_t i = 0; i < pools->n; i++)
		n += pools->v[i].slots;
	return n;
}

struct pool *pools_add(struct pools *pools)
{
	struct pool *grown = reallocarray(pools->v, pools->n + 1, sizeof *grown);

	if (grown == NULL)
		abort();
	pools->v = grown;
	pools->v[pools->n] = (struct pool){.labels = NULL};
	return &pools->v[pools->n++];
}

void pool_add_label(struct pool *pool, const char *label, size_t len)
{
	char **grown = reallocarray(pool->labels, pool->n_labels + 2, sizeof *grown);

	if (grown == NULL)
		abort();
	pool->labels = grown;
	grown[pool->n_labels] = strndup(label, len);
	if (grown[pool->n_labels++] == NULL)
		abort();
	grown[pool->n_labels] = NULL;
}
