/* Joins a new session keyring. keyrings(7), session-keyring(7).
 * Runs in: child, PID 1 */
#pragma once

#include "common/error.h"

/* Leaves the caller's session keyring for a new, empty one: what the caller keeps there (Kerberos tickets, fscrypt
 * keys) would otherwise be possessed by the job. A kernel without keyrings has none to leave. Must be called
 * while /proc is still the host's. */
int keyring_leave(struct error *err);
