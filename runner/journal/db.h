/* SQLite, as the journal uses it: a connection for a moment, statements with bound values, errors as ours.
 *
 * A connection is opened for one transaction and closed after it. So none crosses fork(2), which SQLite forbids, and a
 * slot that waits for jobs holds no memory of it. sqlite.org/howtocorrupt.html, section 2.6 */
#pragma once

#include "common/error.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#define DB_NAME "journal.db"

/* How long a statement waits for another process's transaction. Each of them takes milliseconds. */
#define DB_BUSY_MS 5000

/* Opens the journal in the directory `dir`, creates it with mode 0600 if there is none, and brings its tables to the
 * current version. The caller calls db_close(), also after a failure. -1; err->errnum is EBADMSG for a damaged file. */
int db_open(sqlite3 **db, const char *dir, struct error *err);

/* Opens it for reading. err->errnum is ENOENT if there is none. */
int db_open_to_read(sqlite3 **db, const char *dir, struct error *err);

/* For _cleanup_(). Ends a transaction that was not committed. */
void db_close(sqlite3 **db);

/* Runs SQL without values. */
int db_exec(sqlite3 *db, const char *sql, struct error *err);

/* Prepares a statement and binds its values: a letter of `types` each, i: int64_t, n: int64_t of which -1 is NULL, d:
 * double of which NAN is NULL, t: const char *, which may be NULL. NULL with err. */
sqlite3_stmt *db_prepare(sqlite3 *db, struct error *err, const char *sql, const char *types, ...);

/* The next row: 1; 0 after the last one; -1 with err. */
int db_step(sqlite3_stmt *statement, struct error *err);

/* For _cleanup_(). */
void db_finalize(sqlite3_stmt **statement);

/* Prepares, binds as db_prepare() and runs to the end. */
int db_run(sqlite3 *db, struct error *err, const char *sql, const char *types, ...);

/* The first column of the first row of a query without values, or `otherwise` if there is no row. -1 with err. */
int db_number(sqlite3 *db, const char *sql, int64_t otherwise, int64_t *number, struct error *err);
