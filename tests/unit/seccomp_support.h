/* What the seccomp tests share: reading policies, and numbers that look random and are the same in every run. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/io.h"
#include "policy/seccomp/rules.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const shipped[] = {"job", "strict", "listener"};

/* xorshift64*: the seed is never 0. */
static inline uint64_t next_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(0x2545F4914F6CDD1D);
}

static inline size_t pick(uint64_t *state, size_t n)
{
	return (size_t)(next_random(state) % n);
}

static inline struct seccomp_policy *parse_policy(const char *name, const char *text)
{
	struct seccomp_policy *policy = NULL;
	struct error err = {0};

	if (seccomp_policy_parse(name, text, strlen(text), &seccomp_context_default, &policy, &err) < 0)
		fail_msg("%s", err.text);
	return policy;
}

static inline struct seccomp_policy *load_shipped(const char *name)
{
	const char *root = getenv("SRCDIR");
	struct seccomp_policy *policy;
	struct error err = {0};
	char path[4096], *text;
	size_t len;

	snprintf(path, sizeof path, "%s/profiles/seccomp/%s.json", root == NULL ? "." : root, name);
	if (read_file_at(AT_FDCWD, path, (size_t)1 << 20, &text, &len, &err) < 0)
		fail_msg("%s", err.text);
	policy = parse_policy(path, text);
	free(text);
	return policy;
}

static inline struct bpf_program compile_policy(const struct seccomp_policy *policy)
{
	struct bpf_program program = {0};
	struct error err = {0};

	if (seccomp_policy_compile(policy, &program, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(bpf_program_valid(&program));
	return program;
}
