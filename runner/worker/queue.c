#include "runner/worker/queue.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct frame_block *block_new(size_t size)
{
	size_t mapped = sizeof(struct frame_block) + size;
	struct frame_block *block = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (block == MAP_FAILED)
		return NULL;
	madvise(block, mapped, MADV_DONTDUMP);
	mlock(block, mapped);
	block->size = size;
	block->mapped = mapped;
	return block;
}

static void block_free(struct frame_block *block)
{
	explicit_bzero(block->data, block->size);
	munmap(block, block->mapped);
}

void frame_queue_init(struct frame_queue *queue)
{
	queue->head = NULL;
	queue->tail = &queue->head;
	queue->n = 0;
}

static void push(struct frame_queue *queue, struct frame_block *block)
{
	*queue->tail = block;
	queue->tail = &block->next;
	queue->n++;
}

/* Where the next byte goes, and how many are wanted there. */
static void *wanted(struct frame_reader *reader, size_t *n)
{
	if (reader->block == NULL) {
		*n = SHIM_FRAME_HEADER - reader->got;
		return reader->header + reader->got;
	}
	*n = reader->block->size - reader->got;
	return reader->block->data + reader->got;
}

int frame_read(struct frame_reader *reader, int fd, struct frame_queue *queue, bool *whole)
{
	struct shim_frame frame;
	size_t want;
	void *to = wanted(reader, &want);
	ssize_t n = read(fd, to, want);

	*whole = false;
	if (n == 0)
		errno = 0;
	if (n <= 0)
		return n < 0 && (errno == EINTR || errno == EAGAIN) ? 0 : -1;
	reader->got += (size_t)n;
	if (reader->block == NULL && reader->got == SHIM_FRAME_HEADER) {
		if (!shim_frame_decode(reader->header, &frame)) {
			errno = EBADMSG;
			return -1;
		}
		reader->block = block_new(SHIM_FRAME_HEADER + frame.body);
		if (reader->block == NULL)
			return -1;
		memcpy(reader->block->data, reader->header, SHIM_FRAME_HEADER);
	}
	if (reader->block != NULL && reader->got == reader->block->size) {
		push(queue, reader->block);
		*whole = true;
		memset(reader, 0, sizeof *reader);
	}
	return 0;
}

int frame_queue_inject(struct frame_queue *queue, enum shim_frame_type type)
{
	struct frame_block *block = block_new(SHIM_FRAME_HEADER);

	if (block == NULL)
		return -1;
	shim_frame_encode_empty(block->data, type);
	push(queue, block);
	return 0;
}

int frame_queue_write(struct frame_queue *queue, int fd)
{
	struct frame_block *block = queue->head;
	ssize_t n;

	if (block == NULL)
		return 0;
	n = write(fd, block->data + block->written, block->size - block->written);
	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -1;
	explicit_bzero(block->data + block->written, (size_t)n);
	block->written += (size_t)n;
	if (block->written == block->size) {
		queue->head = block->next;
		if (queue->head == NULL)
			queue->tail = &queue->head;
		queue->n--;
		block_free(block);
	}
	return 0;
}

void frame_queue_free(struct frame_queue *queue)
{
	while (queue->head != NULL) {
		struct frame_block *next = queue->head->next;

		block_free(queue->head);
		queue->head = next;
	}
	frame_queue_init(queue);
}
