/* The names of capabilities(7). CAP_CHOWN is 0.
 *
 * This table replaces libcap's, since libcap makes six system calls before main() of every program that links one of
 * its name functions. Pure. */
#pragma once

/* Returns the number of a name, in upper or lower case, or -1 for an unknown name. */
int capability_number(const char *name);

/* Returns "CAP_CHOWN", or NULL for a number without a name. */
const char *capability_name(unsigned number);
