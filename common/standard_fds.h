/* Opens descriptors 0-2 in every program of ours. */
#pragma once

/* Called first in main(): opens /dev/null for each of 0-2 that the caller has closed, 0 for reading, 1 and 2 for
 * writing. Otherwise the next opened file becomes standard error, and messages are written into it. Exits with
 * STATUS_LAUNCHER if /dev/null cannot be opened. Costs one poll(2) if all are open. */
void standard_fds_open(void);
