/* Blob storage behind signed URLs, as Azure's (learn.microsoft.com/rest/api/storageservices: Put Blob, Append Block,
 * Append Blob Seal), for what the results service hands out. All functions want the store's lock. */
#pragma once

#include "tests/hub/call.h"

#define BLOB_MAX ((size_t)64 << 20)

/* Account and container: clients expect both in the path where the host is no name of Azure's. */
#define BLOBS "/blob/actions-results/"

enum blob_form {
	BLOB_AZURE,     /* x-ms-* headers are required; the client makes them itself */
	BLOB_AZURE_SDK, /* the same, and the client is told to use the SDK */
	BLOB_PLAIN,     /* PUT, then PUT with &comp=appendblock */
};

/* A piece that becomes part of a blob when it is listed. */
struct block {
	struct block *next;
	char *id, *data;
	size_t len;
};

struct blob {
	struct blob *next;
	char *name, *signature;
	int64_t job; /* whose it is; 0: an entry's (entries.h) */
	char *kind;  /* what it is: "job-logs", "step-logs", "step-summary", "diag-logs"; NULL: an entry's */
	char *step;  /* UUID of the step; NULL: the job's */
	char *type;  /* of its content, as it was uploaded; NULL: none said */
	char *data;
	size_t len;
	struct block *blocks; /* uploaded and not listed yet */
	bool written, append, sealed;
	bool complete; /* the job has said that it is all there */
};

/* A blob with a signed URL and nothing in it. Owned by the store. */
struct blob *blob_new(struct store *store);

/* The blob of this job, kind and step (NULL: none); made, with a signed URL, when there is none yet. Owned by the
 * store. */
struct blob *blob_for(struct store *store, int64_t job, const char *kind, const char *step);

/* The same, or NULL when there is none. */
struct blob *blob_find(const struct store *store, int64_t job, const char *kind, const char *step);

/* Where it may be written to and read, without any credential but its signature. The caller frees. */
char *blob_url(const struct store *store, const struct blob *blob);

/* What the results service says about the form: "BLOB_STORAGE_TYPE_AZURE", or nothing. */
const char *blob_storage_type(const struct store *store);

/* Handlers of PUT and GET BLOBS NAME. */
void blobs_put(struct call *call);
void blobs_get(struct call *call);

void blobs_free(struct store *store);
