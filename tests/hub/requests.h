/* The list of all requests but those to /_hub/, for tests that count calls. Secrets are never in it. */
#pragma once

#include "tests/hub/call.h"

struct request_log;

struct request_log *requests_new(void);
void requests_free(struct request_log *log);

/* Notes an answered call. `fault`: a scripted failure was behind it. Takes the lock itself. */
void requests_add(const struct call *call, bool fault);

/* Handlers of /_hub/requests. Lock held. */
void requests_get(struct call *call);
void requests_delete(struct call *call);
