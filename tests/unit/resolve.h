/* Plans made from settings, and what resolving them says: for the tests of policy/resolve/resolve.c. */
#pragma once

#include "common/cleanup.h"
#include "policy/plan.h"
#include "policy/resolve/resolve.h"
#include "policy/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static char lang[] = "LANG=C.UTF-8", empty[] = "EMPTY=", longer[] = "LANGUAGE=de", secret[] = "TOKEN=secret";
static char *const caller_environ[] = {secret, longer, lang, empty, NULL};

static const struct facts no_cgroup = {
	.environ = caller_environ,
	.cgroup_reason = "/sys/fs/cgroup is not writable",
	.cgroup_remedy = "start elsewhere",
};

struct pair {
	const char *key, *text;
};

/* A plan with these settings, up to the one without a key. */
static inline void make(struct plan *plan, const struct pair *pairs)
{
	struct error err;

	assert_int_equal(plan_init(plan, &err), 0);
	for (; pairs->key != NULL; pairs++)
		if (setting_apply(plan, setting_find(pairs->key), pairs->text, "--test", &err) < 0)
			fail_msg("%s", err.text);
}
#define MAKE(plan, ...) make(plan, (const struct pair[]){__VA_ARGS__, {NULL, NULL}})

static inline void resolve(struct plan *plan, const struct facts *facts)
{
	struct error err;

	if (plan_resolve(plan, facts, &err) < 0)
		fail_msg("%s", err.text);
}

/* Resolving is refused with exactly this text; the hint has `remedy` in it. */
static inline void refused(struct plan *plan, const struct facts *facts, const char *expected, const char *remedy)
{
	struct error err;

	assert_int_equal(plan_resolve(plan, facts, &err), -1);
	assert_string_equal(err.text, expected);
	if (strstr(err.hint, remedy) == NULL)
		fail_msg("%s: not in the hint: %s", remedy, err.hint);
	plan_free(plan);
}
