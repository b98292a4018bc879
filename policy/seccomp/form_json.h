/* Reads our own form of a policy, which is easier to read than OCI's:
 *
 *   { "description": …, "extends": "job", "default": "deny", "errno": "EPERM",
 *     "rules": [ { "allow": ["@file-read", "socket: family in [unix, inet]"], "why": … },
 *                { "deny": ["ptrace"], "errno": "EPERM", "why": …, "when": { "caps": […] }, "unless": {…} } ] }
 *
 * The first rule that holds decides, as in OCI's form. Calls that its terms do not cover go on to the next rules.
 * The rules of an extended policy follow its own. */
#pragma once

#include "policy/seccomp/fields.h"

/* Reads a document of our own form. The policy that it extends is only noted: p->extends. */
int read_form(struct parser *p);
