#include "tests/hub/entries.h"

#include "tests/hub/blobs.h"
#include "tests/hub/memory.h"

#include <stdlib.h>
#include <string.h>

struct entry *entry_add(
	struct store *store, enum entry_kind kind, const char *scope, const char *name, const char *version)
{
	struct entry *entry = must(calloc(1, sizeof *entry));

	entry->kind = kind;
	entry->id = store_next_id(store);
	entry->scope = copy_text(scope);
	entry->name = copy_text(name);
	entry->version = copy_text(version);
	entry->blob = blob_new(store);
	iso_time(0, entry->created);
	entry->next = store->entries;
	store->entries = entry;
	return entry;
}

struct entry *entry_find(const struct store *store, enum entry_kind kind, const char *scope, const char *name,
	const char *version, bool prefix)
{
	for (struct entry *entry = store->entries; entry != NULL; entry = entry->next) {
		bool named = prefix ? entry->complete && strncmp(entry->name, name, strlen(name)) == 0
				    : strcmp(entry->name, name) == 0;

		if (entry->kind == kind && named && strcmp(entry->scope, scope) == 0 &&
			strcmp(entry->version, version) == 0)
			return entry;
	}
	return NULL;
}

static void entry_free(struct entry *entry)
{
	free(entry->scope);
	free(entry->name);
	free(entry->version);
	free(entry->digest);
	free(entry);
}

void entry_remove(struct store *store, struct entry *entry)
{
	for (struct entry **at = &store->entries; *at != NULL; at = &(*at)->next)
		if (*at == entry) {
			*at = entry->next;
			entry_free(entry);
			return;
		}
}

void entries_free(struct store *store)
{
	while (store->entries != NULL)
		entry_remove(store, store->entries);
}
