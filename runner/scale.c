#include "runner/scale.h"

static unsigned without(unsigned n, unsigned out)
{
	return n > out ? n - out : 0;
}

unsigned scale_wanted(const struct pool *pool, unsigned busy, unsigned out)
{
	const unsigned min = without(pool->slots, out), max = without(pool->max, out);
	const unsigned wanted = busy + pool->warm;

	if (wanted < min)
		return min;
	return wanted < max ? wanted : max;
}

int scale_step(
	const struct pool *pool, unsigned has, unsigned busy, unsigned out, struct scale_spare *spare, int64_t now_ns)
{
	/* A pool that is drained whole, or that has failed, does not grow by its warm slots. */
	const unsigned wanted = has == 0 && out > 0 ? 0 : scale_wanted(pool, busy, out);
	unsigned ends;

	if (has <= wanted) {
		*spare = (struct scale_spare){0};
		return (int)(wanted - has);
	}
	if (spare->since_ns == 0)
		*spare = (struct scale_spare){now_ns, has - wanted};
	if (has - wanted < spare->least)
		spare->least = has - wanted;
	if (now_ns - spare->since_ns < SCALE_SPARE_NS)
		return 0;
	ends = spare->least;
	*spare = (struct scale_spare){0};
	return -(int)ends;
}
