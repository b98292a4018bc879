/* What a sandbox that is prepared in advance takes from the host as it is then, and what may be another when its job
 * comes: the host's addresses and networks, which its rules refuse; /etc/resolv.conf; the files of its profile. */
#pragma once

/* A text that is another one when one of them has changed since, for the profile of that name or path. NULL where one
 * cannot be looked at. The caller frees. */
char *surroundings_look(const char *profile);
