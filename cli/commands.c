#include "cli/commands.h"

#include <stddef.h>

static const char *const runner_words[] = {"start", "sweep", "--help", "--version", NULL};
static const char *const policy_words[] = {
	"show", "check", "explain", "test", "diff", "compile", "learn", "schema", "--help", NULL};
static const char *const seccomp_words[] = {"exec", "--help", NULL};
static const char *const doctor_words[] = {"--profile", "--json", "--help", NULL};
static const char *const completion_words[] = {"bash", "zsh", "fish", "--help", NULL};

const struct cli_command cli_commands[] = {
	{.name = "run", .run = cli_run, .help = "run one command in a sandbox", .settings = true, .command = true},
	{.name = "runner",
		.run = cli_runner,
		.help = "register a GitHub Actions runner; each job in its own sandbox",
		.words = runner_words},
	{.name = "policy",
		.run = cli_policy,
		.help = "show, check, explain, test, compare, compile and learn profiles and seccomp policies",
		.words = policy_words,
		.settings = true},
	{.name = "seccomp",
		.run = cli_seccomp,
		.help = "install a seccomp policy, nothing else, and execute a command",
		.words = seccomp_words},
	{.name = "doctor",
		.run = cli_doctor,
		.help = "what this host lacks for a profile, and how to mend it",
		.words = doctor_words},
	{.name = "entrypoint",
		.run = cli_entrypoint,
		.help = "PID 1 of a container: drop, filter, run one command, reap",
		.settings = true,
		.command = true},
	{.name = "completion",
		.run = cli_completion,
		.help = "print the completion script for a shell",
		.words = completion_words},
	{.name = "docker", .run = cli_later},
	{.name = NULL},
};
