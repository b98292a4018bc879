/* Subcommands of `cofferdam policy`, a file each. argv[0] is the subcommand's name. */
#pragma once

int cli_policy_explain(int argc, char **argv);
int cli_policy_test(int argc, char **argv);
int cli_policy_diff(int argc, char **argv);
int cli_policy_compile(int argc, char **argv);
int cli_policy_learn(int argc, char **argv);
