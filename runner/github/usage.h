/* Counts the requests of this process to GitHub, and remembers the rate limit that the last answer told of. */
#pragma once

#include "runner/github/ratelimit.h"

#include <stdbool.h>
#include <stdint.h>

enum github_outcome {
	GITHUB_ANSWERED,   /* 2xx, 3xx */
	GITHUB_DECLINED,   /* 4xx, but a rate limit */
	GITHUB_LIMITED,    /* a rate limit */
	GITHUB_FAILED,     /* 5xx */
	GITHUB_UNANSWERED, /* no connection, or it broke */
	GITHUB_OUTCOME_COUNT,
};

struct github_usage {
	uint64_t n[GITHUB_OUTCOME_COUNT];
	int64_t remaining, reset; /* -1: no answer told */
};

extern const char *const github_outcome_names[GITHUB_OUTCOME_COUNT];

/* Counts one try. `status` is 0 if there was no answer. */
void github_usage_add(long status, bool limited, const struct ratelimit *limit);

/* Takes what was counted since the last call in this process. What a parent counted is not a child's. */
void github_usage_take(struct github_usage *usage);
