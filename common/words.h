/* Text that grows in a buffer of fixed size and is truncated at its end. */
#pragma once

#include <stddef.h>

struct words {
	char *text; /* NUL-terminated after the first words_put() */
	size_t size, used;
};

/* Appends text formatted as by printf(3). */
void words_put(struct words *words, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
