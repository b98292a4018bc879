/* Whom the Worker trusts and whom it asks for addresses, while the steps of its job run beside it in the same home and
 * the same /run. Its tokens go to servers that it finds and believes so: neither is a step's to change.
 * - .NET reads the certificates that a user trusts from ~/.dotnet at each connection
 *   (https://learn.microsoft.com/dotnet/standard/security/cross-platform-cryptography, "X509Store").
 * - Modules of nsswitch.conf(5) ask whoever listens at their socket below /run: nss-resolve(8), nss-mymachines(8),
 *   nss-systemd(8), mdns, nscd(8), winbind, nslcd. */
#pragma once

#include "runner/launcher.h"
#include "runner/state.h"

/* Makes what is shown in their place, in the state directory. -1 with err. */
int worker_trust_make(const struct state *state, struct error *err);

/* Covers them in the job's sandbox, read-only. Each directory on the way is a mount of its own, which cannot be
 * renamed. */
void worker_trust_cover(struct launch *launch, const struct state *state);
