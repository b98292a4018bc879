/* Rows of the journal as JSON. */
#pragma once

#include "common/error.h"

#include <jansson.h>
#include <sqlite3.h>

/* All rows of a statement, an object each, by the names of its columns; NULL is null. The statement may be NULL: then
 * err is set already. A new reference, or NULL. */
json_t *rows_of(sqlite3_stmt *statement, struct error *err);
