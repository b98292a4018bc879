#include "runner/journal/db.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "runner/journal/schema.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CACHE "PRAGMA cache_size=-512" /* KiB */

/* The error number that says what kind of failure it was, or 0. */
static int errnum_of(int code)
{
	switch (code & 0xff) {
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return EBADMSG;
	case SQLITE_FULL:
		return ENOSPC;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return EBUSY;
	case SQLITE_READONLY:
		return EROFS;
	case SQLITE_NOMEM:
		return ENOMEM;
	default:
		return 0;
	}
}

static int failed(sqlite3 *db, struct error *err)
{
	const int code = sqlite3_extended_errcode(db), system = sqlite3_system_errno(db);

	/* "unable to open database file" and "disk I/O error" say less than the system does. */
	if (((code & 0xff) == SQLITE_CANTOPEN || (code & 0xff) == SQLITE_IOERR) && system != 0)
		return error_set(err, system, "journal");
	error_set(err, 0, "journal: %s", sqlite3_errmsg(db));
	err->errnum = errnum_of(code);
	return -1;
}

/* Whatever else has that name, SQLite says little about it, or waits for it: a FIFO has no end. */
static int check_kind(const char *path, struct error *err)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : error_set(err, errno, "journal: %s", path);
	if (S_ISREG(st.st_mode))
		return 0;
	error_set(err, 0, "journal: %s: not a regular file", path);
	return error_hint(err, "move it away");
}

static int open_file(sqlite3 **db, const char *path, int flags, struct error *err)
{
	mode_t before;
	int code;

	if (check_kind(path, err) < 0)
		return -1;
	before = umask(077);
	code = sqlite3_open_v2(path, db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, NULL);

	umask(before);
	if (*db == NULL)
		return error_set(err, ENOMEM, "journal");
	sqlite3_extended_result_codes(*db, 1);
	sqlite3_busy_timeout(*db, DB_BUSY_MS);
	return code == SQLITE_OK ? 0 : failed(*db, err);
}

int db_open(sqlite3 **db, const char *dir, struct error *err)
{
	_cleanup_(freep) char *path = format("%s/" DB_NAME, dir);

	*db = NULL;
	if (path == NULL)
		return error_set(err, ENOMEM, "journal");
	/* A power cut may take the last rows in the WAL, never the file's form. */
	if (open_file(db, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err) < 0 || db_exec(*db, CACHE, err) < 0 ||
		db_exec(*db, "PRAGMA synchronous=NORMAL", err) < 0)
		return -1;
	return schema_migrate(*db, err);
}

int db_open_to_read(sqlite3 **db, const char *dir, struct error *err)
{
	/* SQLite refuses a symbolic link in any part of the path; the directory's own may have one. */
	_cleanup_(freep) char *whole = realpath(dir, NULL), *path = NULL;
	int64_t version = 0;

	*db = NULL;
	if (whole == NULL)
		return error_set(err, errno, "journal: %s", dir);
	path = format("%s/" DB_NAME, whole);
	if (path == NULL)
		return error_set(err, ENOMEM, "journal");
	if (access(path, R_OK) < 0)
		return error_set(err, errno, "journal: %s", path);
	if (open_file(db, path, SQLITE_OPEN_READONLY, err) < 0 || db_exec(*db, "PRAGMA temp_store=MEMORY", err) < 0 ||
		db_exec(*db, CACHE, err) < 0 || db_number(*db, "PRAGMA user_version", 0, &version, err) < 0)
		return -1;
	return schema_is_current(version, err);
}

void db_close(sqlite3 **db)
{
	if (*db != NULL)
		sqlite3_close_v2(*db);
	*db = NULL;
}

int db_exec(sqlite3 *db, const char *sql, struct error *err)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : failed(db, err);
}

static int bind_one(sqlite3_stmt *statement, int at, char type, va_list *values)
{
	const char *text;
	int64_t number;
	double value;

	switch (type) {
	case 'i':
		return sqlite3_bind_int64(statement, at, va_arg(*values, int64_t));
	case 'n':
		number = va_arg(*values, int64_t);
		return number < 0 ? sqlite3_bind_null(statement, at) : sqlite3_bind_int64(statement, at, number);
	case 'd':
		value = va_arg(*values, double);
		return isnan(value) ? sqlite3_bind_null(statement, at) : sqlite3_bind_double(statement, at, value);
	default:
		text = va_arg(*values, const char *);
		return sqlite3_bind_text(statement, at, text, -1, SQLITE_TRANSIENT);
	}
}

static sqlite3_stmt *prepare(sqlite3 *db, struct error *err, const char *sql, const char *types, va_list *values)
{
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

	for (int i = 0; code == SQLITE_OK && types[i] != '\0'; i++)
		code = bind_one(statement, i + 1, types[i], values);
	if (code == SQLITE_OK)
		return statement;
	failed(db, err);
	sqlite3_finalize(statement);
	return NULL;
}

sqlite3_stmt *db_prepare(sqlite3 *db, struct error *err, const char *sql, const char *types, ...)
{
	sqlite3_stmt *statement;
	va_list values;

	va_start(values, types);
	statement = prepare(db, err, sql, types, &values);
	va_end(values);
	return statement;
}

int db_step(sqlite3_stmt *statement, struct error *err)
{
	switch (sqlite3_step(statement)) {
	case SQLITE_ROW:
		return 1;
	case SQLITE_DONE:
		return 0;
	default:
		return failed(sqlite3_db_handle(statement), err);
	}
}

void db_finalize(sqlite3_stmt **statement)
{
	sqlite3_finalize(*statement);
	*statement = NULL;
}

int db_run(sqlite3 *db, struct error *err, const char *sql, const char *types, ...)
{
	_cleanup_(db_finalize) sqlite3_stmt *statement = NULL;
	va_list values;
	int r = 1;

	va_start(values, types);
	statement = prepare(db, err, sql, types, &values);
	va_end(values);
	if (statement == NULL)
		return -1;
	while (r == 1)
		r = db_step(statement, err);
	return r;
}

int db_number(sqlite3 *db, const char *sql, int64_t otherwise, int64_t *number, struct error *err)
{
	_cleanup_(db_finalize) sqlite3_stmt *statement = db_prepare(db, err, sql, "");
	int r = statement != NULL ? db_step(statement, err) : -1;

	if (r >= 0)
		*number = r == 1 ? sqlite3_column_int64(statement, 0) : otherwise;
	return r < 0 ? -1 : 0;
}
