/* cofferdam policy explain: describes a seccomp policy. */
#include "cli/policy/commands.h"

#include "cli/plan.h"
#include "cli/policy/options.h"
#include "common/cleanup.h"
#include "policy/explain/explain.h"

static void free_policy(struct seccomp_policy **policy)
{
	seccomp_policy_free(*policy);
}

int cli_policy_explain(int argc, char **argv)
{
	_cleanup_(free_policy) struct seccomp_policy *policy = NULL;
	struct policy_options options = {0};
	struct error err;
	int at = policy_options_read(argc, argv, "policy explain", &options, &err);

	if (at == 0)
		return policy_output_close(&options, stdout, NULL, &err) < 0 ? cli_failed(&err) : 0;
	if (at > 0 && at >= argc) {
		at = error_set(&err, 0, "policy explain: no policy");
		error_hint(&err, "expected cofferdam policy explain NAME|FILE [SYSCALL…]");
	}
	if (at < 0 || seccomp_policy_load(argv[at], &options.context, &policy, &err) < 0)
		return cli_failed(&err);
	if (at + 1 == argc)
		seccomp_explain(policy, stdout);
	for (int i = at + 1; i < argc; i++)
		if (seccomp_explain_call(policy, argv[i], stdout, &err) < 0) {
			error_context(&err, "policy explain");
			return cli_failed(&err);
		}
	return policy_output_close(&options, stdout, NULL, &err) < 0 ? cli_failed(&err) : 0;
}
