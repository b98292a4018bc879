/* The supervisor's control socket, "control" in the state directory: commands of the same user, one line each.
 *
 * No call waits. What a client does not read in time is its loss: it is dropped, and what it asked for goes on. */
#pragma once

#include "common/error.h"
#include "runner/control/request.h"

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#define CONTROL_CLIENTS_MAX 8
#define CONTROL_FDS (CONTROL_CLIENTS_MAX + 1)

struct control_client {
	int fd; /* 0: none */
	char line[CONTROL_LINE_MAX];
	size_t len;
	int64_t line_end_ns;          /* until when its line is to be there; 0: it is */
	bool slots[POOL_SLOTS_MAX];   /* those that it waits for: I for slot I + 1 */
	bool waits_for_end;           /* … or for the supervisor's end */
	bool has_failed;              /* a slot that it waits for has ended with an error */
	char said[CONTROL_REPLY_MAX]; /* the last CONTROL_WAIT, so that none is repeated */
};

struct control {
	int dirfd;             /* of the state directory; not owned */
	int fd;                /* 0: there is none */
	bool is_full;          /* that has been said, and no command has come since */
	int64_t deaf_until_ns; /* the host has no descriptors or memory for one more: not polled until then */
	struct control_client client[CONTROL_CLIENTS_MAX];
};

typedef void control_handler(void *context, struct control_client *client, const struct control_request *request);

/* Begins to listen. The caller holds the state's lock, so that a socket that is there is nobody's. */
int control_open(struct control *control, int dirfd, struct error *err);

/* Fills in what to poll for. Returns the number, at most CONTROL_FDS. *next_ns is the time on the monotonic clock when
 * control_serve() is to be called at the latest, or 0. */
size_t control_poll(const struct control *control, struct pollfd fds[CONTROL_FDS], int64_t *next_ns);

/* Accepts, reads, and hands complete requests to `handle`, which replies. */
void control_serve(struct control *control, control_handler *handle, void *context);

/* Sends a line, "TAG TEXT". After CONTROL_END the client is gone. */
void control_reply(struct control_client *client, enum control_tag tag, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The same for a CONTROL_WAIT, unless it is what was said last. */
void control_progress(struct control_client *client, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Ends all: removes the name, closes everything. */
void control_close(struct control *control);

/* In a child: closes what it has inherited. */
void control_forget(struct control *control);
