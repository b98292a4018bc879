#include "tests/hub/files.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/hub/memory.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct file *file_find(const struct store *store, const char *name)
{
	for (struct file *file = store->files; file != NULL; file = file->next)
		if (strcmp(file->name, name) == 0)
			return file;
	return NULL;
}

struct file *file_keep(struct store *store, const char *name, const char *data, size_t len)
{
	_cleanup_(close_fd) int fd = memfd_create("hub-file", MFD_CLOEXEC);
	struct file *file;

	if (fd < 0 || write_all(fd, data == NULL ? "" : data, len) < 0)
		return NULL;
	file = file_find(store, name);
	if (file == NULL) {
		file = must(calloc(1, sizeof *file));
		file->name = copy_text(name);
		file->fd = -1;
		file->next = store->files;
		store->files = file;
	}
	close_fd(&file->fd); /* who is being served from it has a descriptor of its own */
	file->fd = take_fd(&fd);
	file->len = len;
	return file;
}

static bool good_name(const char *name)
{
	return *name != '.' &&
	       name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")] == '\0';
}

void files_put(struct call *call)
{
	const struct file *file;

	if (!good_name(call->args[0])) {
		call_error(
			call, MHD_HTTP_UNPROCESSABLE_CONTENT, "A file name is made of letters, digits, '.', '_', '-'");
		return;
	}
	file = file_keep(call->store, call->args[0], call->body, call->body_len);
	if (file == NULL)
		call_error(call, MHD_HTTP_INTERNAL_SERVER_ERROR, "The file cannot be kept");
	else
		call_answer(call, MHD_HTTP_CREATED,
			must(json_pack("{s:s, s:I}", "name", file->name, "bytes", (json_int_t)file->len)));
}

/* Of the ranges only "bytes=N-", the rest from N on: what a client asks for that continues. */
static void serve_rest(struct call *call, size_t len)
{
	const char *range = MHD_lookup_connection_value(call->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_RANGE);
	_cleanup_(freep) char *content_range = NULL;
	unsigned long long from;
	char rest;

	if (range == NULL || sscanf(range, "bytes=%llu-%c", &from, &rest) != 1)
		return;
	if (from >= len) {
		close_fd(&call->fd);
		call_error(call, MHD_HTTP_RANGE_NOT_SATISFIABLE, "Range Not Satisfiable");
		return;
	}
	call->status = MHD_HTTP_PARTIAL_CONTENT;
	call->offset = from;
	call->text_len = len - from;
	content_range = must(format("bytes %llu-%zu/%zu", from, len - 1, len));
	call_header(call, MHD_HTTP_HEADER_CONTENT_RANGE, content_range);
}

void file_answer(struct call *call, const struct file *file)
{
	if (file == NULL) {
		call_error(call, MHD_HTTP_NOT_FOUND, "Not Found");
		return;
	}
	call->fd = fcntl(file->fd, F_DUPFD_CLOEXEC, 0);
	if (call->fd < 0) {
		call_error(call, MHD_HTTP_INTERNAL_SERVER_ERROR, "The file cannot be opened");
		return;
	}
	call->status = MHD_HTTP_OK;
	call->type = "application/octet-stream";
	call->text_len = file->len;
	call_header(call, MHD_HTTP_HEADER_ACCEPT_RANGES, "bytes");
	serve_rest(call, file->len);
}

void files_get(struct call *call)
{
	file_answer(call, file_find(call->store, call->args[0]));
}

char *file_sha256(const struct file *file)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int digest_len = 0;
	EVP_MD_CTX *ctx = must(EVP_MD_CTX_new());
	char buf[65536], *text;
	off_t at = 0;
	ssize_t n;

	if (EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1)
		must(NULL);
	while ((n = pread(file->fd, buf, sizeof buf, at)) > 0) {
		EVP_DigestUpdate(ctx, buf, (size_t)n);
		at += n;
	}
	EVP_DigestFinal_ex(ctx, digest, &digest_len);
	EVP_MD_CTX_free(ctx);
	text = must(calloc(2 * digest_len + 1, 1));
	for (size_t i = 0; i < digest_len; i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
	return text;
}

void files_free(struct store *store)
{
	while (store->files != NULL) {
		struct file *file = store->files;

		store->files = file->next;
		close_fd(&file->fd);
		free(file->name);
		free(file);
	}
}
