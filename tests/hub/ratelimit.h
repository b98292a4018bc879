/* GitHub's primary rate limit: so many requests an hour and credential. */
#pragma once

#include "tests/hub/call.h"

struct rate_limits;

struct rate_limits *rates_new(void);
void rates_free(struct rate_limits *rates);

/* Counts the call and adds the x-ratelimit-* headers. False, and the answer is 403, when the limit is used up.
 * Lock held. */
bool rates_count(struct call *call);

/* The call is answered with 304, and GitHub does not count those: gives back what rates_count() has counted. Lock held.
 */
void rates_give_back(struct call *call);
