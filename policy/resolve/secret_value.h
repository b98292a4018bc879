/* Tells whether a value is recognisably a secret, whatever its name. Pure. */
#pragma once

#include <stdbool.h>

/* A name of a secret with a value behind it (JSON, a connection string, a query, an option), a password in a URL, a
 * private key, a token of a known form, credentials of a registry. docs/containers.md says which forms are known. */
bool secret_value(const char *value);
