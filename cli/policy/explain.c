/* cofferdam policy explain: a seccomp policy in words. */
#include "cli/policy_commands.h"

#include "cli/plan.h"
#include "cli/policy_options.h"
#include "common/cleanup.h"
#include "policy/seccomp_explain.h"

static const char usage[] =
	"Usage: cofferdam policy explain [OPTION…] NAME|FILE [SYSCALL…]\n"
	"\n"
	"Says what a seccomp policy allows: what each architecture gets, the groups with their counts, the rules on\n"
	"arguments, and where each stands. With SYSCALL only what decides those calls.\n"
	"\n"
	"  --caps LIST|all|none       for a job with these capabilities (default: none)\n"
	"  --kernel VERSION           on this kernel (default: the newest)\n"
	"  --allow-unknown-syscalls   skip names that nothing here knows\n";

static void free_policy(struct seccomp_policy **policy)
{
	seccomp_policy_free(*policy);
}

int cli_policy_explain(int argc, char **argv)
{
	_cleanup_(free_policy) struct seccomp_policy *policy = NULL;
	struct policy_options options = {.accepted = ""};
	struct error err;
	int at = policy_options_read(argc, argv, usage, &options, &err);

	if (at == 0)
		return policy_output_close(&options, stdout, NULL, &err) < 0 ? cli_failed(&err) : 0;
	if (at > 0 && at >= argc) {
		at = error_set(&err, 0, "policy explain: no policy");
		error_hint(&err, "cofferdam policy explain NAME|FILE [SYSCALL…]");
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
