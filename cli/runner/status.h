/* cofferdam runner status, cofferdam runner top */
#pragma once

#include <jansson.h>

/* argv[0] is the name. They return an exit code (enum runner_exit); the caller handles --help. */
int runner_status(int argc, char **argv);
int runner_top(int argc, char **argv);

/* Prints what reader_status() returns. */
void status_print(const json_t *status);
