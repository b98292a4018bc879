/* What an hour of a pool costs. */
#include "runner/config/pool_keys.h"

#include <stdlib.h>
#include <string.h>

#define DIGITS "0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define WHOLE_MAX 6 /* digits before and after the point */

/* The length of "12" or "0.125" at the beginning, or 0. */
static size_t number_length(const char *text)
{
	const size_t whole = strspn(text, DIGITS);
	const size_t part = text[whole] == '.' ? strspn(text + whole + 1, DIGITS) : 0;

	if (whole == 0 || whole > WHOLE_MAX || part > WHOLE_MAX || (text[whole] == '.' && part == 0))
		return 0;
	return text[whole] == '.' ? whole + 1 + part : whole;
}

/* Digit by digit: strtod(3) expects the decimal point of the locale. */
static double number(const char *text, size_t len)
{
	double value = 0, unit = 1;
	bool is_part = false;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '.') {
			is_part = true;
			continue;
		}
		value = value * 10 + (text[i] - '0');
		if (is_part)
			unit *= 10;
	}
	return value / unit;
}

int pool_rate_parse(struct pool *pool, const char *text, struct error *err)
{
	const size_t len = number_length(text);
	const char *word = text + len + 1;
	const size_t letters = len > 0 && text[len] == ' ' ? strspn(word, LETTERS) : 0;

	if (letters == 0 || letters > POOL_CURRENCY_MAX || word[letters] != '\0') {
		error_set(err, 0, "%.80s: not a price of an hour", text);
		return error_hint(err,
			"a number of at most %d digits before and after the point, and a word: \"0.12 EUR\"",
			WHOLE_MAX);
	}
	pool->rate = number(text, len);
	memcpy(pool->currency, word, letters + 1);
	return 0;
}
