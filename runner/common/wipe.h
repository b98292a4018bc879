/* A heap that zeroes freed memory.
 *
 * libcurl and jansson use it, since request headers and JIT answers pass through their buffers. */
#pragma once

#include <stddef.h>

/* Like malloc(3), realloc(3), calloc(3), strdup(3) and free(3). Their memory must not be mixed with that of malloc(3).
 */
void *wipe_malloc(size_t size);
void *wipe_realloc(void *old, size_t size);
void *wipe_calloc(size_t n, size_t size);
char *wipe_strdup(const char *text);
void wipe_free(void *p);

/* For _cleanup_(). */
void wipe_freep(void *p);
