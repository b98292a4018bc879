#include "tests/hub/blobs.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/hub/encode.h"
#include "tests/hub/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static bool same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcasecmp(a, b) == 0);
}

struct blob *blob_find(const struct store *store, int64_t job, const char *kind, const char *step)
{
	for (struct blob *blob = store->blobs; blob != NULL; blob = blob->next)
		if (blob->job == job && same(blob->kind, kind) && same(blob->step, step))
			return blob;
	return NULL;
}

struct blob *blob_new(struct store *store)
{
	struct blob *blob = must(calloc(1, sizeof *blob));

	blob->name = random_uuid();
	blob->signature = random_hex("", 16);
	blob->next = store->blobs;
	store->blobs = blob;
	return blob;
}

struct blob *blob_for(struct store *store, int64_t job, const char *kind, const char *step)
{
	struct blob *blob = blob_find(store, job, kind, step);

	if (blob != NULL)
		return blob;
	blob = blob_new(store);
	blob->job = job;
	blob->kind = copy_text(kind);
	blob->step = copy_text(step);
	return blob;
}

char *blob_url(const struct store *store, const struct blob *blob)
{
	return must(
		format("%s" BLOBS "%s?sv=2024-08-04&sr=b&sig=%s", store->settings.base, blob->name, blob->signature));
}

const char *blob_storage_type(const struct store *store)
{
	return store->settings.blob_form == BLOB_PLAIN ? "" : "BLOB_STORAGE_TYPE_AZURE";
}

/* Answers as Azure does: a code in a header and in XML. */
static void refuse(struct call *call, unsigned int status, const char *code)
{
	_cleanup_(freep) char *xml =
		must(format("<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>%s</Code></Error>", code));

	call_text(call, status, xml, strlen(xml));
	call->type = "application/xml";
	call_header(call, "x-ms-error-code", code);
}

static void taken(struct call *call, unsigned int status, const struct blob *blob)
{
	_cleanup_(freep) char *etag = must(format("\"0x%zX\"", blob->len + 1)), *id = random_uuid();
	char date[64];
	time_t now = time(NULL);
	struct tm tm;

	gmtime_r(&now, &tm);
	if (strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &tm) == 0)
		date[0] = '\0';
	call_answer(call, status, NULL);
	call_header(call, "ETag", etag);
	call_header(call, "Last-Modified", date);
	call_header(call, "x-ms-request-id", id);
	call_header(call, "x-ms-version", "2024-08-04");
}

static void add_data(struct blob *blob, const char *data, size_t len)
{
	if (len == 0)
		return;
	blob->data = must(realloc(blob->data, blob->len + len + 1));
	memcpy(blob->data + blob->len, data, len);
	blob->len += len;
	blob->data[blob->len] = '\0';
}

static void set_type(struct blob *blob, const struct call *call)
{
	free(blob->type);
	blob->type = copy_text(call_header_of(call, "x-ms-blob-content-type"));
}

static struct block *block_find(const struct blob *blob, const char *id, size_t len)
{
	for (struct block *block = blob->blocks; block != NULL; block = block->next)
		if (strlen(block->id) == len && memcmp(block->id, id, len) == 0)
			return block;
	return NULL;
}

static void blocks_free(struct blob *blob)
{
	while (blob->blocks != NULL) {
		struct block *block = blob->blocks;

		blob->blocks = block->next;
		free(block->id);
		free(block->data);
		free(block);
	}
}

/* Put Block: the last of an id counts. */
static void put_block(struct call *call, struct blob *blob)
{
	const char *id = call_query(call, "blockid");
	struct block *block;

	if (id == NULL || *id == '\0') {
		refuse(call, MHD_HTTP_BAD_REQUEST, "MissingRequiredQueryParameter");
		return;
	}
	block = block_find(blob, id, strlen(id));
	if (block == NULL) {
		block = must(calloc(1, sizeof *block));
		block->id = copy_text(id);
		block->next = blob->blocks;
		blob->blocks = block;
	}
	free(block->data);
	block->data = must(malloc(call->body_len + 1));
	block->len = call->body_len;
	if (call->body_len > 0)
		memcpy(block->data, call->body, call->body_len);
	taken(call, MHD_HTTP_CREATED, blob);
}

/* The text of the next element of the list, <Latest> or <Uncommitted>, after *at; its length is in *len. NULL: none. */
static const char *next_id(const char **at, size_t *len)
{
	const char *latest = strstr(*at, "<Latest>"), *uncommitted = strstr(*at, "<Uncommitted>"), *id;

	if (latest == NULL && uncommitted == NULL)
		return NULL;
	id = latest == NULL || (uncommitted != NULL && uncommitted < latest) ? uncommitted : latest;
	id = strchr(id, '>') + 1;
	*len = strcspn(id, "<");
	*at = id + *len;
	return id;
}

/* Put Block List: the blob is what is listed, in that order. */
static void put_block_list(struct call *call, struct blob *blob)
{
	const char *at = call->body == NULL ? "" : call->body, *id;
	size_t len;

	blob->len = 0;
	while ((id = next_id(&at, &len)) != NULL) {
		const struct block *block = block_find(blob, id, len);

		if (block == NULL || block->len > BLOB_MAX - blob->len) {
			refuse(call, MHD_HTTP_BAD_REQUEST,
				block == NULL ? "InvalidBlockList" : "BlockCountExceedsLimit");
			return;
		}
		add_data(blob, block->data, block->len);
	}
	blocks_free(blob);
	set_type(blob, call);
	blob->written = true;
	blob->append = false;
	taken(call, MHD_HTTP_CREATED, blob);
}

static void put_whole(struct call *call, struct blob *blob)
{
	const char *type = call_header_of(call, "x-ms-blob-type"), *none_match = call_header_of(call, "If-None-Match");
	bool azure = call->store->settings.blob_form != BLOB_PLAIN;
	bool append = type != NULL && strcmp(type, "AppendBlob") == 0;

	if (azure && type == NULL)
		refuse(call, MHD_HTTP_BAD_REQUEST, "MissingRequiredHeader");
	else if (azure && (append ? call->body_len != 0 : strcmp(type, "BlockBlob") != 0))
		refuse(call, MHD_HTTP_BAD_REQUEST, "InvalidHeaderValue");
	else if (blob->written && none_match != NULL && strcmp(none_match, "*") == 0)
		refuse(call, MHD_HTTP_CONFLICT, "BlobAlreadyExists");
	else {
		blob->len = 0;
		blob->written = true;
		blob->sealed = false;
		blob->append = append || !azure;
		set_type(blob, call);
		add_data(blob, call->body, call->body_len);
		taken(call, MHD_HTTP_CREATED, blob);
	}
}

static void append_block(struct call *call, struct blob *blob)
{
	const char *seal = call_query(call, "seal");

	if (!blob->written)
		refuse(call, MHD_HTTP_NOT_FOUND, "BlobNotFound");
	else if (!blob->append)
		refuse(call, MHD_HTTP_CONFLICT, "InvalidBlobType");
	else if (blob->sealed)
		refuse(call, MHD_HTTP_CONFLICT, "BlobIsSealed");
	else if (call->body_len > BLOB_MAX - blob->len)
		refuse(call, MHD_HTTP_CONFLICT, "BlockCountExceedsLimit");
	else {
		add_data(blob, call->body, call->body_len);
		blob->sealed = seal != NULL && strcmp(seal, "true") == 0;
		taken(call, MHD_HTTP_CREATED, blob);
	}
}

static void seal(struct call *call, struct blob *blob)
{
	if (!blob->written)
		refuse(call, MHD_HTTP_NOT_FOUND, "BlobNotFound");
	else if (!blob->append)
		refuse(call, MHD_HTTP_CONFLICT, "InvalidBlobType");
	else {
		blob->sealed = true;
		taken(call, MHD_HTTP_OK, blob);
		call_header(call, "x-ms-blob-sealed", "true");
	}
}

/* The blob that the path names and whose signature the call has. NULL with the answer set. */
static struct blob *signed_blob(struct call *call)
{
	const char *signature = call_query(call, "sig");
	struct blob *blob = call->store->blobs;

	while (blob != NULL && strcmp(blob->name, call->args[0]) != 0)
		blob = blob->next;
	if (blob != NULL && signature != NULL && same_secret(blob->signature, signature))
		return blob;
	refuse(call, MHD_HTTP_FORBIDDEN, "AuthenticationFailed");
	return NULL;
}

void blobs_get(struct call *call)
{
	const struct blob *blob = signed_blob(call);

	if (blob == NULL)
		return;
	if (!blob->written) {
		refuse(call, MHD_HTTP_NOT_FOUND, "BlobNotFound");
		return;
	}
	call_text(call, MHD_HTTP_OK, blob->data, blob->len);
	call->type = blob->type == NULL ? "application/octet-stream" : blob->type;
}

void blobs_put(struct call *call)
{
	const char *comp = call_query(call, "comp");
	struct blob *blob = signed_blob(call);

	if (blob == NULL)
		return;
	if (comp == NULL)
		put_whole(call, blob);
	else if (strcmp(comp, "block") == 0)
		put_block(call, blob);
	else if (strcmp(comp, "blocklist") == 0)
		put_block_list(call, blob);
	else if (strcmp(comp, "appendblock") == 0)
		append_block(call, blob);
	else if (strcmp(comp, "seal") == 0)
		seal(call, blob);
	else
		refuse(call, MHD_HTTP_BAD_REQUEST, "InvalidQueryParameterValue");
}

void blobs_free(struct store *store)
{
	while (store->blobs != NULL) {
		struct blob *blob = store->blobs;

		store->blobs = blob->next;
		free(blob->name);
		free(blob->signature);
		free(blob->kind);
		free(blob->step);
		free(blob->type);
		free(blob->data);
		blocks_free(blob);
		free(blob);
	}
}
