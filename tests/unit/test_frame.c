#include "runner/worker/frame.h"

#include "runner/worker/queue.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static void put32(unsigned char *p, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		p[i] = (unsigned char)(value >> 8 * i);
}

static void put_header(unsigned char header[SHIM_FRAME_HEADER], uint32_t type, uint32_t length)
{
	put32(header, type);
	put32(header + 4, length);
}

static void headers(void **state)
{
	static const uint32_t types[] = {
		0, 1, 2, 3, 4, 5, 255, 256, 257, 0x01000000, 0x7fffffff, 0x80000001, UINT32_MAX};
	static const uint32_t lengths[] = {0, 1, 255, 256, 65536, 16777216, SHIM_FRAME_BODY_MAX - 1,
		SHIM_FRAME_BODY_MAX, SHIM_FRAME_BODY_MAX + 1, 0x7fffffff, 0x80000000, UINT32_MAX - 7, UINT32_MAX};

	(void)state;
	for (size_t t = 0; t < sizeof types / sizeof types[0]; t++)
		for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
			unsigned char header[SHIM_FRAME_HEADER];
			struct shim_frame frame = {0};
			bool good = types[t] >= 1 && types[t] <= 4 && lengths[i] <= 50000000;

			put_header(header, types[t], lengths[i]);
			assert_int_equal(shim_frame_decode(header, &frame), good);
			assert_int_equal(frame.type, good ? types[t] : 0);
			assert_int_equal(frame.body, good ? lengths[i] : 0);
		}
}

/* The bytes that the official Listener writes. */
static void byte_order(void **state)
{
	static const unsigned char header[SHIM_FRAME_HEADER] = {2, 0, 0, 0, 0x03, 0x02, 0x01, 0x00};
	unsigned char empty[SHIM_FRAME_HEADER] = {9, 9, 9, 9, 9, 9, 9, 9};
	struct shim_frame frame;

	(void)state;
	assert_true(shim_frame_decode(header, &frame));
	assert_int_equal(frame.type, SHIM_FRAME_CANCEL);
	assert_int_equal(frame.body, 0x010203);
	shim_frame_encode_empty(empty, SHIM_FRAME_RUNNER_SHUTDOWN);
	assert_memory_equal(empty, "\3\0\0\0\0\0\0\0", SHIM_FRAME_HEADER);
}

/* A file with `text` in it, at its beginning. */
static int file_of(const void *text, size_t len)
{
	int fd = memfd_create("frames", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), (ssize_t)len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

/* One frame however the pipe cuts it: after every byte, and byte by byte. */
static void split_reads(void **state)
{
	unsigned char bytes[SHIM_FRAME_HEADER + 11];

	(void)state;
	put_header(bytes, SHIM_FRAME_NEW_JOB, 11);
	for (size_t i = SHIM_FRAME_HEADER; i < sizeof bytes; i++)
		bytes[i] = (unsigned char)('a' + i);
	for (size_t cut = 0; cut < sizeof bytes; cut++) {
		struct frame_queue queue;
		struct frame_reader reader = {0};
		bool whole;
		int ends[2];

		frame_queue_init(&queue);
		assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
		for (size_t done = 0, n; done < sizeof bytes; done += n) {
			size_t got;

			n = cut == 0 ? 1 : done == 0 ? cut : sizeof bytes - cut;
			assert_int_equal(write(ends[1], bytes + done, n), (ssize_t)n);
			do {
				got = reader.got;
				assert_int_equal(frame_read(&reader, ends[0], &queue, &whole), 0);
			} while (reader.got > got);
			assert_int_equal(whole, done + n == sizeof bytes);
			assert_int_equal(queue.n, done + n == sizeof bytes);
		}
		assert_int_equal(queue.head->size, sizeof bytes);
		assert_memory_equal(queue.head->data, bytes, sizeof bytes);
		/* the reader is as new */
		assert_int_equal(reader.got, 0);
		assert_null(reader.block);
		frame_queue_free(&queue);
		assert_null(queue.head);
		close(ends[0]);
		close(ends[1]);
	}
}

static void several_in_order(void **state)
{
	unsigned char bytes[3 * SHIM_FRAME_HEADER + 4], out[sizeof bytes + SHIM_FRAME_HEADER];
	struct frame_queue queue;
	struct frame_reader reader = {0};
	int fd, ends[2];
	size_t n = 0;
	bool whole;

	(void)state;
	put_header(bytes, SHIM_FRAME_NEW_JOB, 3);
	memset(bytes + 8, 'a', 3);
	put_header(bytes + 11, SHIM_FRAME_CANCEL, 0);
	put_header(bytes + 19, SHIM_FRAME_OS_SHUTDOWN, 1);
	bytes[27] = 'z';
	fd = file_of(bytes, sizeof bytes);
	frame_queue_init(&queue);
	while (frame_read(&reader, fd, &queue, &whole) == 0)
		n += whole;
	assert_int_equal(errno, 0); /* the end of the file */
	assert_false(whole);
	assert_int_equal(n, 3);
	assert_int_equal(queue.n, 3);
	assert_int_equal(frame_queue_inject(&queue, SHIM_FRAME_RUNNER_SHUTDOWN), 0);
	assert_int_equal(queue.n, 4);
	assert_int_equal(pipe(ends), 0);
	for (n = 4; n > 0; n--) {
		assert_int_equal(queue.n, n);
		assert_int_equal(frame_queue_write(&queue, ends[1]), 0);
	}
	assert_int_equal(queue.n, 0);
	assert_null(queue.head);
	assert_int_equal(frame_queue_write(&queue, ends[1]), 0); /* nothing to do */
	close(ends[1]);
	assert_int_equal(read(ends[0], out, sizeof out), (ssize_t)sizeof out);
	assert_memory_equal(out, bytes, sizeof bytes);
	assert_memory_equal(out + sizeof bytes, "\3\0\0\0\0\0\0\0", SHIM_FRAME_HEADER);
	/* the queue is of use again after it was empty */
	assert_int_equal(frame_queue_inject(&queue, SHIM_FRAME_CANCEL), 0);
	assert_int_equal(queue.n, 1);
	frame_queue_free(&queue);
	assert_int_equal(queue.n, 0);
	close(ends[0]);
	close(fd);
}

static void bad_headers(void **state)
{
	static const uint32_t bad[][2] = {
		{0, 0}, {5, 0}, {1, SHIM_FRAME_BODY_MAX + 1}, {1, UINT32_MAX}, {UINT32_MAX, 1}};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		unsigned char bytes[SHIM_FRAME_HEADER + 4] = {0};
		struct frame_reader reader = {0};
		struct frame_queue queue;
		bool whole = true;
		int fd;

		put_header(bytes, bad[i][0], bad[i][1]);
		fd = file_of(bytes, sizeof bytes);
		frame_queue_init(&queue);
		assert_int_equal(frame_read(&reader, fd, &queue, &whole), -1);
		assert_int_equal(errno, EBADMSG);
		assert_false(whole);
		assert_null(reader.block);
		assert_int_equal(queue.n, 0);
		close(fd);
	}
}

static void ends_and_errors(void **state)
{
	struct frame_reader reader = {0};
	struct frame_queue queue;
	bool whole = true;
	int ends[2];

	(void)state;
	frame_queue_init(&queue);
	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	assert_int_equal(frame_read(&reader, ends[0], &queue, &whole), 0); /* nothing there yet is no error */
	assert_false(whole);
	assert_int_equal(write(ends[1], "\1\0\0", 3), 3);
	assert_int_equal(frame_read(&reader, ends[0], &queue, &whole), 0);
	close(ends[1]);
	assert_int_equal(frame_read(&reader, ends[0], &queue, &whole), -1);
	assert_int_equal(errno, 0); /* in the middle of a header: the end all the same */
	close(ends[0]);
	assert_int_equal(frame_read(&reader, -1, &queue, &whole), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(frame_queue_inject(&queue, SHIM_FRAME_CANCEL), 0);
	assert_int_equal(frame_queue_write(&queue, -1), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(queue.n, 1); /* not lost */
	frame_queue_free(&queue);
}

/* The longest body that the Listener sends; the file has a hole in place of it, but for its last byte. */
static void longest_body(void **state)
{
	const size_t size = SHIM_FRAME_HEADER + (size_t)SHIM_FRAME_BODY_MAX;
	unsigned char header[SHIM_FRAME_HEADER];
	struct frame_reader reader = {0};
	struct frame_queue queue;
	bool whole = false;
	int fd;

	(void)state;
	put_header(header, SHIM_FRAME_NEW_JOB, SHIM_FRAME_BODY_MAX);
	fd = file_of(header, sizeof header);
	assert_int_equal(pwrite(fd, "!", 1, (off_t)size - 1), 1);
	frame_queue_init(&queue);
	while (!whole)
		assert_int_equal(frame_read(&reader, fd, &queue, &whole), 0);
	assert_int_equal(queue.head->size, size);
	assert_memory_equal(queue.head->data, header, sizeof header);
	assert_int_equal(queue.head->data[size - 2], 0);
	assert_int_equal(queue.head->data[size - 1], '!');
	frame_queue_free(&queue);
	close(fd);
}

/* What has gone down the pipe is not kept, though the frame is not out yet; what has not is still whole. */
static void zeroed_when_written(void **state)
{
	static unsigned char bytes[SHIM_FRAME_HEADER + 16384], out[sizeof bytes];
	struct frame_reader reader = {0};
	struct frame_queue queue;
	size_t out_len = 0;
	bool whole = false;
	int fd, ends[2];

	(void)state;
	put_header(bytes, SHIM_FRAME_NEW_JOB, 16384);
	for (size_t i = SHIM_FRAME_HEADER; i < sizeof bytes; i++)
		bytes[i] = (unsigned char)(1 + i % 251);
	fd = file_of(bytes, sizeof bytes);
	frame_queue_init(&queue);
	while (!whole)
		assert_int_equal(frame_read(&reader, fd, &queue, &whole), 0);
	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	assert_true(fcntl(ends[1], F_SETPIPE_SZ, 4096) >= 4096);
	while (queue.n > 0) {
		const struct frame_block *block = queue.head;
		ssize_t n;

		assert_int_equal(frame_queue_write(&queue, ends[1]), 0);
		if (queue.n > 0) {
			assert_true(block->written > 0 && block->written < sizeof bytes);
			for (size_t i = 0; i < block->written; i++)
				assert_int_equal(block->data[i], 0);
			assert_memory_equal(
				block->data + block->written, bytes + block->written, sizeof bytes - block->written);
			assert_int_equal(frame_queue_write(&queue, ends[1]), 0); /* the pipe is full: no error */
			assert_int_equal(queue.n, 1);
		}
		n = read(ends[0], out + out_len, sizeof out - out_len);
		assert_true(n > 0);
		out_len += (size_t)n;
	}
	assert_int_equal(out_len, sizeof bytes);
	assert_memory_equal(out, bytes, sizeof bytes);
	close(ends[0]);
	close(ends[1]);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers),
		cmocka_unit_test(byte_order),
		cmocka_unit_test(split_reads),
		cmocka_unit_test(several_in_order),
		cmocka_unit_test(bad_headers),
		cmocka_unit_test(ends_and_errors),
		cmocka_unit_test(longest_body),
		cmocka_unit_test(zeroed_when_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
