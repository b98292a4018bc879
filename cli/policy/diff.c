/* cofferdam policy diff: compares what two seccomp policies allow. */
#include "cli/policy/commands.h"

#include "cli/plan.h"
#include "cli/policy/options.h"
#include "common/cleanup.h"
#include "common/json.h"
#include "policy/explain/call.h"
#include "policy/explain/diff.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

static const char *const changes[] = {
	[SECCOMP_WIDENS] = "widens", [SECCOMP_NARROWS] = "narrows", [SECCOMP_DIFFERS] = "differs"};

static void free_policy(struct seccomp_policy **policy)
{
	seccomp_policy_free(*policy);
}

static void print_one(const struct seccomp_difference *d, json_t *list)
{
	char a[64], b[64];

	seccomp_action_print(d->a, a, sizeof a);
	seccomp_action_print(d->b, b, sizeof b);
	if (list != NULL)
		json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "call", d->call, "a", a, "b", b));
	else
		printf("%-8s %s: %s -> %s\n", changes[d->change], d->call, a, b);
}

static void print_diff(const struct seccomp_diff *diff, bool json)
{
	json_t *all = json ? json_object() : NULL;

	for (unsigned change = SECCOMP_WIDENS; change <= SECCOMP_DIFFERS; change++) {
		json_t *list = json ? json_array() : NULL;

		for (size_t i = 0; i < diff->n; i++)
			if (diff->items[i].change == change)
				print_one(&diff->items[i], list);
		if (json)
			json_object_set_new(all, changes[change], list);
	}
	if (!json)
		return;
	json_dumpf(all, stdout, JSON_SHOWN);
	putchar('\n');
	json_decref(all);
}

int cli_policy_diff(int argc, char **argv)
{
	_cleanup_(free_policy) struct seccomp_policy *a = NULL, *b = NULL;
	_cleanup_(seccomp_diff_free) struct seccomp_diff diff = {0};
	struct policy_options options = {0};
	bool widens = false;
	struct error err;
	int at = policy_options_read(argc, argv, "policy diff", &options, &err);

	if (at == 0)
		return policy_output_close(&options, stdout, NULL, &err) < 0 ? cli_failed(&err) : 0;
	if (at > 0 && at + 2 != argc) {
		at = error_set(&err, 0, "policy diff: expected two policies");
		error_hint(&err, "expected cofferdam policy diff A B");
	}
	if (at < 0 || seccomp_policy_load(argv[at], &options.context, &a, &err) < 0 ||
		seccomp_policy_load(argv[at + 1], &options.context, &b, &err) < 0 ||
		seccomp_diff_make(a, b, &diff, &err) < 0)
		return cli_failed(&err);
	print_diff(&diff, options.json);
	if (policy_output_close(&options, stdout, NULL, &err) < 0)
		return cli_failed(&err);
	for (size_t i = 0; i < diff.n; i++)
		widens |= diff.items[i].change == SECCOMP_WIDENS;
	return widens ? POLICY_FOUND : 0;
}
