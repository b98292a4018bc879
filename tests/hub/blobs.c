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

struct blob *blob_for(struct store *store, int64_t job, const char *kind, const char *step)
{
	struct blob *blob = blob_find(store, job, kind, step);

	if (blob != NULL)
		return blob;
	blob = must(calloc(1, sizeof *blob));
	blob->name = random_uuid();
	blob->signature = random_hex("", 16);
	blob->job = job;
	blob->kind = copy_text(kind);
	blob->step = copy_text(step);
	blob->next = store->blobs;
	store->blobs = blob;
	return blob;
}

char *blob_url(const struct store *store, const struct blob *blob)
{
	return must(format("%s/blob/%s?sv=2024-08-04&sr=b&sig=%s", store->settings.base, blob->name, blob->signature));
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

static void add_data(struct blob *blob, const struct call *call)
{
	if (call->body_len == 0)
		return;
	blob->data = must(realloc(blob->data, blob->len + call->body_len + 1));
	memcpy(blob->data + blob->len, call->body, call->body_len);
	blob->len += call->body_len;
	blob->data[blob->len] = '\0';
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
		add_data(blob, call);
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
		add_data(blob, call);
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

void blobs_put(struct call *call)
{
	const char *comp = call_query(call, "comp"), *signature = call_query(call, "sig");
	struct blob *blob = call->store->blobs;

	while (blob != NULL && strcmp(blob->name, call->args[0]) != 0)
		blob = blob->next;
	if (blob == NULL || signature == NULL || !same_secret(blob->signature, signature))
		refuse(call, MHD_HTTP_FORBIDDEN, "AuthenticationFailed");
	else if (comp == NULL)
		put_whole(call, blob);
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
		free(blob->data);
		free(blob);
	}
}
