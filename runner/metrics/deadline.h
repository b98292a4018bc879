/* How long a connection may take for a request and its answer. libmicrohttpd itself has a limit only for those that
 * send nothing at all: one byte now and then would keep a connection, and there are few. */
#pragma once

#include <microhttpd.h>
#include <pthread.h>
#include <stdint.h>

#define DEADLINE_CONNECTIONS 16

struct deadlines {
	pthread_mutex_t lock; /* the server has a thread of its own */
	pthread_cond_t begun; /* another connection, or another request of one */
	struct deadline {
		struct deadlines *all;
		int fd;         /* the server's; 0: none */
		int64_t end_ns; /* for this request; for the next one, after each answer */
	} of[DEADLINE_CONNECTIONS];
};

/* For MHD_OPTION_NOTIFY_CONNECTION and MHD_OPTION_NOTIFY_COMPLETED; the first has the struct as its context. */
void deadline_connection(
	void *deadlines, struct MHD_Connection *connection, void **of, enum MHD_ConnectionNotificationCode what);
void deadline_answered(
	void *unused, struct MHD_Connection *connection, void **request, enum MHD_RequestTerminationCode how);

/* Ends each connection whose time is over, until `until_ns` (CLOCK_MONOTONIC); < 0: for ever. Without a connection it
 * only sleeps. */
void deadline_enforce(struct deadlines *deadlines, int64_t until_ns);
