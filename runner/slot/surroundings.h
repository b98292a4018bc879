/* Detects changes on the host between preparing a sandbox and starting its job.
 *
 * A prepared sandbox uses the host's addresses and networks, which its rules refuse; the files of /etc that its own are
 * made from, which are those of the image where the profile's root is one, else the host's; and the files of its
 * profile. */
#pragma once

/* Returns a text that differs if one of these has changed, for the profile of this name or path. NULL if one cannot be
 * inspected. The caller frees it. */
char *surroundings_detect(const char *profile);
