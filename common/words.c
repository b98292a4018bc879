#include "common/words.h"

#include <stdarg.h>
#include <stdio.h>

void words_put(struct words *words, const char *fmt, ...)
{
	const size_t room = words->size - words->used;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(words->text + words->used, room, fmt, ap);
	va_end(ap);
	if (n > 0)
		words->used += (size_t)n < room ? (size_t)n : room - 1;
}
