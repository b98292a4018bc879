#include "runner/scale.h"

unsigned scale_wanted(const struct pool *pool, unsigned busy)
{
	const unsigned wanted = busy + pool->warm;

	if (wanted < pool->slots)
		return pool->slots;
	return wanted < pool->max ? wanted : pool->max;
}

int scale_step(const struct pool *pool, unsigned has, unsigned busy, int64_t *spare_since_ns, int64_t now_ns)
{
	const unsigned wanted = scale_wanted(pool, busy);

	if (has <= wanted) {
		*spare_since_ns = 0;
		return (int)(wanted - has);
	}
	if (*spare_since_ns == 0)
		*spare_since_ns = now_ns;
	if (now_ns - *spare_since_ns < SCALE_SPARE_NS)
		return 0;
	*spare_since_ns = 0;
	return -(int)(has - wanted);
}
