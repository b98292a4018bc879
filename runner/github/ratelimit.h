/* When GitHub says "not so fast": how long to wait. Pure. docs: rate limits for the REST API;
 * docs.github.com/rest: rate limits for the REST API. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* What the headers of one answer said; -1 where there was none. */
struct ratelimit {
	int64_t retry_after_s; /* retry-after, seconds */
	int64_t remaining;     /* x-ratelimit-remaining */
	int64_t reset;         /* x-ratelimit-reset, seconds since 1970 */
};

/* Notes one header line ("name: value\r\n", any case) of an answer. */
void ratelimit_header(struct ratelimit *limit, const char *line, unsigned long len);

/* Whether an answer of that status and message was a rate limit, and if so for how many seconds to wait: retry-after,
 * else until the reset, else 60 s doubled with every attempt (from 0) up to 15 minutes. -1: not a rate limit. */
int64_t ratelimit_wait_s(
	const struct ratelimit *limit, long status, const char *message, unsigned attempt, int64_t now_s);
