/* Breaks text of help between words, to the width of the terminal. */
#pragma once

#include <stdio.h>

/* The number of columns of the terminal that `out` is, between 40 and 120; 80 for everything else. */
int wrap_width(FILE *out);

/* Prints `text`, each line but the first behind `indent` blanks, in `width` columns; `used` of the first line's are
 * taken. A newline in the text is a blank, two are an empty line; a line that begins with a blank stands for itself.
 * Ends with a newline. */
void wrap_print(FILE *out, const char *text, int used, int indent, int width);
