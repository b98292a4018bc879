/* Computes how long to wait for a rate limit of GitHub. Pure.
 *
 * docs.github.com/rest: rate limits for the REST API. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* The values of an answer's headers; -1 for a missing header. */
struct ratelimit {
	int64_t retry_after_s; /* retry-after, seconds */
	int64_t remaining;     /* x-ratelimit-remaining */
	int64_t reset;         /* x-ratelimit-reset, seconds since 1970 */
};

/* Reads a header line ("name: value\r\n", any case) of an answer. */
void ratelimit_header(struct ratelimit *limit, const char *line, unsigned long len);

/* Returns how many seconds to wait after an answer with this status and message: retry-after, else until the reset,
 * else 60 s, doubled with every attempt (from 0), up to 15 minutes. `now_s` is of the clock that the reset is of. No
 * window of GitHub's is longer than an hour: what names more is wrong, and asked again then. -1 if the answer is not a
 * rate limit. */
int64_t ratelimit_wait_s(
	const struct ratelimit *limit, long status, const char *message, unsigned attempt, int64_t now_s);

/* Whether GitHub said how long it lasts. */
bool ratelimit_has_time(const struct ratelimit *limit);

/* Spreads what several wait for, by a random number: a rate limit's end is never made earlier, and at most a tenth or
 * half a minute later; a retry of our own comes after between half of the time and all of it. */
int64_t ratelimit_spread_ns(int64_t wait_ns, bool limited, uint32_t random);
