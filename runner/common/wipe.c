#include "runner/common/wipe.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Stands before each block and keeps it aligned as malloc(3) would. */
union header {
	size_t size;
	max_align_t align;
};

void *wipe_malloc(size_t size)
{
	union header *block;
	size_t whole;

	if (__builtin_add_overflow(size, sizeof *block, &whole))
		return NULL;
	block = malloc(whole);
	if (block == NULL)
		return NULL;
	block->size = size;
	return block + 1;
}

void wipe_free(void *p)
{
	union header *block = p;

	if (block == NULL)
		return;
	block--;
	explicit_bzero(p, block->size);
	free(block);
}

void *wipe_realloc(void *old, size_t size)
{
	const union header *block = old;
	void *grown = wipe_malloc(size);

	if (grown == NULL || old == NULL)
		return grown;
	block--;
	memcpy(grown, old, block->size < size ? block->size : size);
	wipe_free(old);
	return grown;
}

void *wipe_calloc(size_t n, size_t size)
{
	size_t whole;
	void *p;

	if (__builtin_mul_overflow(n, size, &whole))
		return NULL;
	p = wipe_malloc(whole);
	if (p != NULL)
		memset(p, 0, whole);
	return p;
}

char *wipe_strdup(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = wipe_malloc(size);

	return copy == NULL ? NULL : memcpy(copy, text, size);
}

void wipe_freep(void *p)
{
	void **ptr = p;

	wipe_free(*ptr);
	*ptr = NULL;
}
