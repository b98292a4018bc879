/* The JIT configuration: base64 of a JSON object whose members are the configuration files, in base64. */
#pragma once

#include "common/error.h"

/* Writes the files of `blob` below `root`. All is decoded before the first is written. */
int jit_install(const char *root, const char *blob, struct error *err);
