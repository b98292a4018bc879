#include "tests/hub/ratelimit.h"

#include "common/io.h"
#include "tests/hub/clock.h"
#include "tests/hub/memory.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW_S 3600
#define ANONYMOUS_LIMIT 60
#define REGISTRATION_LIMIT 10000

struct bucket {
	struct bucket *next;
	char *secret; /* "": no credential */
	bool registration;
	int64_t used, reset_s;
};

struct rate_limits {
	struct bucket *buckets;
};

struct rate_limits *rates_new(void)
{
	return must(calloc(1, sizeof(struct rate_limits)));
}

void rates_free(struct rate_limits *rates)
{
	while (rates->buckets != NULL) {
		struct bucket *bucket = rates->buckets;

		rates->buckets = bucket->next;
		OPENSSL_cleanse(bucket->secret, strlen(bucket->secret));
		free(bucket->secret);
		free(bucket);
	}
	free(rates);
}

static struct bucket *bucket_of(struct rate_limits *rates, const char *secret, bool registration)
{
	struct bucket *bucket;

	for (bucket = rates->buckets; bucket != NULL; bucket = bucket->next)
		if (bucket->registration == registration && strcmp(bucket->secret, secret) == 0)
			return bucket;
	bucket = must(calloc(1, sizeof *bucket));
	bucket->secret = copy_text(secret);
	bucket->registration = registration;
	bucket->next = rates->buckets;
	rates->buckets = bucket;
	return bucket;
}

static void number_header(struct call *call, const char *name, int64_t value)
{
	char text[24];

	snprintf(text, sizeof text, "%lld", (long long)value);
	call_header(call, name, text);
}

static bool is_registration(const struct call *call)
{
	/* POST {E}/actions/runners/registration-token is an ordinary call, whatever its name begins with. */
	if (strstr(call->url, "/registration-token") != NULL)
		return false;
	return strstr(call->url, "/actions/runner-registration") != NULL ||
	       strstr(call->url, "/actions/runners/register") != NULL;
}

void rates_give_back(struct call *call)
{
	const char *secret = call->secret == NULL ? "" : call->secret;
	struct bucket *bucket = bucket_of(call->store->rates, secret, is_registration(call));

	if (bucket->used > 0)
		bucket->used--;
	for (size_t i = 0; i < call->header_count; i++) {
		const bool is_used = strcmp(call->headers[i].name, "x-ratelimit-used") == 0;
		char **value = &call->headers[i].value;
		const int64_t told = strtoll(*value, NULL, 10);

		if (!is_used && strcmp(call->headers[i].name, "x-ratelimit-remaining") != 0)
			continue;
		free(*value);
		*value = must(format("%lld", (long long)(is_used ? told - 1 : told + 1)));
	}
}

bool rates_count(struct call *call)
{
	const bool registration = is_registration(call);
	const char *secret = call->secret == NULL ? "" : call->secret;
	struct bucket *bucket;
	int64_t limit = call->store->settings.rate_limit;

	if (registration)
		limit = REGISTRATION_LIMIT;
	else if (*secret == '\0')
		limit = ANONYMOUS_LIMIT;
	bucket = bucket_of(call->store->rates, secret, registration);
	if (bucket->reset_s <= wall_s()) {
		bucket->reset_s = wall_s() + WINDOW_S;
		bucket->used = 0;
	}
	if (bucket->used <= limit)
		bucket->used++;
	number_header(call, "x-ratelimit-limit", limit);
	number_header(call, "x-ratelimit-remaining", bucket->used >= limit ? 0 : limit - bucket->used);
	number_header(call, "x-ratelimit-used", bucket->used > limit ? limit : bucket->used);
	number_header(call, "x-ratelimit-reset", bucket->reset_s);
	call_header(call, "x-ratelimit-resource", registration ? "actions_runner_registration" : "core");
	if (bucket->used <= limit)
		return true;
	call_error(call, MHD_HTTP_FORBIDDEN, "API rate limit exceeded");
	return false;
}
