/* cofferdam runner jobs, cofferdam runner cost */
#pragma once

#include <jansson.h>

/* argv[0] is the name. They return an exit code (enum runner_exit); the caller handles --help. */
int runner_jobs(int argc, char **argv);
int runner_cost(int argc, char **argv);

/* Prints a table of what reader_jobs() returns. */
void jobs_print(const json_t *jobs);
