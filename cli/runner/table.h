/* Tables for people: columns of text that fit the terminal, or 80 columns.
 *
 * Cells are one line each: foreign text is escaped by common/visible.h, and what does not fit is cut, with "~" at its
 * end. */
#pragma once

#include <stdio.h>

#define TABLE_COLUMNS_MAX 8

struct table_column {
	const char *title;
	int width;    /* in columns; 0: what is left of the line, in the last one only */
	int is_right; /* numbers */
};

/* Prints the titles, or a row of one text for each column. Blanks at the end of a line are left out. */
void table_head(FILE *out, const struct table_column *columns, int n);
void table_row(FILE *out, const struct table_column *columns, int n, const char *const cells[]);

/* Copies as much of `text` as `width` columns hold, with "~" where it is cut. Returns the columns used. A wide
 * character takes two. Pure. */
int table_cell(char *to, size_t size, const char *text, int width);

/* Short forms for cells: 12s, 3m07s, 2h05m, 3d04h; 512, 1.5K, 3.2G. Pure. */
#define TABLE_NUMBER_SIZE 24
const char *table_duration(char to[TABLE_NUMBER_SIZE], double seconds);
const char *table_size(char to[TABLE_NUMBER_SIZE], double bytes);
