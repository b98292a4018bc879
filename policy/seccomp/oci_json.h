/* Reads OCI seccomp JSON in Docker's dialect into rules.
 *
 * The document's shape is a set of tables, one per kind of object: key,
 * reader, or the reason why the key is refused. Sources: the OCI runtime specification, config-linux.md#seccomp; for
 * several conditions on one argument, runc's libcontainer/seccomp (matchCall), which Docker's profiles rely on. */
#pragma once

#include "policy/seccomp/fields.h"

/* Reads a document of OCI's form. */
int read_oci(struct parser *p);
