#include "common/parse.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* Reads decimal digits at *text, moves past them. False when there are none or they do not fit. */
static bool digits(const char **text, uint64_t *value)
{
	const char *p = *text;
	uint64_t v = 0;

	if (*p < '0' || *p > '9')
		return false;
	for (; *p >= '0' && *p <= '9'; p++)
		if (__builtin_mul_overflow(v, 10u, &v) || __builtin_add_overflow(v, (uint64_t)(*p - '0'), &v))
			return false;
	*text = p;
	*value = v;
	return true;
}

/* As a message names it. */
static const char *named(const char *text)
{
	return text[0] != '\0' ? text : "\"\"";
}

int parse_size(const char *text, uint64_t *bytes, struct error *err)
{
	static const char units[] = "KkMmGgTt";
	const char *p = text, *unit;
	uint64_t v;

	if (!digits(&p, &v)) {
		error_set(err, 0, "%s: not a size", named(text));
		return error_hint(err, "expected a size such as 512M or 4G");
	}
	unit = *p != '\0' ? strchr(units, *p) : NULL;
	if (unit != NULL)
		p += p[1] == '\0' ? 1 : strcasecmp(p + 1, "i") == 0 ? 2 : strcasecmp(p + 1, "iB") == 0 ? 3 : 0;
	if (*p != '\0') {
		error_set(err, 0, "%s: not a size", text);
		/* Powers of 1000 for some, of 1024 for others. */
		if (unit != NULL && strcasecmp(p + 1, "B") == 0)
			return error_hint(err, "%.*s or %.*siB is in powers of 1024", (int)(p - text + 1), text,
				(int)(p - text + 1), text);
		return error_hint(err, "expected a size such as 512M or 4G");
	}
	if (__builtin_mul_overflow(v, UINT64_C(1) << (unit != NULL ? 10 * ((unit - units) / 2 + 1) : 0), bytes))
		return error_set(err, 0, "%s: too large", text);
	return 0;
}

int parse_duration(const char *text, int64_t *ns, struct error *err)
{
	static const struct {
		const char *suffix;
		int64_t ns;
	} units[] = {
		{"ms", INT64_C(1000000)},
		{"s", INT64_C(1000000000)},
		{"m", INT64_C(60000000000)},
		{"h", INT64_C(3600000000000)},
		{"d", INT64_C(86400000000000)},
	};
	const char *p = text;
	uint64_t v;

	if (digits(&p, &v))
		for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
			if (strcmp(p, units[i].suffix) == 0) {
				if (__builtin_mul_overflow(v, units[i].ns, ns) || *ns > INT64_MAX / 2)
					return error_set(err, 0, "%s: too large", text);
				return 0;
			}
	error_set(err, 0, "%s: not a duration", named(text));
	return error_hint(err, "expected a duration such as 90s, 15m or 6h");
}

int parse_count(const char *text, uint64_t max, uint64_t *count, struct error *err)
{
	const char *p = text;

	if (!digits(&p, count) || *p != '\0')
		return error_set(err, 0, "%s: not a whole number", text);
	if (*count > max)
		return error_set(err, 0, "%s: more than %llu", text, (unsigned long long)max);
	return 0;
}

int parse_cpus(const char *text, uint64_t *milli, struct error *err)
{
	const char *p = text;
	uint64_t whole, scale = 100, fraction = 0;
	bool ok = digits(&p, &whole) && whole <= 1000000;

	if (ok && *p == '.') {
		p++;
		ok = *p >= '0' && *p <= '9';
		for (; *p >= '0' && *p <= '9'; p++, scale /= 10)
			fraction += (uint64_t)(*p - '0') * scale; /* digits past the third count as 0 */
	}
	if (!ok || *p != '\0')
		return error_set(err, 0, "%s: not a number of CPUs", text);
	*milli = whole * 1000 + fraction;
	if (*milli < 10)
		return error_set(err, 0, "%s: less than 0.01 CPUs", text);
	return 0;
}
