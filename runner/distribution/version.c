#include "runner/distribution/version.h"

#include <stddef.h>
#include <string.h>

#define NUMBERS 3
#define DIGITS "0123456789"
#define DIGITS_MAX 9

bool version_is_valid(const char *text)
{
	for (int i = 0; i < NUMBERS; i++) {
		const size_t n = strspn(text, DIGITS);

		if (n == 0 || n > DIGITS_MAX || (n > 1 && text[0] == '0'))
			return false;
		text += n;
		if (*text++ != (i < NUMBERS - 1 ? '.' : '\0'))
			return false;
	}
	return true;
}

int version_compare(const char *a, const char *b)
{
	for (int i = 0; i < NUMBERS; i++) {
		const size_t n = strspn(a, DIGITS), m = strspn(b, DIGITS);
		/* Without leading zeros, more digits are a larger number. */
		const int order = n != m ? (n > m) - (n < m) : strncmp(a, b, n);

		if (order != 0)
			return order;
		a += n + (a[n] == '.');
		b += m + (b[m] == '.');
	}
	return 0;
}
