/* Reads rows of passwd(5) and group(5). Implemented in policy/etc/users.c. */
#pragma once

#include <stddef.h>

#define ETC_PASSWD_FIELDS 7
#define ETC_GROUP_FIELDS 4

/* The field `n` of a line, counted from 0; NULL: the line has fewer. */
const char *etc_field(const char *line, unsigned n, size_t *len);

const char *etc_next_line(const char *line);

/* The first whole row with that id in its third field, which is the one that is found; or NULL. */
const char *etc_row_of(const char *text, unsigned fields, unsigned id);
