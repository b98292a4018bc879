/* One HTTP request and the answer it gets. */
#pragma once

#include "tests/hub/store.h"

#include <microhttpd.h>

#define CALL_HEADERS_MAX 16
#define CALL_ARGS_MAX 5

enum auth_kind { AUTH_NONE, AUTH_BEARER, AUTH_TOKEN, AUTH_BASIC, AUTH_REMOTE, AUTH_OTHER };

struct call {
	struct store *store;
	struct MHD_Connection *connection;
	char *method, *url; /* url: the path as asked, without the query */
	const char *path;   /* within url: without the base of the REST API, empty for none */
	char *body;
	size_t body_len, body_size;
	bool body_too_long;
	json_t *json; /* see call_json() */

	/* filled by auth.c and routes.c */
	enum auth_kind auth;
	char *secret;              /* what followed the scheme; NULL: none */
	char *scope;               /* "repos/o/r" …, NULL when the path names none */
	char *args[CALL_ARGS_MAX]; /* what the asterisks of the route stood for */
	int64_t owner;             /* of the token that was accepted: id of a runner or a job */
	bool by_job_token;         /* it was a job's own */

	/* the answer */
	unsigned int status;
	char *text; /* NULL: no body */
	size_t text_len;
	const char *type;
	int fd; /* >= 0: the body is this file from `offset` on, `text_len` long */
	size_t offset;
	struct {
		char *name, *value;
	} headers[CALL_HEADERS_MAX];
	size_t header_count;
	bool drop;                  /* close the connection instead of answering */
	MHD_UpgradeHandler upgrade; /* NULL: none; else it gets the connection, and */
	void *upgrade_with;         /* this, allocated, which it frees */
};

/* A call for this request. The caller frees with call_free(). */
struct call *call_new(struct store *store, struct MHD_Connection *connection, const char *method, const char *url);
void call_free(struct call *call);

/* Takes in another piece of the body, up to `max` bytes in all; what is beyond is thrown away and remembered. */
void call_add_body(struct call *call, const char *data, size_t len, size_t max);

/* The body as a JSON object, borrowed. NULL, and the answer is 400, when it is not one. */
json_t *call_json(struct call *call);

/* A query parameter, borrowed, or NULL. */
const char *call_query(const struct call *call, const char *name);

/* A query parameter as a number; `fallback` when it is absent or no number. */
int64_t call_query_number(const struct call *call, const char *name, int64_t fallback);

/* A number from an argument of the route, or -1. */
int64_t call_arg_number(const struct call *call, size_t index);

/* A header of the request, borrowed, or NULL. */
const char *call_header_of(const struct call *call, const char *name);

/* Sets the answer. The body is consumed; NULL: none. */
void call_answer(struct call *call, unsigned int status, json_t *body);

/* Answers {"message": …}, as GitHub's REST API does. */
void call_error(struct call *call, unsigned int status, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Answers plain text, copied. */
void call_text(struct call *call, unsigned int status, const char *text, size_t len);

/* Adds a header to the answer, copied. */
void call_header(struct call *call, const char *name, const char *value);

/* Whether the client has closed its end. Needs no lock. */
bool call_client_gone(const struct call *call);

/* Hands the answer to libmicrohttpd. */
enum MHD_Result call_send(struct call *call);
