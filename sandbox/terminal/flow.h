/* Copies bytes from one descriptor to another, neither of which may block.
 * Runs in: launcher */
#pragma once

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct flow {
	char data[4096]; /* what a terminal gives at once */
	size_t start, end;
	char last; /* byte that went in, '\0' before the first */
};

/* One of the launcher's own standard descriptors, so that it does not block. The flags of an open file belong to all
 * who share it, the caller's shell among them: so the file is opened once more where that can be (terminals, pipes). */
struct flow_end {
	int fd;        /* -1: closed */
	int shared;    /* < 0: `fd` is our own. Otherwise it is the descriptor itself, whose flags were these */
	bool blocks;   /* shared, and of a kind that blocks */
	bool switched; /* O_NONBLOCK is on for all who share it */
};

/* `access`: O_RDONLY or O_WRONLY. flow_end_close() is due also after failure. */
int flow_end_open(struct flow_end *end, int fd, int access, struct error *err);

/* Gives a shared file its flags back, and takes them again. */
void flow_end_restore(struct flow_end *end);
void flow_end_again(struct flow_end *end);

/* Gives the flags back, closes what is our own, and leaves fd -1; also after a failed flow_end_open(), and twice. */
void flow_end_close(struct flow_end *end);

/* Nothing is on its way; drops what is; the byte that went in last, '\0' before the first. */
bool flow_is_empty(const struct flow *flow);
void flow_clear(struct flow *flow);
char flow_last(const struct flow *flow);

/* Takes the first such byte out of what is on its way. False: there is none. */
bool flow_take_out(struct flow *flow, char byte);

/* Adds bytes to an empty flow; `len` at most sizeof flow->data. */
void flow_put(struct flow *flow, const char *data, size_t len);

/* Fills an empty flow. 1: read, or nothing is there now. 0: end of file. -1: errno. */
int flow_read(struct flow *flow, int fd);

/* Writes as much as `fd` takes now. 0, or -1 with errno: nobody will take the rest. */
int flow_write(struct flow *flow, int fd);
