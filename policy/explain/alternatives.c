#include "policy/explain/alternatives.h"

#include <stdlib.h>

/* A set of values: those that have `value` in the bits of `known`. */
struct prefix {
	uint64_t known, value;
};

enum truth { HOLDS_NEVER, HOLDS_ALWAYS, HOLDS_SOMETIMES };

/* The least and the greatest value of the set. */
static uint64_t least(struct prefix p)
{
	return p.value;
}

static uint64_t greatest(struct prefix p)
{
	return p.value | ~p.known;
}

static enum truth negate(enum truth truth)
{
	return truth == HOLDS_SOMETIMES ? truth : truth == HOLDS_ALWAYS ? HOLDS_NEVER : HOLDS_ALWAYS;
}

static enum truth masked_equal(struct prefix p, uint64_t mask, uint64_t value)
{
	if (((p.value ^ value) & mask & p.known) != 0)
		return HOLDS_NEVER;
	return (mask & ~p.known) == 0 ? HOLDS_ALWAYS : HOLDS_SOMETIMES;
}

static enum truth below(struct prefix p, uint64_t bound)
{
	if (greatest(p) < bound)
		return HOLDS_ALWAYS;
	return least(p) >= bound ? HOLDS_NEVER : HOLDS_SOMETIMES;
}

static enum truth above(struct prefix p, uint64_t bound)
{
	if (least(p) > bound)
		return HOLDS_ALWAYS;
	return greatest(p) <= bound ? HOLDS_NEVER : HOLDS_SOMETIMES;
}

static enum truth cond_on(const struct seccomp_cond *cond, struct prefix p)
{
	switch (cond->op) {
	case SECCOMP_OP_NE:
		return negate(masked_equal(p, UINT64_MAX, cond->value));
	case SECCOMP_OP_EQ:
		return masked_equal(p, UINT64_MAX, cond->value);
	case SECCOMP_OP_LT:
		return below(p, cond->value);
	case SECCOMP_OP_LE:
		return negate(above(p, cond->value));
	case SECCOMP_OP_GE:
		return negate(below(p, cond->value));
	case SECCOMP_OP_GT:
		return above(p, cond->value);
	case SECCOMP_OP_MASKED_EQ:
		return masked_equal(p, cond->value, cond->value_two);
	case SECCOMP_OP_MASKED_NE:
		return negate(masked_equal(p, cond->value, cond->value_two));
	}
	abort(); /* the parsers make no other */
}

/* The bits that a condition looks at. */
static uint64_t bits_of(const struct seccomp_cond *cond)
{
	return cond->op == SECCOMP_OP_MASKED_EQ || cond->op == SECCOMP_OP_MASKED_NE ? cond->value : UINT64_MAX;
}

struct search {
	const struct seccomp_cond *conds;
	size_t n_conds;
	uint64_t bits;
	struct seccomp_cond *out;
	int n;
	unsigned steps; /* conditions can contradict each other in ways that show only bit by bit */
};
#define STEPS_MAX 100000

static enum truth all_on(const struct search *s, struct prefix p)
{
	enum truth all = HOLDS_ALWAYS;

	for (size_t i = 0; i < s->n_conds; i++) {
		enum truth one = cond_on(&s->conds[i], p);

		if (one == HOLDS_NEVER)
			return HOLDS_NEVER;
		if (one == HOLDS_SOMETIMES)
			all = HOLDS_SOMETIMES;
	}
	return all;
}

/* Halves the set at the highest bit that matters, until all conditions hold on the whole of a part or on none of it. */
static int divide(struct search *s, struct prefix p, unsigned below_bit)
{
	if (++s->steps > STEPS_MAX)
		return -1;
	switch (all_on(s, p)) {
	case HOLDS_NEVER:
		return 0;
	case HOLDS_ALWAYS:
		if (s->n == ALTERNATIVES_MAX)
			return -1;
		s->out[s->n++] = (struct seccomp_cond){
			.index = s->conds[0].index, .op = SECCOMP_OP_MASKED_EQ, .value = p.known, .value_two = p.value};
		return 0;
	case HOLDS_SOMETIMES:
		break;
	}
	while (below_bit > 0) {
		const uint64_t bit = UINT64_C(1) << --below_bit;
		struct prefix half = {p.known | bit, p.value};

		if ((s->bits & bit) == 0)
			continue;
		if (divide(s, half, below_bit) < 0)
			return -1;
		half.value |= bit;
		return divide(s, half, below_bit);
	}
	abort(); /* with every bit known each condition holds or does not */
}

int seccomp_alternatives(const struct seccomp_cond *conds, size_t n_conds, struct seccomp_cond out[ALTERNATIVES_MAX])
{
	struct search s = {.conds = conds, .n_conds = n_conds, .out = out};

	for (size_t i = 0; i < n_conds; i++)
		s.bits |= bits_of(&conds[i]);
	return divide(&s, (struct prefix){0, 0}, 64) < 0 ? -1 : s.n;
}
