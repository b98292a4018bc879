#include "policy/explain/print_expr.h"

#include "common/words.h"
#include "policy/syscalls/args.h"

#include <stdio.h>
#include <string.h>

static void put_value(struct words *out, const struct syscall_arg *arg, uint64_t value)
{
	const char *name = arg != NULL ? syscall_arg_value_name(arg, value) : NULL;

	if (name != NULL)
		words_put(out, "%s", name);
	else if (value < 10)
		words_put(out, "%llu", (unsigned long long)value);
	else
		words_put(out, "0x%llx", (unsigned long long)value);
}

/* The flags by name, and what has none as one number. */
static void put_flags(struct words *out, const struct syscall_arg *arg, uint64_t flags)
{
	const char *between = "";

	for (const struct arg_value *v = arg != NULL ? arg->values : NULL; v != NULL && v->name[0] != '\0'; v++)
		if ((v->value & (v->value - 1)) == 0 && v->value != 0 && (flags & v->value) != 0) {
			words_put(out, "%s%s", between, v->name);
			between = "|";
			flags &= ~v->value;
		}
	if (flags != 0)
		words_put(out, "%s0x%llx", between, (unsigned long long)flags);
}

static void put_masked(struct words *out, const struct syscall_arg *arg, const struct seccomp_cond *cond)
{
	const bool not = cond->op == SECCOMP_OP_MASKED_NE;
	char plain[8];
	const char *name = arg != NULL ? arg->name : plain;

	snprintf(plain, sizeof plain, "arg%u", cond->index);
	if (arg != NULL && cond->value == arg->mask && !(arg->flags && cond->value_two == 0)) {
		words_put(out, "%s %s ", name, not ? "is not" : "is");
		put_value(out, arg, cond->value_two);
	} else if (!not &&cond->value != 0 && (cond->value_two == 0 || cond->value_two == cond->value)) {
		words_put(out, "%s %s ", name, cond->value_two == 0 ? "without" : "with");
		put_flags(out, arg, cond->value);
	} else {
		words_put(out, "%s & 0x%llx %s 0x%llx", name, (unsigned long long)cond->value, not ? "is not" : "is",
			(unsigned long long)cond->value_two);
	}
}

void expr_print_cond(const char *syscall, const struct seccomp_cond *cond, char *text, size_t size)
{
	static const char *const orders[] = {[SECCOMP_OP_NE] = "is not",
		[SECCOMP_OP_LT] = "<",
		[SECCOMP_OP_LE] = "<=",
		[SECCOMP_OP_EQ] = "is",
		[SECCOMP_OP_GE] = ">=",
		[SECCOMP_OP_GT] = ">"};
	const struct syscall_arg *arg = syscall_arg_at(syscall, cond->index);
	struct words out = {text, size, 0};

	if (cond->op == SECCOMP_OP_MASKED_EQ || cond->op == SECCOMP_OP_MASKED_NE) {
		put_masked(&out, arg, cond);
		return;
	}
	/* All 64 bits: the argument's name stands for that only where the kernel looks at all of them. */
	if (arg != NULL && arg->mask == UINT64_MAX)
		words_put(&out, "%s %s ", arg->name, orders[cond->op]);
	else {
		arg = NULL;
		words_put(&out, "arg%u %s ", cond->index, orders[cond->op]);
	}
	put_value(&out, arg, cond->value);
}
