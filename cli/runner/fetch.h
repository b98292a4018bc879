/* cofferdam runner fetch */
#pragma once

/* argv[0] is "fetch". Returns an exit code (enum runner_exit); the caller handles --help. */
int runner_fetch(int argc, char **argv);
