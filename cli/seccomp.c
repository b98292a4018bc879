/* cofferdam seccomp exec: installs a seccomp policy, and nothing else, then executes. For containers and scripts. */
#include "cli/commands.h"

#include "cli/plan.h"
#include "common/cleanup.h"
#include "common/error.h"
#include "policy/seccomp.h"
#include "policy/seccomp_crosscheck.h"
#include "sandbox/exec.h"
#include "sandbox/kernel_version.h"
#include "sandbox/seccomp.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char usage[] = "Usage: cofferdam seccomp exec [--allow-unknown-syscalls] NAME|FILE [--] COMMAND [ARG…]\n"
			    "\n"
			    "Installs a seccomp policy (Docker's, OCI's or our form; conditions are resolved against "
			    "the capabilities and the\n"
			    "kernel of this process) and no_new_privs, and executes the command. Changes nothing else: "
			    "no namespace, no limit,\n"
			    "no file descriptor.\n"
			    "\n"
			    "Exit status: the command's own; 125 when the policy could not be installed, 126 when the "
			    "command could not be\n"
			    "executed, 127 when it was not found.\n";

/* What the command will have: with no_new_privs nothing can be added to what is permitted now. */
static int look(struct seccomp_context *context, struct error *err)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, data) < 0)
		return error_set(err, errno, "seccomp: capabilities");
	context->caps = (uint64_t)data[1].permitted << 32 | data[0].permitted;
	context->kernel = kernel_version();
	return context->kernel == 0 ? error_set(err, 0, "seccomp: uname(2) names no version") : 0;
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
		error_hint(&err, "cofferdam seccomp exec NAME|FILE [--] COMMAND [ARG…]");
		return cli_failed(&err);
	}
	if (look(context, &err) < 0 || load(argv[0], context, &program, &err) < 0)
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

int cli_seccomp(int argc, char **argv)
{
	struct seccomp_context context = {0};
	struct error err;
	int at = 2;

	if (argc > 1 && strcmp(argv[1], "--help") == 0) {
		fputs(usage, stdout);
		return 0;
	}
	if (argc < 2 || strcmp(argv[1], "exec") != 0) {
		if (argc < 2)
			error_set(&err, 0, "seccomp: no subcommand");
		else
			error_set(&err, 0, "seccomp %s: not a subcommand", argv[1]);
		error_hint(&err, "exec is the one there is");
		return cli_failed(&err);
	}
	for (; at < argc && strncmp(argv[at], "--", 2) == 0 && argv[at][2] != '\0'; at++) {
		if (strcmp(argv[at], "--help") == 0) {
			fputs(usage, stdout);
			return 0;
		}
		if (strcmp(argv[at], "--allow-unknown-syscalls") != 0) {
			error_set(&err, 0, "seccomp exec: %s: not an option", argv[at]);
			error_hint(&err, "`cofferdam seccomp --help` lists them");
			return cli_failed(&err);
		}
		context.allow_unknown_syscalls = true;
	}
	return exec(argv + at, &context);
}
