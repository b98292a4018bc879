/* What a job was denied, in a few words for a log. */
#pragma once

#include <jansson.h>
#include <stddef.h>

#define DENIALS_TEXT_MAX 512

/* Writes the first three denied system calls of `denials`, a member of a launcher's report that may be NULL, into
 * `text`: "mount by apt-get (EPERM), bpf by trace (EPERM)", and " and others" if there are more. Empty if there are
 * none. The names of processes, which the job chooses, are made visible. */
void denials_text(char *text, size_t size, const json_t *denials);
