/* Defines the parsed form of a seccomp policy, for policy/seccomp/ and policy/explain/ only.
 * Implemented in policy/seccomp/build.c, policy/seccomp/evaluate.c and policy/seccomp/oci_json_rule.c. */
#pragma once

#include "policy/seccomp/seccomp.h"
#include "policy/syscalls/syscalls.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SECCOMP_ARG_COUNT 6

/* Unsigned 64-bit comparisons, as the OCI specification names them. */
enum seccomp_op {
	SECCOMP_OP_NE,
	SECCOMP_OP_LT,
	SECCOMP_OP_LE,
	SECCOMP_OP_EQ,
	SECCOMP_OP_GE,
	SECCOMP_OP_GT,
	SECCOMP_OP_MASKED_EQ, /* (argument & value) == value_two */
	SECCOMP_OP_MASKED_NE, /* (argument & value) != value_two; our own form only */
};

/* How OCI's form spells them, by enum seccomp_op, as far as SECCOMP_OP_MASKED_EQ: it has no word for MASKED_NE. */
extern const char *const seccomp_op_names[];

struct seccomp_cond {
	unsigned index; /* argument, 0 to 5 */
	enum seccomp_op op;
	uint64_t value;
	uint64_t value_two; /* MASKED_* only: no bit outside `value` */
};

/* "includes" or "excludes" of a rule; all zero: no conditions. */
struct seccomp_when {
	uint64_t caps;       /* 1 << CAP_* */
	uint32_t arches;     /* 1 << place in seccomp_arch_names[] */
	uint32_t min_kernel; /* SECCOMP_KERNEL(…), or 0 */
};

/* One rule: an element of syscalls[], or a part of one of our own form. It may stand without numbers: all its names
 * belong to other architectures. */
struct seccomp_rule {
	char **names; /* as written, those of other architectures among them; groups are spelled out */
	size_t n_names;
	unsigned *numbers; /* of the native architecture, each once */
	size_t n_numbers;
	struct seccomp_cond *conds; /* none: the rule always holds */
	size_t n_conds;
	bool any;        /* one condition is enough; else all must hold */
	uint32_t action; /* SECCOMP_RET_* with its data */
	struct seccomp_when includes, excludes;
	bool conditional; /* it has includes or excludes */
	bool inactive;    /* they do not hold: as if it were not there */
	char *comment;    /* why it is there; NULL where nobody said so */
	char *place;      /* "profiles/seccomp/job.json#/rules/3", as RFC 6901 has it */
};

struct seccomp_policy {
	char *name; /* what errors call it */
	char *description;
	uint32_t default_action;
	struct seccomp_rule *rules; /* in the order in which they are asked */
	size_t n_rules;
	bool known[SYSCALL_NUMBERS]; /* numbers that have a name; every other gets ENOSYS */
};

/* Whether the rule speaks of the call of this name, on whatever architecture. */
bool seccomp_rule_has_name(const struct seccomp_rule *rule, const char *name);

/* Whether the rule speaks of this number. */
bool seccomp_rule_names(const struct seccomp_rule *rule, unsigned number);

/* Whether the condition holds for this value of its argument. */
bool seccomp_cond_holds(const struct seccomp_cond *cond, uint64_t arg);

/* The AUDIT_ARCH_* value that native calls carry. */
uint32_t seccomp_native_arch(void);
