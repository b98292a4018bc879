/* The live log: a websocket to FeedStreamUrl (RFC 6455), over which the lines of steps go as they come. Best effort, as
 * in the official runner: what cannot be sent is lost here, and only here. */
#pragma once

#include "common/error.h"

#include <curl/curl.h>
#include <jansson.h>

struct live_log {
	char *url;                 /* NULL: there is none */
	const char *authorization; /* borrowed */
	CURL *easy;                /* the connection, NULL: none */
	char *step;                /* whose lines wait; NULL: nobody's */
	json_t *lines;
};

/* Connects, once. Without a URL nothing is done. */
void live_log_open(struct live_log *live);

/* Adds a line of a step (a UUID), which must be UTF-8; others are left out. */
void live_log_line(struct live_log *live, const char *step, const char *line);

/* How many lines wait. */
size_t live_log_waiting(const struct live_log *live);

/* Sends what waits; after a failure connects again and tries once more, then gives up for good. */
int live_log_flush(struct live_log *live, struct error *err);

void live_log_close(struct live_log *live);
