/* The program that stands in sudo's place: asks the broker to run a command, hands signals on, and ends as it does.
 * Runs in: helper */
#pragma once

/* Returns the exit status; where a signal ended the command, the same signal ends the caller. */
int client_main(int argc, char **argv, char **envp);
