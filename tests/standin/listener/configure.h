/* The commands `configure` and `remove`. Both print their progress and their error, and return an exit code. */
#pragma once

#include "tests/standin/listener/arguments.h"
#include "tests/standin/listener/exit_code.h"

enum exit_code configure(const char *root, const struct arguments *arguments);
enum exit_code configure_remove(const char *root, const struct arguments *arguments);
