/* Rules -> classic BPF. The program is: the architecture, the number, a search tree over intervals of numbers, and at
 * its leaves an action or a block that asks for arguments. Syscalls that are decided alike share a leaf, neighbours
 * an interval. The kernel's action bitmap (Linux 5.11) makes unconditional leaves free whatever the tree's depth, so
 * the layout is made short, not skewed towards hot calls. */
#include "policy/seccomp/bpf_emit.h"
#include "policy/seccomp/rules.h"

#include "common/cleanup.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the halves of an argument are read in little-endian order"
#endif

#define ENOSYS_ACTION (SECCOMP_RET_ERRNO | ENOSYS)
#define LOAD (BPF_LD | BPF_W | BPF_ABS)

/* How one call is decided: rules with conditions in order, then what holds otherwise. */
struct leaf {
	const size_t *rules; /* indices into the policy's rules; not owned */
	size_t n_rules;
	uint32_t otherwise;
	bool emitted;
	bpf_label label;
};

/* Numbers from `first` to the next interval's are decided by leaves[leaf]. */
struct interval {
	uint32_t first;
	size_t leaf;
};

struct compile {
	const struct seccomp_policy *policy;
	size_t *pool; /* what leaves point into */
	struct leaf leaves[SYSCALL_NUMBERS + 1];
	size_t n_leaves;
	struct interval intervals[SYSCALL_NUMBERS + 1];
	size_t n_intervals;
	struct bpf_emit emit;
};

static void compile_freep(struct compile **c)
{
	if (*c != NULL)
		free((*c)->pool);
	free(*c);
}

/* Whether two rules ask and answer the same, whatever their names. Padding is never compared. */
static bool rule_same(const struct seccomp_rule *a, const struct seccomp_rule *b)
{
	if (a == b)
		return true;
	if (a->action != b->action || a->n_conds != b->n_conds || a->any != b->any)
		return false;
	for (size_t i = 0; i < a->n_conds; i++) {
		const struct seccomp_cond *x = &a->conds[i], *y = &b->conds[i];

		if (x->index != y->index || x->op != y->op || x->value != y->value || x->value_two != y->value_two)
			return false;
	}
	return true;
}

static bool leaf_same(const struct seccomp_policy *policy, const struct leaf *a, const struct leaf *b)
{
	if (a->otherwise != b->otherwise || a->n_rules != b->n_rules)
		return false;
	for (size_t i = 0; i < a->n_rules; i++)
		if (!rule_same(&policy->rules[a->rules[i]], &policy->rules[b->rules[i]]))
			return false;
	return true;
}

/* Index of the leaf, which is added unless one like it exists. */
static size_t intern_leaf(struct compile *c, const struct leaf *leaf)
{
	for (size_t i = 0; i < c->n_leaves; i++)
		if (leaf_same(c->policy, &c->leaves[i], leaf))
			return i;
	c->leaves[c->n_leaves] = *leaf;
	return c->n_leaves++;
}

/* Gives every number its part of the pool, as large as the number of rules that name it. start[nr] is where. */
static int make_pool(struct compile *c, size_t start[SYSCALL_NUMBERS])
{
	size_t named[SYSCALL_NUMBERS] = {0}, total = 0;

	for (size_t r = 0; r < c->policy->n_rules; r++)
		for (size_t i = 0; i < c->policy->rules[r].n_numbers; i++)
			named[c->policy->rules[r].numbers[i]]++;
	for (unsigned nr = 0; nr < SYSCALL_NUMBERS; nr++) {
		start[nr] = total;
		total += named[nr];
	}
	c->pool = calloc(total + 1, sizeof *c->pool);
	return c->pool == NULL ? -1 : 0;
}

/* The rules that decide each known number, as far as the first without conditions. */
static int collect_leaves(struct compile *c, struct leaf leaves[SYSCALL_NUMBERS])
{
	bool closed[SYSCALL_NUMBERS] = {false};
	size_t start[SYSCALL_NUMBERS];

	if (make_pool(c, start) < 0)
		return -1;
	for (unsigned nr = 0; nr < SYSCALL_NUMBERS; nr++)
		leaves[nr] = (struct leaf){.rules = &c->pool[start[nr]],
			.otherwise = c->policy->known[nr] ? c->policy->default_action : ENOSYS_ACTION};
	for (size_t r = 0; r < c->policy->n_rules; r++) {
		const struct seccomp_rule *rule = &c->policy->rules[r];

		if (rule->inactive)
			continue;
		for (size_t i = 0; i < rule->n_numbers; i++) {
			unsigned nr = rule->numbers[i];

			if (closed[nr])
				continue;
			if (rule->n_conds == 0) {
				closed[nr] = true;
				leaves[nr].otherwise = rule->action;
			} else {
				c->pool[start[nr] + leaves[nr].n_rules++] = r;
			}
		}
	}
	return 0;
}

/* Rules at the end that answer what would be answered anyway ask in vain. */
static void drop_redundant(const struct seccomp_policy *policy, struct leaf *leaf)
{
	while (leaf->n_rules > 0 && policy->rules[leaf->rules[leaf->n_rules - 1]].action == leaf->otherwise)
		leaf->n_rules--;
}

static int make_intervals(struct compile *c)
{
	struct leaf leaves[SYSCALL_NUMBERS + 1] = {0};

	if (collect_leaves(c, leaves) < 0)
		return -1;
	/* All numbers above, x32's among them (bit 30), are unknown. */
	leaves[SYSCALL_NUMBERS].otherwise = ENOSYS_ACTION;
	for (unsigned nr = 0; nr <= SYSCALL_NUMBERS; nr++) {
		size_t leaf;

		drop_redundant(c->policy, &leaves[nr]);
		leaf = intern_leaf(c, &leaves[nr]);
		if (c->n_intervals == 0 || c->intervals[c->n_intervals - 1].leaf != leaf)
			c->intervals[c->n_intervals++] = (struct interval){nr, leaf};
	}
	return 0;
}

/* Offset of the low or the high half of an argument. */
static uint32_t half_offset(unsigned index, bool high)
{
	return (uint32_t)(offsetof(struct seccomp_data, args) + index * sizeof(uint64_t) + (high ? 4 : 0));
}

/* (half & mask) == value */
static bpf_label emit_half_equals(
	struct bpf_emit *e, uint32_t offset, uint32_t mask, uint32_t value, bpf_label yes, bpf_label no)
{
	if (mask == 0) /* the parser saw to it that `value` is 0, too */
		return yes;
	bpf_emit_jump(e, BPF_JEQ, value, yes, no, mask == UINT32_MAX ? offset : BPF_NOT_LOADED);
	if (mask != UINT32_MAX)
		bpf_emit_insn(e, BPF_ALU | BPF_AND | BPF_K, mask);
	return bpf_emit_insn(e, LOAD, offset);
}

/* argument > value with BPF_JGT, argument >= value with BPF_JGE: the high half decides unless it is equal. */
static bpf_label emit_greater(
	struct bpf_emit *e, uint16_t op, unsigned index, uint64_t value, bpf_label yes, bpf_label no)
{
	uint32_t high = (uint32_t)(value >> 32);
	bpf_label low_half, equal;

	bpf_emit_jump(e, op, (uint32_t)value, yes, no, half_offset(index, false));
	low_half = bpf_emit_insn(e, LOAD, half_offset(index, false));
	equal = bpf_emit_jump(e, BPF_JEQ, high, low_half, no, half_offset(index, true));
	bpf_emit_jump(e, BPF_JGT, high, yes, equal, half_offset(index, true));
	return bpf_emit_insn(e, LOAD, half_offset(index, true));
}

static bpf_label emit_masked(
	struct bpf_emit *e, unsigned index, uint64_t mask, uint64_t value, bpf_label yes, bpf_label no)
{
	yes = emit_half_equals(e, half_offset(index, false), (uint32_t)mask, (uint32_t)value, yes, no);
	return emit_half_equals(e, half_offset(index, true), (uint32_t)(mask >> 32), (uint32_t)(value >> 32), yes, no);
}

static bpf_label emit_cond(struct bpf_emit *e, const struct seccomp_cond *cond, bpf_label yes, bpf_label no)
{
	switch (cond->op) {
	case SECCOMP_OP_NE:
		return emit_masked(e, cond->index, UINT64_MAX, cond->value, no, yes);
	case SECCOMP_OP_EQ:
		return emit_masked(e, cond->index, UINT64_MAX, cond->value, yes, no);
	case SECCOMP_OP_LT:
		return emit_greater(e, BPF_JGE, cond->index, cond->value, no, yes);
	case SECCOMP_OP_LE:
		return emit_greater(e, BPF_JGT, cond->index, cond->value, no, yes);
	case SECCOMP_OP_GE:
		return emit_greater(e, BPF_JGE, cond->index, cond->value, yes, no);
	case SECCOMP_OP_GT:
		return emit_greater(e, BPF_JGT, cond->index, cond->value, yes, no);
	case SECCOMP_OP_MASKED_EQ:
		return emit_masked(e, cond->index, cond->value, cond->value_two, yes, no);
	case SECCOMP_OP_MASKED_NE:
		return emit_masked(e, cond->index, cond->value, cond->value_two, no, yes);
	}
	abort(); /* the parser makes no other */
}

static bpf_label emit_rule(struct bpf_emit *e, const struct seccomp_rule *rule, bpf_label no)
{
	bpf_label yes = bpf_emit_return(e, rule->action);

	for (size_t i = rule->n_conds; i-- > 0;)
		if (rule->any)
			no = emit_cond(e, &rule->conds[i], yes, no);
		else
			yes = emit_cond(e, &rule->conds[i], yes, no);
	return rule->any ? no : yes;
}

static bpf_label emit_leaf(struct compile *c, size_t index)
{
	struct leaf *leaf = &c->leaves[index];

	if (leaf->n_rules == 0)
		return bpf_emit_return(&c->emit, leaf->otherwise);
	if (!leaf->emitted) {
		leaf->label = bpf_emit_return(&c->emit, leaf->otherwise);
		for (size_t i = leaf->n_rules; i-- > 0 && !c->emit.overflow;)
			leaf->label = emit_rule(&c->emit, &c->policy->rules[leaf->rules[i]], leaf->label);
		leaf->emitted = true;
	}
	return leaf->label;
}

/* Most numbers of a stretch are decided alike, with a single other one here and there: one BPF_JEQ for each of those
 * is half of what two interval borders cost. A few only, since they are asked one after the other. */
#define EXCEPTIONS_MAX 3

/* The last interval of the stretch that begins with interval `i`. */
static size_t stretch_end(const struct compile *c, size_t i)
{
	size_t end = i;

	while (end + 2 < c->n_intervals && end < i + (size_t)2 * EXCEPTIONS_MAX &&
		c->intervals[end + 2].leaf == c->intervals[i].leaf &&
		c->intervals[end + 2].first - c->intervals[end + 1].first == 1)
		end += 2;
	return end;
}

static bpf_label emit_stretch(struct compile *c, size_t first)
{
	bpf_label label = emit_leaf(c, c->intervals[first].leaf);

	for (size_t i = stretch_end(c, first); i > first; i -= 2) {
		bpf_label other = emit_leaf(c, c->intervals[i - 1].leaf);

		label = bpf_emit_jump(&c->emit, BPF_JEQ, c->intervals[i - 1].first, other, label, BPF_NOT_LOADED);
	}
	return label;
}

/* The search tree over stretches[low..high], each the index of its first interval. */
static bpf_label emit_tree(struct compile *c, const size_t *stretches, size_t low, size_t high)
{
	size_t middle = (low + high + 1) / 2;
	bpf_label left, right;

	if (low == high)
		return emit_stretch(c, stretches[low]);
	right = emit_tree(c, stretches, middle, high);
	left = emit_tree(c, stretches, low, middle - 1);
	return bpf_emit_jump(&c->emit, BPF_JGE, c->intervals[stretches[middle]].first, right, left, BPF_NOT_LOADED);
}

static int emit_program(struct compile *c, struct bpf_program *program)
{
	size_t stretches[SYSCALL_NUMBERS + 1] = {0}, n = 0;
	bpf_label native, foreign;

	for (size_t i = 0; i < c->n_intervals; i = stretch_end(c, i) + 1)
		stretches[n++] = i;
	emit_tree(c, stretches, 0, n - 1);
	native = bpf_emit_insn(&c->emit, LOAD, offsetof(struct seccomp_data, nr));
	foreign = bpf_emit_insn(&c->emit, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	bpf_emit_jump(&c->emit, BPF_JEQ, seccomp_native_arch(), native, foreign, BPF_NOT_LOADED);
	bpf_emit_insn(&c->emit, LOAD, offsetof(struct seccomp_data, arch));
	return bpf_emit_finish(&c->emit, program);
}

int seccomp_policy_compile(const struct seccomp_policy *policy, struct bpf_program *program, struct error *err)
{
	_cleanup_(compile_freep) struct compile *c = calloc(1, sizeof *c);

	if (c == NULL)
		return error_set(err, ENOMEM, "%s", policy->name);
	c->policy = policy;
	if (make_intervals(c) < 0 || emit_program(c, program) < 0) {
		if (errno == E2BIG)
			return error_set(
				err, 0, "%s: compiles to more than %d instructions", policy->name, BPF_MAXINSNS);
		return error_set(err, errno, "%s", policy->name);
	}
	return 0;
}

void bpf_program_free(struct bpf_program *program)
{
	if (!program->borrowed)
		free(program->insns);
	*program = (struct bpf_program){0};
}
