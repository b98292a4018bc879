/* The entries of a directory, one after the other. */
#pragma once

#include <dirent.h>

/* The next entry that is not "." or "..", in *entry. 1; 0: there is no other; -1 with errno: they cannot be read, and
 * there may be more. readdir(3) alone returns NULL for both. */
int next_entry(DIR *dir, const struct dirent **entry);
