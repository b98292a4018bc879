#include "cli/commands.h"

#include "common/error.h"
#include "common/phrases.h"
#include "common/status.h"

#include <stddef.h>

const struct cli_command cli_commands[] = {
	{.name = "run", .run = cli_run, .help = "run one command in a sandbox"},
	{.name = "runner", .run = cli_runner, .help = "run a GitHub Actions runner, each job in its own sandbox"},
	{.name = "policy",
		.run = cli_policy,
		.help = "show, check, explain, test, compare, compile and learn profiles and seccomp policies"},
	{.name = "seccomp",
		.run = cli_seccomp,
		.help = "install a seccomp policy, and nothing else, and execute a command"},
	{.name = "image", .run = cli_image, .help = "import, pull, list, verify and remove images: roots for jobs"},
	{.name = "doctor",
		.run = cli_doctor,
		.help = "check whether this host supports a launch, and how to fix what is missing"},
	{.name = "entrypoint",
		.run = cli_entrypoint,
		.help = "run as PID 1 of a container: drop privileges, install a filter, run one command, reap"},
	{.name = "completion", .run = cli_completion, .help = "print the completion script for a shell"},
	{.name = "docker", .run = cli_later},
	{.name = NULL},
};

int cli_later(int argc, char **argv)
{
	struct error err;

	(void)argc;
	error_set(&err, 0, "%s: " PHRASE_NOT_YET, argv[0]);
	error_print("cofferdam", &err);
	return STATUS_LAUNCHER;
}
