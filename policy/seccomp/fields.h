/* Reads the objects of a seccomp policy's JSON. Internal to policy/seccomp/.
 *
 * All functions return 0, or -1 with p->err set to "NAME:LINE:COLUMN: reason". `pointer` is the RFC 6901 pointer of
 * `value`. */
#pragma once

#include "common/json.h"
#include "policy/seccomp/rules.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for the longest pointer that names something we read: /syscalls/N/args/N/valueTwo. */
#define POINTER_MAX 128

/* What the rules read so far say of a number when no condition is left to ask. */
struct decided {
	bool is;
	bool conditional; /* by a rule with includes or excludes */
	size_t rule;
	uint32_t action;
};

struct parser {
	const struct json_doc *doc;
	const struct seccomp_context *context;
	struct seccomp_context own_context; /* with what the document itself asks for */
	struct seccomp_policy *policy;
	struct decided decided[SYSCALL_NUMBERS];
	char *extends;      /* the policy that this one extends, or NULL; owned */
	bool takes_default; /* this one has no default of its own */
	struct error *err;
	unsigned errors; /* told so far, where the context has somebody to tell */
	bool told;       /* the failure that is on its way up is one of them */
};

/* After a failure: 0 if it has been told, so that the rest may be read, or -1 if it ends the reading. */
int complain(struct parser *p);

/* One key of an object. A key without a reader is known and refused, with the reason. */
struct field {
	const char *key;
	int (*read)(struct parser *p, const char *pointer, const json_t *value, void *out);
	bool required;
	const char *refused;
};

/* Reads every key of the object by its field, in file order. Unknown and refused keys are errors at the key, a missing
 * required one at the object. */
int read_object(struct parser *p, const char *pointer, const json_t *value, const struct field *fields, size_t n_fields,
	void *out);

/* Makes the pointer of an array's element. */
void pointer_element(char out[POINTER_MAX], const char *array, size_t index);

/* "expected <what>" at the value. Always -1. */
int wrong_type(struct parser *p, const char *pointer, const char *what);

/* A string that nothing is made of. */
int read_text(struct parser *p, const char *pointer, const json_t *value, void *out);

/* A comment or a description, kept in *text, which is freed before; "" is none. */
int keep_text(struct parser *p, const char *pointer, const json_t *value, char **text);

/* SCMP_ACT_*: the SECCOMP_RET_* value without its data. */
int read_action(struct parser *p, const char *pointer, const json_t *value, uint32_t *action);

/* An errno, 0 to 4095 (the kernel's MAX_ERRNO). */
int read_errno(struct parser *p, const char *pointer, const json_t *value, uint32_t *errno_ret);

/* An errno by its name: "EPERM". */
int read_errno_name(struct parser *p, const char *pointer, const json_t *value, uint32_t *errno_ret);

/* An errno in its two spellings: a number and a name. Zeroed: neither was there. */
struct errno_given {
	bool number, name;
	uint32_t by_number, by_name;
};

/* Puts the errno, or EPERM, into an ERRNO action. An error at the key `number_key` or `name_key` of the object at
 * `pointer`: an errno beside another action, and two that differ. */
int add_errno(struct parser *p, const char *pointer, const char *number_key, const char *name_key,
	const struct errno_given *given, uint32_t *action);

/* An unsigned 64-bit number: a JSON integer up to 2^63-1, or a string of decimal or 0x-hexadecimal digits. */
int read_u64(struct parser *p, const char *pointer, const json_t *value, uint64_t *number);
