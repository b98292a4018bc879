/* Protects the Worker's trusted certificates and its name resolution from the steps of its job.
 *
 * The steps share home and /run with the Worker. The Worker sends its tokens to servers that it finds by name and
 * trusts by certificate, so a step must not be able to change either.
 * - .NET reads a user's trusted certificates from ~/.dotnet at each connection
 *   (https://learn.microsoft.com/dotnet/standard/security/cross-platform-cryptography, "X509Store").
 * - Modules of nsswitch.conf(5) ask any listener at their socket below /run: nss-resolve(8), nss-mymachines(8),
 *   nss-systemd(8), mdns, nscd(8), winbind, nslcd. */
#pragma once

#include "runner/launch/launcher.h"
#include "runner/state/state.h"

/* Creates the replacements in the state directory. -1 with err. */
int worker_trust_make(const struct state *state, struct error *err);

/* Covers the originals in the job's sandbox, read-only, with `home` as its HOME. Each directory on the way is a mount
 * of its own, which cannot be renamed. */
void worker_trust_cover(struct launch *launch, const struct state *state, const char *home);
