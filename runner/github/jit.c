#include "runner/github/jit.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "runner/common/base64.h"
#include "runner/common/json_file.h"
#include "runner/common/runner_file.h"
#include "runner/common/wipe.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

static const char *const names[JIT_FILE_COUNT] = {
	[JIT_RUNNER] = ".runner",
	[JIT_CREDENTIALS] = ".credentials",
	[JIT_RSAPARAMS] = ".credentials_rsaparams",
};

static int not_jit(struct error *err, const char *reason)
{
	error_set(err, 0, "not a JIT configuration: %s", reason);
	return error_hint(err, "pass encoded_jit_config on unchanged");
}

static int which(const char *name)
{
	for (int i = 0; i < JIT_FILE_COUNT; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

static int take_file(struct jit_config *jit, int i, const json_t *value, struct error *err)
{
	_cleanup_(json_drop) json_t *content = NULL;

	if (!json_is_string(value))
		return not_jit(err, "a file in it is not a string");
	jit->text[i] = wipe_base64_decode(json_string_value(value), json_string_length(value), &jit->len[i]);
	if (jit->text[i] == NULL)
		return not_jit(err, "a file in it is not base64");
	content = json_loadb(jit->text[i], jit->len[i], JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(content))
		return not_jit(err, "a file in it is not a JSON object");
	return 0;
}

/* The API that makes the configuration has no field for that. */
static int disable_update(struct jit_config *jit, struct error *err)
{
	char *other = runner_file_without_update(jit->text[JIT_RUNNER], jit->len[JIT_RUNNER], err);

	if (other == NULL)
		return error_context(err, "JIT configuration");
	wipe_free(jit->text[JIT_RUNNER]);
	jit->text[JIT_RUNNER] = other;
	jit->len[JIT_RUNNER] = strlen(other);
	return 0;
}

int jit_decode(struct jit_config *jit, const char *blob, size_t len, struct error *err)
{
	_cleanup_(wipe_freep) char *text = NULL;
	_cleanup_(json_drop) json_t *files = NULL;
	const char *name;
	json_t *value;
	size_t n = 0;

	memset(jit, 0, sizeof *jit);
	text = wipe_base64_decode(blob, len, &n);
	if (text == NULL)
		return not_jit(err, "not base64");
	files = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(files))
		return not_jit(err, "not base64 of a JSON object");
	json_object_foreach (files, name, value) {
		int i = which(name);

		if (i < 0)
			return not_jit(err, "it contains a file with an unexpected name");
		if (take_file(jit, i, value, err) < 0)
			return -1;
	}
	for (int i = 0; i < JIT_FILE_COUNT; i++)
		if (jit->text[i] == NULL) {
			error_set(err, 0, "not a JIT configuration: %s is missing", names[i]);
			return -1;
		}
	return disable_update(jit, err);
}

int jit_write(const struct jit_config *jit, int dirfd, struct error *err)
{
	for (int i = 0; i < JIT_FILE_COUNT; i++) {
		_cleanup_(close_fd) int fd =
			openat(dirfd, names[i], O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

		if (fd >= 0 && write_all(fd, jit->text[i], jit->len[i]) == 0)
			continue;
		error_set(err, errno, "%s", names[i]);
		/* Keys without the rest are of no use to anybody but a thief. */
		for (int k = fd >= 0 ? i : i - 1; k >= 0; k--)
			unlinkat(dirfd, names[k], 0);
		return -1;
	}
	return 0;
}

void jit_free(struct jit_config *jit)
{
	for (int i = 0; i < JIT_FILE_COUNT; i++)
		wipe_free(jit->text[i]);
	memset(jit, 0, sizeof *jit);
}
