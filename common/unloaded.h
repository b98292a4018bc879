/* Data in the program's file that is not loaded with it: sections without SHF_ALLOC. A launch pays nothing for them.
 * elf(5) */
#pragma once

#include "common/error.h"

#include <stddef.h>

/* Puts the file at `path` into the section `name` of the object file. `path` is relative to the root of the source
 * tree; the Makefile must know of it. */
#define UNLOADED(name, path) __asm__(".pushsection " name ", \"\"\n\t.incbin \"" path "\"\n\t.popsection\n")

/* Reads the section `name` from /proc/self/exe. The caller frees *data. 0, or -1 with err. */
int unloaded_read(const char *name, char **data, size_t *len, struct error *err);
