/* GitHub's REST API, as far as runners go. docs.github.com/rest: self-hosted runners. */
#pragma once

#include "common/error.h"
#include "runner/secret.h"
#include "runner/stop.h"

#include <jansson.h>
#include <stdbool.h>

struct github {
	const char *api;            /* base, without a slash at the end; not owned */
	const struct secret *token; /* not owned */
	const char *scheme;         /* of the Authorization header: GITHUB_BEARER or GITHUB_REMOTE_AUTH */
	struct stop *stop;          /* may interrupt; not owned */
	void *curl;
	/* Called before each try, where it is set. -1: the call ends there, as if no answer had come. */
	int (*before_try)(void *context, struct error *err);
	void *context;
};

/* A request leaves within this many seconds of its try's beginning, or never. */
#define GITHUB_CONNECT_S 10

/* One answer. */
struct github_reply {
	long status;
	json_t *body;      /* NULL when there was none or it was not JSON; owned */
	char message[256]; /* GitHub's "message", "" when there was none */
	int64_t open_s;    /* when the last try ended that was sent and got no answer which says how it ended: it may
			      be carried out yet, be it that a later one had its answer (CLOCK_REALTIME). 0: none */
	bool limited;      /* the answer is a rate limit's */
};

/* A personal access token, and a registration token as config.sh sends it. */
#define GITHUB_BEARER "Bearer"
#define GITHUB_REMOTE_AUTH "RemoteAuth"

/* Once per process, before the first fork(2): libcurl and jansson get the wiping heap. */
int github_global_init(struct error *err);

/* `api`, `token` and `stop` must outlive it. github_close() is due also after failure. */
int github_open(struct github *github, const char *api, const char *scheme, const struct secret *token,
	struct stop *stop, struct error *err);
void github_close(struct github *github);

/* One request: `path` begins with a slash, `body` may be NULL. Obeys rate limits, retries what the network or a 5xx
 * lost, all within `bound_ns`; `stop` interrupts. A call that changes something and is under way is given some seconds
 * more, until the next step: its answer says what became of it. 0: an answer came, whatever its status; the caller
 * frees it with github_reply_free(). -1: none came, and reply->open_s says whether the call may have been carried out.
 */
int github_call(struct github *github, const char *method, const char *path, const json_t *body, int64_t bound_ns,
	struct github_reply *reply, struct error *err);

void github_reply_free(struct github_reply *reply);
