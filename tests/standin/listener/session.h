/* The Listener's session with the broker: facts 1.d.3 and 1.d.4. */
#pragma once

#include "common/error.h"
#include "tests/standin/shared/http.h"
#include "tests/standin/shared/settings.h"

#include <openssl/evp.h>

struct session {
	struct settings settings;
	struct credentials credentials;
	EVP_PKEY *key;
	char *authorization; /* "Bearer <access token>" */
	char *broker;        /* base URL without a final slash */
	char *id;            /* NULL when there is no session */
};

enum session_state {
	SESSION_OK,
	SESSION_RETRY,    /* no answer, or one that may change; `err` says what */
	SESSION_CONFLICT, /* another instance has the session */
	SESSION_DELETED,  /* the registration is gone */
	SESSION_OUTDATED, /* RunnerVersionTooOld */
};

/* Reads the configuration below `root`. */
int session_load(struct session *session, const char *root, struct error *err);
void session_free(struct session *session);

/* Gets a new access token. */
enum session_state session_login(struct session *session, struct error *err);

/* Logs in and opens a session. */
enum session_state session_open(struct session *session, struct error *err);

/* Deletes the session, as far as there is one; best effort. */
void session_close(struct session *session);

/* Starts a long poll for the next message. */
int session_poll(struct session *session, bool busy, struct http_exchange *exchange, struct error *err);

/* What a status and body of the broker mean. A status of 401 is handled here, by a new login. */
enum session_state session_judge(struct session *session, const struct http_reply *reply, struct error *err);

int session_acknowledge(struct session *session, const char *request_id, struct error *err);

/* The broker moved (message BrokerMigration). */
void session_move(struct session *session, const char *base_url);
