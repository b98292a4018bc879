#include "runner/github/ratelimit.h"

#include "common/error.h"
#include "common/parse.h"

#include <string.h>

#define SECONDARY_FIRST_S 60
#define SECONDARY_MOST_S 900
#define SAID_MOST_S 3600 /* the longest window of GitHub's */
#define SPREAD_MOST_NS (INT64_C(30) * 1000000000)

void ratelimit_header(struct ratelimit *limit, const char *line, unsigned long len)
{
	const struct {
		const char *name;
		int64_t *value;
	} wanted[] = {
		{"retry-after:", &limit->retry_after_s},
		{"x-ratelimit-remaining:", &limit->remaining},
		{"x-ratelimit-reset:", &limit->reset},
	};

	for (unsigned i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
		unsigned long name = strlen(wanted[i].name);
		char text[24] = "";
		struct error err;
		uint64_t value;

		if (len <= name || strncasecmp(line, wanted[i].name, name) != 0)
			continue;
		line += name;
		len -= name;
		while (len > 0 && (*line == ' ' || *line == '\t')) {
			line++;
			len--;
		}
		while (len > 0 && strchr("\r\n \t", line[len - 1]) != NULL)
			len--;
		if (len >= sizeof text)
			return;
		memcpy(text, line, len);
		if (parse_count(text, INT64_MAX, &value, &err) == 0)
			*wanted[i].value = (int64_t)value;
		return;
	}
}

bool ratelimit_has_time(const struct ratelimit *limit)
{
	return limit->retry_after_s >= 0 || (limit->remaining == 0 && limit->reset >= 0);
}

int64_t ratelimit_spread_ns(int64_t wait_ns, bool limited, uint32_t random)
{
	int64_t most = limited ? wait_ns / 10 : wait_ns / 2, more;

	if (limited && most > SPREAD_MOST_NS)
		most = SPREAD_MOST_NS;
	more = most / UINT16_MAX * (random & UINT16_MAX);
	if (!limited)
		return wait_ns - most + more;
	return wait_ns > INT64_MAX - more ? INT64_MAX : wait_ns + more;
}

static int64_t at_most_a_window(int64_t wait_s)
{
	return wait_s < SAID_MOST_S ? wait_s : SAID_MOST_S;
}

int64_t ratelimit_wait_s(
	const struct ratelimit *limit, long status, const char *message, unsigned attempt, int64_t now_s)
{
	int64_t wait = SECONDARY_FIRST_S;

	if (status != 403 && status != 429)
		return -1;
	if (limit->retry_after_s >= 0)
		return at_most_a_window(limit->retry_after_s);
	if (limit->remaining == 0 && limit->reset >= 0)
		/* The header has whole seconds. */
		return limit->reset > now_s ? at_most_a_window(limit->reset - now_s) + 1 : 1;
	/* A plain 403 means "not allowed", and no waiting helps. */
	if (status != 429 && strcasestr(message, "rate limit") == NULL)
		return -1;
	while (attempt-- > 0 && wait < SECONDARY_MOST_S)
		wait *= 2;
	return wait < SECONDARY_MOST_S ? wait : SECONDARY_MOST_S;
}
