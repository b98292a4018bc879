/* What jobs keep at the results service: artifacts of a run, entries of a repository's cache. Each has a blob. All
 * functions want the store's lock. */
#pragma once

#include "tests/hub/clock.h"
#include "tests/hub/store.h"

enum entry_kind { ENTRY_ARTIFACT, ENTRY_CACHE };

struct entry {
	struct entry *next; /* older */
	enum entry_kind kind;
	int64_t id;
	char *scope;   /* the plan of the run; the repository */
	char *name;    /* of the artifact; the key */
	char *version; /* of a cache entry: a hash of its paths and its compression; "" for an artifact */
	char *digest;  /* "sha256:…" as its job says; NULL: it said none */
	char created[ISO_TIME_MAX];
	struct blob *blob;
	bool complete; /* all is there, and jobs can have it */
};

/* Adds an entry that is not complete, with an empty blob. Owned by the store. */
struct entry *entry_add(
	struct store *store, enum entry_kind kind, const char *scope, const char *name, const char *version);

/* The newest entry of exactly that version whose name is `name`; with `prefix`, the newest complete one whose name
 * begins with it. NULL: none. */
struct entry *entry_find(const struct store *store, enum entry_kind kind, const char *scope, const char *name,
	const char *version, bool prefix);

void entry_remove(struct store *store, struct entry *entry);
void entries_free(struct store *store);
