#include "runner/journal/rows.h"

#include "common/cleanup.h"
#include "runner/common/json_file.h"
#include "runner/journal/db.h"

#include <errno.h>

static json_t *value_of(sqlite3_stmt *statement, int column)
{
	switch (sqlite3_column_type(statement, column)) {
	case SQLITE_INTEGER:
		return json_integer(sqlite3_column_int64(statement, column));
	case SQLITE_FLOAT:
		return json_real(sqlite3_column_double(statement, column));
	case SQLITE_TEXT:
		return json_string((const char *)sqlite3_column_text(statement, column));
	default:
		return json_null();
	}
}

static json_t *row_of(sqlite3_stmt *statement, struct error *err)
{
	_cleanup_(json_drop) json_t *row = json_object();

	for (int i = 0; i < sqlite3_column_count(statement); i++) {
		json_t *value = value_of(statement, i);

		/* NULL: not UTF-8, which is not ours. */
		if (json_object_set_new(row, sqlite3_column_name(statement, i), value != NULL ? value : json_null()) <
			0) {
			error_set(err, ENOMEM, "journal");
			return NULL;
		}
	}
	return take_ptr(row);
}

json_t *rows_of(sqlite3_stmt *statement, struct error *err)
{
	_cleanup_(json_drop) json_t *rows = json_array();
	int r = -1;

	if (rows == NULL)
		error_set(err, ENOMEM, "journal");
	while (rows != NULL && statement != NULL && (r = db_step(statement, err)) == 1) {
		json_t *row = row_of(statement, err);

		if (row == NULL || json_array_append_new(rows, row) < 0)
			return NULL;
	}
	return r == 0 ? take_ptr(rows) : NULL;
}
