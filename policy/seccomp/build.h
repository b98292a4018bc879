/* Builds the rules of a policy, in whatever form it is read. Internal to policy/seccomp/.
 * Functions that take a parser set p->err on failure. */
#pragma once

#include "policy/seccomp/fields.h"

/* Adds an empty rule at the end, whose place is `pointer` in the document. NULL when memory ran out, which is told. */
struct seccomp_rule *add_rule(struct parser *p, const char *pointer);

/* Adds a call to a rule: 0, or -1 at `pointer` for a name that nothing knows. Repetition in one rule is dropped.
 * `explicit`: by its own name, not as one of a group, and so not to be contradicted by another rule. */
int rule_add_name(struct parser *p, const char *pointer, const char *name, bool explicit, struct seccomp_rule *rule);

/* Settles whether the rule counts: after its includes and excludes are there, before its names are added. */
void rule_resolve(const struct parser *p, struct seccomp_rule *rule);
