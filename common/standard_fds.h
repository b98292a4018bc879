/* Descriptors 0-2 exist in every program of ours. */
#pragma once

/* First thing in main(): those of 0-2 that the caller has closed become /dev/null, 0 for reading, 1 and 2 for writing.
 * Otherwise the next file that is opened becomes standard error, and what is meant for people is written into it.
 * Exits with STATUS_LAUNCHER when /dev/null cannot be opened. One call of poll(2) where all are open. */
void standard_fds_open(void);
