/* Names the arguments that are learned, by system call. Internal to policy/learn/. */
#pragma once

#include "policy/learn/learn.h"

struct learn_class {
	const char *call;
	const char *args[3]; /* names of policy/syscalls/args.h */
	bool dangerous_only; /* flags of which only the dangerous ones count: those that were not set stay forbidden */
	uint64_t dangerous;  /* flags of the first argument that are not learned unless the call is included by name */
};

/* The class of the call, or NULL: it is learned as it is. */
const struct learn_class *learn_class_of(const char *call);

/* Calls that every policy gets, and why. */
struct learn_always {
	const char *call, *why;
};
extern const struct learn_always learn_always[];

/* Makes the conditions of one call. -1: memory ran out. */
int learn_class_way(const struct learn_class *class, const struct seccomp_data *call, struct learn_way *way);

/* Adds the way unless it is there; takes its conditions. */
void learn_add_way(struct learn *learn, struct learn_call *call, struct learn_way *way);

/* Whether a base rule stands in the way of "any arguments" for this number. */
bool learn_base_has_rules(const struct learn *learn, unsigned number);

/* Whether the base allows one of learn_always[], as the launcher or a start makes it. */
bool learn_base_has_always(const struct learn *learn, unsigned number);
