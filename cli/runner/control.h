/* cofferdam runner drain, stop and reload: ask the supervisor that runs. */
#pragma once

/* argv[0] is the command's name. Return an exit code; the caller handles --help. */
int runner_drain(int argc, char **argv);
int runner_stop(int argc, char **argv);
int runner_reload(int argc, char **argv);
