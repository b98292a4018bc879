#include "policy/seccomp/expr.h"

#include "common/nearest.h"
#include "policy/syscalls/args.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALL_BITS UINT64_MAX

struct reader {
	const char *at;
	const char *syscall;
	struct error *err;
};

/* The argument that a term is about. */
struct subject {
	unsigned index;
	uint64_t mask;
	const struct syscall_arg *arg; /* NULL: argN */
};

/* What a term says: conditions that must all hold (`not in`), or of which one is enough (`in`). */
struct term {
	struct seccomp_cond conds[EXPR_CONDS_MAX];
	size_t n;
	bool any;
};

static void skip_blanks(struct reader *r)
{
	while (*r->at == ' ')
		r->at++;
}

static size_t word_length(const char *text)
{
	size_t n = 0;

	while (isalnum((unsigned char)text[n]) || text[n] == '_')
		n++;
	return n;
}

/* Takes the token when it comes next; words only whole. */
static bool take(struct reader *r, const char *token)
{
	size_t len = strlen(token);

	skip_blanks(r);
	if (strncmp(r->at, token, len) != 0 || (isalpha((unsigned char)token[0]) && word_length(r->at) != len))
		return false;
	r->at += len;
	return true;
}

static int unexpected(struct reader *r, const char *wanted)
{
	skip_blanks(r);
	if (*r->at == '\0')
		return error_set(r->err, 0, "unexpected end: expected %s", wanted);
	return error_set(r->err, 0, "\"%.32s\": expected %s", r->at, wanted);
}

static int read_number(struct reader *r, const char *word, size_t len, uint64_t *value)
{
	char digits[32], *end;

	if (len >= sizeof digits)
		return error_set(r->err, 0, "\"%.*s\": more than 64 bits", 40, word);
	memcpy(digits, word, len);
	digits[len] = '\0';
	errno = 0;
	*value = strtoull(digits, &end, strncmp(digits, "0x", 2) == 0 ? 16 : 10);
	if (errno == ERANGE)
		return error_set(r->err, 0, "\"%s\": more than 64 bits", digits);
	if (*end != '\0' || len == 0)
		return error_set(r->err, 0, "\"%s\": not a number", digits);
	return 0;
}

static int hint_at_value(const struct syscall_arg *arg, const char *word, size_t len, struct error *err)
{
	char name[NEAREST_NAME_MAX + 1];
	struct nearest nearest;

	snprintf(name, sizeof name, "%.*s", (int)len, word);
	nearest_start(&nearest, name);
	for (const struct arg_value *v = arg != NULL ? arg->values : NULL; v != NULL && v->name[0] != '\0'; v++)
		nearest_offer(&nearest, v->name);
	return nearest_hint(
		&nearest, "", nearest_name(&nearest) != NULL ? "" : "cofferdam-seccomp(5) lists the names", err);
}

/* Says which arguments the call has. */
static int hint_at_arguments(const char *syscall, struct error *err)
{
	char names[128] = "";
	size_t used = 0;

	for (size_t i = 0; i < syscall_args_count && used < sizeof names; i++)
		if (strcmp(syscall_args[i].syscall, syscall) == 0)
			used += (size_t)snprintf(names + used, sizeof names - used, "%s, ", syscall_args[i].name);
	return error_hint(err, "expected %sor arg0 to arg5", names);
}

/* A name of the argument's table, or a number. */
static int read_value(struct reader *r, const struct subject *subject, uint64_t *value)
{
	const char *word;
	size_t len;

	skip_blanks(r);
	word = r->at;
	len = word_length(word);
	if (len == 0)
		return unexpected(r, "a value");
	r->at += len;
	if (isdigit((unsigned char)word[0]))
		return read_number(r, word, len, value);
	if (subject->arg == NULL || !syscall_arg_value(subject->arg, word, len, value)) {
		error_set(r->err, 0, "%s has no value \"%.*s\"",
			subject->arg != NULL ? subject->arg->name : "a plain argument", (int)(len < 40 ? len : 40),
			word);
		return hint_at_value(subject->arg, word, len, r->err);
	}
	return 0;
}

static int read_flags(struct reader *r, const struct subject *subject, uint64_t *flags)
{
	*flags = 0;
	do {
		uint64_t flag;

		if (read_value(r, subject, &flag) < 0)
			return -1;
		*flags |= flag;
	} while (take(r, "|"));
	return *flags == 0 ? error_set(r->err, 0, "no bit is set in the mask") : 0;
}

static int read_subject(struct reader *r, struct subject *subject)
{
	size_t len;

	skip_blanks(r);
	len = word_length(r->at);
	if (len == 4 && strncmp(r->at, "arg", 3) == 0 && r->at[3] >= '0' && r->at[3] < '0' + SECCOMP_ARG_COUNT) {
		*subject = (struct subject){.index = (unsigned)(r->at[3] - '0'), .mask = ALL_BITS};
	} else if (len > 0 && len < 32) {
		char name[32];

		memcpy(name, r->at, len);
		name[len] = '\0';
		subject->arg = syscall_arg_named(r->syscall, name);
		if (subject->arg == NULL) {
			error_set(r->err, 0, "%s has no argument \"%s\"", r->syscall, name);
			return hint_at_arguments(r->syscall, r->err);
		}
		subject->index = subject->arg->index;
		subject->mask = subject->arg->mask;
	} else {
		return unexpected(r, "the name of an argument");
	}
	r->at += len;
	return 0;
}

/* One condition: the argument equals the value, or with `not` does not. */
static int add_equal(struct reader *r, struct term *term, const struct subject *subject, uint64_t value, bool negated)
{
	struct seccomp_cond *cond = &term->conds[term->n];

	if (term->n == EXPR_CONDS_MAX)
		return error_set(r->err, 0, "more than %d values", EXPR_CONDS_MAX);
	term->n++;
	if (subject->mask == ALL_BITS) {
		*cond = (struct seccomp_cond){
			.index = subject->index, .op = negated ? SECCOMP_OP_NE : SECCOMP_OP_EQ, .value = value};
		return 0;
	}
	if ((value & ~subject->mask) != 0)
		return error_set(r->err, 0, "0x%llx has bits outside those of %s", (unsigned long long)value,
			subject->arg->name);
	*cond = (struct seccomp_cond){.index = subject->index,
		.op = negated ? SECCOMP_OP_MASKED_NE : SECCOMP_OP_MASKED_EQ,
		.value = subject->mask,
		.value_two = value};
	return 0;
}

static int read_list(struct reader *r, struct term *term, const struct subject *subject, bool negated)
{
	if (!take(r, "["))
		return unexpected(r, "[");
	do {
		uint64_t value = 0;

		if (read_value(r, subject, &value) < 0 || add_equal(r, term, subject, value, negated) < 0)
			return -1;
	} while (take(r, ","));
	if (!take(r, "]"))
		return unexpected(r, ", or ]");
	term->any = !negated;
	return 0;
}

static int read_bits(struct reader *r, struct term *term, const struct subject *subject, bool set)
{
	uint64_t flags;

	if (read_flags(r, subject, &flags) < 0)
		return -1;
	term->conds[term->n++] = (struct seccomp_cond){
		.index = subject->index, .op = SECCOMP_OP_MASKED_EQ, .value = flags, .value_two = set ? flags : 0};
	return 0;
}

static int read_masked(struct reader *r, struct term *term, const struct subject *subject)
{
	struct seccomp_cond cond = {.index = subject->index, .op = SECCOMP_OP_MASKED_EQ};
	bool negated;

	if (read_value(r, subject, &cond.value) < 0)
		return -1;
	if (!take(r, "is"))
		return unexpected(r, "is");
	negated = take(r, "not");
	if (negated)
		cond.op = SECCOMP_OP_MASKED_NE;
	if (read_value(r, subject, &cond.value_two) < 0)
		return -1;
	if ((cond.value_two & ~cond.value) != 0)
		return error_set(r->err, 0, "0x%llx has bits outside the mask 0x%llx",
			(unsigned long long)cond.value_two, (unsigned long long)cond.value);
	term->conds[term->n++] = cond;
	return 0;
}

/* Orders are asked of whole arguments only: what would lie above the mask of a narrower one is not its value. */
static int read_order(struct reader *r, struct term *term, const struct subject *subject)
{
	static const struct {
		const char *token;
		enum seccomp_op op;
	} orders[] = {{"<=", SECCOMP_OP_LE}, {">=", SECCOMP_OP_GE}, {"<", SECCOMP_OP_LT}, {">", SECCOMP_OP_GT}};

	for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
		struct seccomp_cond cond = {.index = subject->index, .op = orders[i].op};

		if (!take(r, orders[i].token))
			continue;
		if (subject->mask != ALL_BITS) {
			error_set(r->err, 0, "%s cannot be ordered: the policy compares only some of its bits",
				subject->arg->name);
			return error_hint(r->err, "arg%u has all 64", subject->index);
		}
		if (read_value(r, subject, &cond.value) < 0)
			return -1;
		term->conds[term->n++] = cond;
		return 0;
	}
	return unexpected(r, "is, in, not in, with, without, &, or an order");
}

static int read_term(struct reader *r, struct term *term)
{
	struct subject subject = {0};
	uint64_t value;
	bool negated;

	*term = (struct term){0};
	if (read_subject(r, &subject) < 0)
		return -1;
	if (take(r, "is")) {
		negated = take(r, "not");
		return read_value(r, &subject, &value) < 0 ? -1 : add_equal(r, term, &subject, value, negated);
	}
	if (take(r, "in"))
		return read_list(r, term, &subject, false);
	if (take(r, "not"))
		return take(r, "in") ? read_list(r, term, &subject, true) : unexpected(r, "in");
	if (take(r, "without"))
		return read_bits(r, term, &subject, false);
	if (take(r, "with"))
		return read_bits(r, term, &subject, true);
	if (take(r, "&"))
		return read_masked(r, term, &subject);
	return read_order(r, term, &subject);
}

static int add_cond(struct reader *r, struct expr_rule *rule, const struct seccomp_cond *cond)
{
	if (rule->n_conds == EXPR_CONDS_MAX)
		return error_set(r->err, 0, "more than %d conditions", EXPR_CONDS_MAX);
	rule->conds[rule->n_conds++] = *cond;
	return 0;
}

/* Every rule so far, and the term as well: one rule for each alternative. */
static int multiply(struct reader *r, struct expr *expr, const struct term *term)
{
	const size_t ways = term->any ? term->n : 1, n = expr->n_rules * ways;
	struct expr_rule *rules;

	if (n > EXPR_RULES_MAX)
		return error_set(r->err, 0, "more than %d combinations", EXPR_RULES_MAX);
	rules = calloc(n, sizeof *rules);
	if (rules == NULL)
		return error_set(r->err, ENOMEM, "policy");
	for (size_t i = 0; i < n; i++) {
		rules[i] = expr->rules[i / ways];
		for (size_t c = 0; c < term->n; c++)
			if ((!term->any || c == i % ways) && add_cond(r, &rules[i], &term->conds[c]) < 0) {
				free(rules);
				return -1;
			}
	}
	free(expr->rules);
	expr->rules = rules;
	expr->n_rules = n;
	return 0;
}

/* One rule of alternatives: only what is one condition can be one of them. */
static int alternate(struct reader *r, struct expr *expr, const struct term *term)
{
	if (term->n > 1 && !term->any)
		return error_set(r->err, 0, "\"not in\" cannot be an alternative: make it a rule of its own");
	expr->rules[0].any = true;
	for (size_t c = 0; c < term->n; c++)
		if (add_cond(r, &expr->rules[0], &term->conds[c]) < 0)
			return -1;
	return 0;
}

static int read_terms(struct reader *r, struct expr *expr)
{
	struct term term;
	bool more, or = false;

	if (read_term(r, &term) < 0)
		return -1;
	more = take(r, "and");
	if (!more)
		more = or = take(r, "or");
	/* A list alone stays one rule. */
	if ((or || (!more && term.any) ? alternate(r, expr, &term) : multiply(r, expr, &term)) < 0)
		return -1;
	while (more) {
		if (read_term(r, &term) < 0 || (or ? alternate(r, expr, &term) : multiply(r, expr, &term)) < 0)
			return -1;
		more = take(r, or ? "or" : "and");
	}
	skip_blanks(r);
	if (*r->at != '\0')
		return unexpected(r, or ? "or" : expr->n_rules > 1 ? "and" : "and, or");
	return 0;
}

int expr_parse(const char *text, struct expr *expr, struct error *err)
{
	size_t len = strcspn(text, ":");
	struct reader r = {.at = text + len, .err = err};

	*expr = (struct expr){0};
	while (len > 0 && text[len - 1] == ' ')
		len--;
	if (len == 0 || len >= sizeof expr->name)
		return error_set(err, 0, "expected a system call before ':'");
	memcpy(expr->name, text, len);
	expr->rules = calloc(1, sizeof *expr->rules);
	if (expr->rules == NULL)
		return error_set(err, ENOMEM, "policy");
	expr->n_rules = 1;
	r.syscall = expr->name;
	if (*r.at != ':')
		return 0;
	r.at++;
	return read_terms(&r, expr);
}

void expr_free(struct expr *expr)
{
	free(expr->rules);
	*expr = (struct expr){0};
}
