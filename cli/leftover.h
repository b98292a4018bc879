/* Removes the temporary files that killed launchers have left beside a report, where the file system has no files
 * without a name. */
#pragma once

/* Holds the file that is being written (NAME.PID.tmp), so that no other launcher takes it for a left one. */
void leftover_hold(int fd);

/* Removes each NAME.PID.tmp in the directory that is a regular file of this user's with one name, that nobody holds,
 * and whose process has ended. What cannot be removed stays. */
void leftover_remove(int dirfd, const char *name);
