/* Client of GitHub's REST API for runners. docs.github.com/rest: self-hosted runners */
#pragma once

#include "common/error.h"
#include "runner/common/secret.h"
#include "runner/common/stop.h"

#include <jansson.h>
#include <stdbool.h>

/* Who asks. */
enum github_as {
	GITHUB_AS_TOKEN,        /* the holder of a token that the administrator gave */
	GITHUB_AS_APP,          /* a GitHub App, which signs that it is */
	GITHUB_AS_INSTALLATION, /* the holder of a token that GitHub gave to an App */
};

struct github {
	const char *api;            /* base, without a final slash; not owned */
	const struct secret *token; /* not owned */
	const char *scheme;         /* of the Authorization header: GITHUB_BEARER or GITHUB_REMOTE_AUTH */
	struct stop *stop;          /* may interrupt a call; not owned */
	void *curl;
	/* The last list that GitHub gave with a name (ETag) for its state: the same again costs nothing. */
	char *list_path, *list_etag;
	json_t *list;
	/* Called before each try, unless NULL. -1 ends the call as if no answer had come. */
	int (*before_try)(void *context, struct error *err);
	void *context;
	/* Unless NULL, called before that: puts a valid one into `token`, another one if `anew`. 0, -1, or
	 * GITHUB_REFUSED; both end the call. */
	int (*renew)(void *renews, bool anew, int64_t bound_ns, struct error *err);
	/* Unless NULL: whether the token is so new that not every server of GitHub may know it yet. */
	bool (*is_fresh)(const void *renews);
	void *renews;
	enum github_as as;
};

/* The credential is refused permanently. */
#define GITHUB_REFUSED (-2)

/* A request is sent within this many seconds after the beginning of its try, or not at all. */
#define GITHUB_CONNECT_S 10

/* One answer. */
struct github_reply {
	long status;
	json_t *body;      /* NULL if there was none or it was not JSON; owned */
	char message[256]; /* GitHub's "message", or "" */
	int64_t open_s;    /* when the last try ended that was sent without a conclusive answer (CLOCK_REALTIME): GitHub
			      may still carry it out, even if a later try was answered. 0: none */
	bool limited;      /* a rate limit was reached */
	enum github_as as; /* of the request */
	int64_t date_s;    /* GitHub's clock, in seconds since 1970; 0: the answer does not say */
};

/* A personal access token, and a registration token as config.sh sends it. */
#define GITHUB_BEARER "Bearer"
#define GITHUB_REMOTE_AUTH "RemoteAuth"

/* Makes libcurl and jansson use the wiping heap. Called once per process, before the first fork(2). */
int github_global_init(struct error *err);

/* `api`, `token` and `stop` must outlive `github`. The caller calls github_close(), also after a failure. */
int github_open(struct github *github, const char *api, const char *scheme, const struct secret *token,
	struct stop *stop, struct error *err);
void github_close(struct github *github);

/* Takes `list`, which may be NULL, for what GitHub last answered to GET `path` with this ETag: while it is as it was, a
 * call of the same path gets it again. Takes the reference. */
void github_know_list(struct github *github, const char *path, const char *etag, json_t *list);

/* Waits for this process's turn among all that share runner/github/pace.h, to ask GitHub for `method`. -1: that takes
 * longer than `bound_ns`, or a stop; `what` is for the error. */
int github_await_turn(struct github *github, const char *what, const char *method, int64_t bound_ns, struct error *err);

/* Sends a request. `path` begins with a slash, `body` may be NULL. Obeys rate limits, also those that other slots were
 * told of, follows redirects within the server, and retries after network errors, 5xx, an answer to GET that is no
 * JSON, and a refusal of a fresh token, all within `bound_ns`; `stop` interrupts. A pending call that changes something
 * gets some seconds more, until the next step, since its answer tells the result. 0: an answer came, with any status;
 * the caller calls github_reply_free(). -1: no answer came, and reply->open_s says whether the call may have been
 * carried out. */
int github_call(struct github *github, const char *method, const char *path, const json_t *body, int64_t bound_ns,
	struct github_reply *reply, struct error *err);

void github_reply_free(struct github_reply *reply);
