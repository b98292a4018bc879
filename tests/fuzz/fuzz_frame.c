/* What a Listener, or something in its place, sends the shim, cut into pieces anywhere: whole frames come out as they
 * went in, in order, up to the first header that no Listener sends, and what was written is zeroed. */
#include "runner/worker/queue.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)          \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

#define INPUT_MAX 8192

struct ends {
	int in[2];
	int out[2];
};

static const struct ends *ends_once(void)
{
	static struct ends ends;

	if (ends.in[1] == 0) {
		CHECK(pipe2(ends.in, O_NONBLOCK) == 0 && pipe2(ends.out, O_NONBLOCK) == 0);
		CHECK(fcntl(ends.out[1], F_SETPIPE_SZ, 4096) >= 4096);
	}
	return &ends;
}

/* How many bytes of the input are whole and good frames, by reading it anew. *bad: then comes a header that is none. */
static size_t good_frames(const uint8_t *data, size_t size, size_t *n, bool *bad)
{
	size_t good = 0;

	*n = 0;
	*bad = false;
	while (size - good >= 8) {
		const uint8_t *p = data + good;
		size_t body = p[4] | (size_t)p[5] << 8 | (size_t)p[6] << 16 | (size_t)p[7] << 24;

		*bad = p[0] < 1 || p[0] > 4 || p[1] != 0 || p[2] != 0 || p[3] != 0 || body > 50000000;
		if (*bad || size - good - 8 < body)
			break;
		good += 8 + body;
		++*n;
	}
	return good;
}

static void drain(int fd, uint8_t *out, size_t *len)
{
	ssize_t n = read(fd, out + *len, INPUT_MAX + 1 - *len);

	CHECK(n > 0 || (n < 0 && errno == EAGAIN));
	if (n > 0)
		*len += (size_t)n;
	CHECK(*len <= INPUT_MAX);
}

static void write_out(struct frame_queue *queue, const struct ends *ends, uint8_t *out, size_t *len)
{
	while (queue->n > 0) {
		const struct frame_block *block = queue->head;
		size_t n = queue->n;

		CHECK(block != NULL && frame_queue_write(queue, ends->out[1]) == 0);
		if (queue->n == n)
			for (size_t i = 0; i < block->written; i++)
				CHECK(block->data[i] == 0);
		drain(ends->out[0], out, len);
	}
	CHECK(queue->head == NULL && queue->tail == &queue->head);
}

/* Reads all that is in the pipe. False after a bad header. */
static bool take(struct frame_reader *reader, int fd, struct frame_queue *queue, size_t *n)
{
	int left;

	for (;;) {
		bool whole;

		CHECK(ioctl(fd, FIONREAD, &left) == 0);
		if (left == 0)
			return true;
		if (frame_read(reader, fd, queue, &whole) < 0) {
			CHECK(errno == EBADMSG && !whole && reader->block == NULL);
			return false;
		}
		*n += whole;
		CHECK(whole ? reader->got == 0 && reader->block == NULL : reader->got > 0);
	}
}

/* The first byte says how the rest is cut: in pieces of that size, or at once. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t out[INPUT_MAX + 1], rest[INPUT_MAX];
	const struct ends *ends = ends_once();
	struct frame_reader reader = {0};
	struct frame_queue queue;
	size_t piece, good, expected, n = 0, out_len = 0, sent = 0;
	bool bad, refused = false;

	if (size == 0 || size > INPUT_MAX)
		return 0;
	piece = data[0] > 0 ? data[0] : size;
	data++;
	size--;
	good = good_frames(data, size, &expected, &bad);
	frame_queue_init(&queue);
	while (!refused && sent < size) {
		size_t now = size - sent < piece ? size - sent : piece;

		CHECK(write(ends->in[1], data + sent, now) == (ssize_t)now);
		sent += now;
		refused = !take(&reader, ends->in[0], &queue, &n);
		if (sent % 3 == 0) /* now one, now several in the queue */
			write_out(&queue, ends, out, &out_len);
	}
	write_out(&queue, ends, out, &out_len);
	CHECK(refused == bad && n == expected);
	CHECK(out_len == good && memcmp(out, data, good) == 0);
	if (reader.block != NULL)
		munmap(reader.block, reader.block->mapped);
	while (read(ends->in[0], rest, sizeof rest) > 0)
		continue; /* behind a bad header */
	frame_queue_free(&queue);
	return 0;
}
