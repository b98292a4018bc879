/* Parses a call of our own form: "openat", "@file-read", "socket: family in [unix, inet]".
 * Internal to policy/seccomp/.
 *
 *   call  = NAME | "@" GROUP | NAME ":" terms
 *   terms = term { "and" term } | term { "or" term }
 *   term  = ARG "is" VALUE | ARG "is not" VALUE | ARG "in" LIST | ARG "not in" LIST
 *         | ARG "with" FLAGS | ARG "without" FLAGS | ARG ( "<" | "<=" | ">" | ">=" ) VALUE | ARG "&" VALUE "is" VALUE
 *   LIST  = "[" VALUE { "," VALUE } "]"      FLAGS = VALUE { "|" VALUE }
 *   ARG   = a name of policy/syscalls/args.h, or arg0 to arg5 (all 64 bits)      VALUE = a name, or a number
 *
 * A named argument is compared only in the bits that the kernel inspects. "with" requires all of the flags,
 * "without" none of them. */
#pragma once

#include "policy/seccomp/rules.h"

/* No call is written with more alternatives, all terms multiplied. */
#define EXPR_RULES_MAX 256
#define EXPR_CONDS_MAX 32

/* One way in which the terms hold: all conditions, or with `any` one of them. */
struct expr_rule {
	struct seccomp_cond conds[EXPR_CONDS_MAX];
	size_t n_conds;
	bool any;
};

struct expr {
	char name[64];           /* of the call */
	struct expr_rule *rules; /* at least one; owned */
	size_t n_rules;
};

/* Reads "NAME: terms". An error says what is wrong with the text, and nothing of where it stands. The caller frees with
 * expr_free(), also after failure. */
int expr_parse(const char *text, struct expr *expr, struct error *err);

/* Frees what is in it and leaves it empty: {0} may be given, and the same one twice. */
void expr_free(struct expr *expr);
