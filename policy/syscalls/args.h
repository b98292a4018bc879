/* Names the arguments of system calls and their values, for policies and for reports of denials.
 * Values are the kernel's (include/uapi); a name that libc lacks on Debian 12 has its number here. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arg_value {
	char name[32]; /* no pointer: the loader would write it, which costs every launch */
	uint64_t value;
};

struct syscall_arg {
	const char *syscall;
	unsigned index;
	const char *name;               /* "family" */
	uint64_t mask;                  /* the bits that the kernel looks at, or that have a meaning of their own */
	bool flags;                     /* values are bits that may be set together */
	const struct arg_value *values; /* ends with an empty name; NULL: plain numbers */
};

extern const struct syscall_arg syscall_args[];
extern const size_t syscall_args_count;

/* The argument of that call, by name or by place; NULL when it has no name here. */
const struct syscall_arg *syscall_arg_named(const char *syscall, const char *name);
const struct syscall_arg *syscall_arg_at(const char *syscall, unsigned index);

/* Looks up the value that `name` stands for. */
bool syscall_arg_value(const struct syscall_arg *arg, const char *name, size_t len, uint64_t *value);

/* The name of exactly this value, or NULL. */
const char *syscall_arg_value_name(const struct syscall_arg *arg, uint64_t value);
