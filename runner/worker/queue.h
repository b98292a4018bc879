/* A queue of complete frames from the Listener to the Worker.
 *
 * Frames contain the job's secrets: their memory is locked as far as RLIMIT_MEMLOCK allows, excluded from core dumps,
 * and zeroed once the frame is written. */
#pragma once

#include "runner/worker/frame.h"

#include <stdbool.h>
#include <stddef.h>

struct frame_block {
	struct frame_block *next;
	size_t size;    /* of data[] */
	size_t written; /* of these, so far */
	size_t mapped;
	unsigned char data[];
};

struct frame_queue {
	struct frame_block *head;
	struct frame_block **tail; /* where the next block is appended */
	size_t n;
};

/* A partly read frame. Starts zeroed. */
struct frame_reader {
	unsigned char header[SHIM_FRAME_HEADER];
	size_t got;                /* bytes of header and body */
	struct frame_block *block; /* once the header is complete */
};

void frame_queue_init(struct frame_queue *queue);

/* Reads once from `fd`, which must be readable, and appends the frame to the queue if it is complete (*whole). 0, or
 * -1: end of file (errno 0), a header that no Listener sends (EBADMSG), or the errno of read(2) or mmap(2). */
int frame_read(struct frame_reader *reader, int fd, struct frame_queue *queue, bool *whole);

/* Appends an empty frame of this type. 0, or -1 with errno. */
int frame_queue_inject(struct frame_queue *queue, enum shim_frame_type type);

/* Writes once to `fd`, which must be writable. 0, or -1 with errno. */
int frame_queue_write(struct frame_queue *queue, int fd);

void frame_queue_free(struct frame_queue *queue);
