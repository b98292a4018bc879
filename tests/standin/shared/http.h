/* HTTP as both programs need it: one request, one reply, kept in memory. */
#pragma once

#include "common/error.h"

#include <curl/curl.h>
#include <jansson.h>
#include <stddef.h>

struct http_request {
	const char *method;        /* "GET", "POST", … */
	const char *url;           /* absolute */
	const char *authorization; /* the whole header value, or NULL */
	const char *content_type;  /* of `body`; NULL means application/json */
	const char *body;          /* or NULL */
	long timeout_s;            /* 0 means 60 */
	const char *header;        /* "Name: value", one more, or NULL */
};

struct http_reply {
	long status;
	char *body; /* NUL terminated; never NULL after a call */
	size_t len;
};

/* A request under way, for use with curl's multi interface. */
struct http_exchange {
	CURL *easy; /* NULL when there is none */
	struct curl_slist *headers;
	struct http_reply reply;
};

/* Once per process, before any thread is made. */
int http_start(struct error *err);

/* Makes the request and waits for the reply. Any status is a success; < 0 means that there was no reply.
 * The caller frees with http_reply_free(). */
int http_call(const struct http_request *request, struct http_reply *reply, struct error *err);

/* http_call() for a JSON document: the reply must have a status of 2xx and (where `result` is not NULL) a JSON body,
 * which the caller owns. *status (or NULL) is set in any case, to 0 when there was no reply. */
int http_json(const struct http_request *request, json_t **result, long *status, struct error *err);

/* Fills an exchange, whose easy handle the caller then adds to a multi handle. Ended with http_exchange_end(). */
int http_prepare(struct http_exchange *exchange, const struct http_request *request, struct error *err);

/* Connects to the host of a URL, for curl_easy_send() and curl_easy_recv(). The caller frees with curl_easy_cleanup().
 * NULL with `err` set. */
CURL *http_connect(const char *url, long limit_ms, struct error *err);

/* curl_multi_init(), but with its own descriptors close-on-exec, which curl forgets. NULL when that failed. */
CURLM *http_multi(void);

/* Frees the handle and the headers and the reply. Removing it from a multi handle is the caller's duty. */
void http_exchange_end(struct http_exchange *exchange);

void http_reply_free(struct http_reply *reply);

/* "text" escaped for a query or a form; the caller frees. NULL when memory ran out. */
char *http_escape(const char *text);
