/* The journal's tables, and their version (PRAGMA user_version). A step of schema.c leads from each version to the
 * next, so a journal of an older Cofferdam is kept; one of a newer Cofferdam is left alone. */
#pragma once

#include "common/error.h"

#include <sqlite3.h>
#include <stdint.h>

/* Brings the tables to the current version, each step in a transaction of its own. */
int schema_migrate(sqlite3 *db, struct error *err);

/* As schema_migrate(), to an earlier version: for tests of what follows. */
int schema_migrate_to(sqlite3 *db, int64_t version, struct error *err);

/* Whether a reader of ours can read that version. 0, or -1 with err. */
int schema_is_current(int64_t version, struct error *err);
