/* What status, jobs, cost and top share: the journal opened for reading, JSON and exit codes. */
#pragma once

#include "common/error.h"

#include <jansson.h>
#include <sqlite3.h>
#include <stdint.h>

/* Opens the journal of the state directory that the environment names. 0; the caller calls db_close(), also after a
 * failure. Else an exit code, and the error is printed. */
int show_open(sqlite3 **db);

/* Prints JSON, or what `print` prints of it, and drops it; NULL: prints `err`. Returns an exit code. */
int show_print(json_t *value, int as_json, void (*print)(const json_t *value), const struct error *err);

/* Reads DURATION as the time that long ago, in milliseconds since 1970. */
int show_since(const char *duration, int64_t *since_ms, struct error *err);

/* Members of an object for a cell: "" where there is none, and seconds since a time of the journal. */
const char *show_text(const json_t *object, const char *key);
double show_number(const json_t *object, const char *key);
double show_age(const json_t *object, const char *key);
