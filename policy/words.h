/* Text that grows in a buffer of fixed size; what does not fit is cut. */
#pragma once

#include <stddef.h>

struct words {
	char *text; /* always NUL-terminated once something was put there */
	size_t size, used;
};

/* Appends as printf(3) does. */
void words_put(struct words *words, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
