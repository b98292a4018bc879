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
	free(pool->root);
	memset(pool, 0, sizeof *pool);
}
