/* Lends the standard streams to the user that a command becomes, and takes them back.
 * Runs in: launcher, command, helper */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* Pipes and terminals among 0-2 that belong to `from` are `to`'s, so that /dev/stdout can be opened. A file that has a
 * name is the caller's to give. What the kernel refuses still works as it is open. */
void give_stdio(uid_t from, uid_t to);

/* Whether a pipe or terminal among 0-2 belongs to somebody else than `owner`. */
bool stdio_is_given(uid_t owner);
