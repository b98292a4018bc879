/* A heap that zeroes what it takes back. libcurl and jansson are given it, since request headers and JIT answers pass
 * through their buffers. */
#pragma once

#include <stddef.h>

/* As malloc(3), realloc(3), calloc(3), strdup(3) and free(3); memory from one is only for the others of these. */
void *wipe_malloc(size_t size);
void *wipe_realloc(void *old, size_t size);
void *wipe_calloc(size_t n, size_t size);
char *wipe_strdup(const char *text);
void wipe_free(void *p);

/* For _cleanup_(). */
void wipe_freep(void *p);
