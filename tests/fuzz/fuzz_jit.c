/* A hostile JIT configuration, and the `.runner` file in it: decoding ends, takes the three names and nothing else, and
 * what it takes is JSON of the length that it says. The same bytes are tried as the blob itself, as what the blob
 * encodes, and as a file in it, so that no fuzzer has to find base64 first. */
#include "runner/common/base64.h"
#include "runner/common/runner_file.h"
#include "runner/common/wipe.h"
#include "runner/github/jit.h"
#include "tests/unit/base64_support.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)          \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

static void check_object(const char *text, size_t len)
{
	json_t *json;

	CHECK(text != NULL && text[len] == '\0');
	json = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	CHECK(json_is_object(json));
	json_decref(json);
}

static void try_runner_file(const char *text, size_t len)
{
	struct runner_file file, again;
	struct error err = {0};
	char *moved;

	if (runner_file_parse(&file, text, len, &err) < 0) {
		CHECK(err.text[0] != '\0' && file.agent_name == NULL);
		return;
	}
	CHECK(file.agent_id > 0 && file.agent_name[0] != '\0');
	/* With another work folder it is still the same runner. */
	moved = runner_file_with_work_folder(text, len, "/work", &err);
	CHECK(moved != NULL);
	check_object(moved, strlen(moved));
	CHECK(runner_file_parse(&again, moved, strlen(moved), &err) == 0);
	CHECK(again.agent_id == file.agent_id && strcmp(again.agent_name, file.agent_name) == 0);
	runner_file_free(&again);
	runner_file_free(&file);
	wipe_free(moved);
}

/* The outer object has these three keys and no other. */
static void check_names(const char *blob, size_t len)
{
	size_t n = 0;
	char *text = wipe_base64_decode(blob, len, &n);
	json_t *outer = text != NULL ? json_loadb(text, n, 0, NULL) : NULL;

	CHECK(json_object_size(outer) == JIT_FILE_COUNT);
	CHECK(json_object_get(outer, ".runner") != NULL && json_object_get(outer, ".credentials") != NULL &&
		json_object_get(outer, ".credentials_rsaparams") != NULL);
	json_decref(outer);
	wipe_free(text);
}

static bool try_blob(const char *blob, size_t len)
{
	struct jit_config jit;
	struct error err = {0};
	bool taken = jit_decode(&jit, blob, len, &err) == 0;

	if (taken) {
		check_names(blob, len);
		for (int i = 0; i < JIT_FILE_COUNT; i++)
			check_object(jit.text[i], jit.len[i]);
		try_runner_file(jit.text[JIT_RUNNER], jit.len[JIT_RUNNER]);
	} else {
		CHECK(strncmp(err.text, "not a JIT configuration: ", 25) == 0);
	}
	jit_free(&jit);
	return taken;
}

static bool try_encoded(const char *outer, size_t len)
{
	char *blob = base64_encode(outer, len);
	bool taken;

	taken = try_blob(blob, strlen(blob));
	free(blob);
	return taken;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size > 0 ? size : 1), *file, *outer = NULL; /* just this size, without a NUL */
	json_t *json;
	int len;

	json_set_alloc_funcs(wipe_malloc, wipe_free);
	CHECK(text != NULL);
	memcpy(text, data, size);
	try_blob(text, size);
	try_encoded(text, size);
	try_runner_file(text, size);
	file = base64_encode(text, size);
	len = asprintf(
		&outer, "{\".runner\":\"%s\",\".credentials\":\"e30=\",\".credentials_rsaparams\":\"e30=\"}", file);
	CHECK(len > 0);
	json = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
	CHECK(try_encoded(outer, (size_t)len) == json_is_object(json));
	json_decref(json);
	free(outer);
	free(file);
	free(text);
	return 0;
}
