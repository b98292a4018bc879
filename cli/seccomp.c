/* cofferdam seccomp exec: installs a seccomp policy, and nothing else, then executes. For containers and scripts. */
#include "cli/commands.h"

#include "cli/plan.h"
#include "cli/unknown.h"
#include "cli/usage.h"
#include "common/cleanup.h"
#include "common/error.h"
#include "policy/seccomp/crosscheck.h"
#include "policy/seccomp/seccomp.h"
#include "sandbox/filter/kernel_version.h"
#include "sandbox/filter/seccomp.h"
#include "sandbox/process/exec.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What the command will have: with no_new_privs nothing can be added to what is permitted now. */
static int detect(struct seccomp_context *context, struct error *err)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, data) < 0)
		return error_set(err, errno, "seccomp: capabilities");
	context->caps = (uint64_t)data[1].permitted << 32 | data[0].permitted;
	context->kernel = kernel_version();
	return context->kernel == 0 ? error_set(err, 0, "seccomp: uname(2) reports no kernel version") : 0;
}

static int load(const char *ref, const struct seccomp_context *context, struct bpf_program *program, struct error *err)
{
	struct seccomp_policy *policy = NULL;
	int result;

	if (seccomp_policy_load(ref, context, &policy, err) < 0)
		return -1;
	result = seccomp_policy_compile(policy, program, err);
	if (result == 0)
		result = seccomp_policy_crosscheck(policy, program, err);
	seccomp_policy_free(policy);
	return result;
}

static int exec(char **argv, struct seccomp_context *context)
{
	_cleanup_(bpf_program_free) struct bpf_program program = {0};
	char **command = argv + 1;
	struct error err;
	int status;

	if (*command != NULL && strcmp(*command, "--") == 0)
		command++;
	if (argv[0] == NULL || *command == NULL) {
		error_set(&err, 0, "seccomp exec: %s", argv[0] == NULL ? "no policy" : "no command");
		error_hint(&err, "expected cofferdam seccomp exec NAME|FILE [--] COMMAND [ARG…]");
		return cli_failed(&err);
	}
	if (detect(context, &err) < 0 || load(argv[0], context, &program, &err) < 0)
		return cli_failed(&err);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
		error_set(&err, errno, "no_new_privs");
		return cli_failed(&err);
	}
	if (seccomp_install(&program, &err) < 0)
		return cli_failed(&err);
	execvp(command[0], command);
	status = exec_status(errno);
	error_set(&err, errno, "exec: %s", command[0]);
	error_print("cofferdam", &err);
	return status;
}

static int read_one(int id, const char *value, void *context, struct error *err)
{
	struct seccomp_context *seccomp = context;

	(void)id;
	(void)value;
	(void)err;
	seccomp->allow_unknown_syscalls = true;
	return 0;
}

int cli_seccomp(int argc, char **argv)
{
	const struct cli_subcommand *row = cli_subcommand("seccomp exec");
	struct seccomp_context context = {0};
	struct error err;
	int at;

	if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		usage_print(row, stdout);
		return cli_printed(0);
	}
	if (argc < 2 || strcmp(argv[1], "exec") != 0) {
		if (argc < 2)
			error_set(&err, 0, "seccomp: no subcommand");
		else
			unknown_subcommand("seccomp", argv[1], &err);
		error_hint(&err, "the only subcommand is exec");
		return cli_failed(&err);
	}
	at = usage_read(row, argc - 1, argv + 1, read_one, &context, &err);
	if (at == USAGE_HELP)
		return cli_printed(0);
	return at < 0 ? cli_failed(&err) : exec(argv + 1 + at, &context);
}
