/* cofferdam doctor --why: what an error text means. */
#pragma once

#include <stdbool.h>

/* Prints the causes of `text`, or of standard input if it is "-". Returns the exit status: 0, 1 if the catalogue has
 * none, or the launcher's own for an error, which is printed. */
int why(const char *text, bool json);
