/* Patterns of error texts: literal parts with `*` between them, which stands for anything. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Returns how many bytes the literal parts have if all of them occur in the line in this order, else 0. Upper and lower
 * case are equal. A part that begins or ends with a letter or digit does so at the border of a word. */
size_t match_pattern(const char *pattern, const char *line, size_t len);

/* Whether `text`, of at least four bytes, occurs in the pattern. */
bool match_within(const char *text, size_t len, const char *pattern);
