/* The table of all paths. */
#pragma once

#include "tests/hub/call.h"

struct route {
	const char *method;
	const char *pattern; /* `{E}`: an entity; `*`: one segment */
	unsigned int allow;  /* ALLOW_… of auth.h; 0: everybody */
	bool api;            /* part of the REST API: wants a User-Agent, has a rate limit, may start with /api/v3 */
	size_t body_max;     /* bytes; 0: the usual */
	void (*handle)(struct call *call); /* with the lock held; sets the answer */
};

/* The route of the call, with call->path, scope and args filled, or NULL. */
const struct route *route_find(struct call *call);

/* Whether the path lies in the REST API, known or not. */
bool route_is_api(const char *url);
