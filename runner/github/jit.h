/* Decodes a JIT configuration: base64 of a JSON object of base64 file contents.
 *
 * The official Listener writes every key as a file name. This decoder accepts exactly the three expected names.
 * actions/runner: src/Runner.Listener/Runner.cs, --jitconfig. */
#pragma once

#include "common/error.h"

#include <stddef.h>

enum jit_file {
	JIT_RUNNER,      /* .runner */
	JIT_CREDENTIALS, /* .credentials */
	JIT_RSAPARAMS,   /* .credentials_rsaparams: the private key */
	JIT_FILE_COUNT,
};

struct jit_config {
	char *text[JIT_FILE_COUNT]; /* NUL-terminated JSON, from the wiping heap */
	size_t len[JIT_FILE_COUNT];
};

/* Decodes `len` bytes at `blob`. In `.runner` the runner's updates are disabled (runner/common/runner_file.h). Errors
 * contain no part of it. The caller calls jit_free(), also after a failure. */
int jit_decode(struct jit_config *jit, const char *blob, size_t len, struct error *err);

/* Writes the three files with mode 0600 into the directory. None of them may exist. */
int jit_write(const struct jit_config *jit, int dirfd, struct error *err);

void jit_free(struct jit_config *jit);
