/* `cofferdam policy …`: profiles and seccomp policies as such, without a launch. */
#pragma once

/* argv[0] is "policy". Returns the exit status: 0, 1 where a check found errors, 125 for errors of use. */
int cli_policy(int argc, char **argv);
