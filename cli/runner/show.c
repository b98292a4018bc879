#include "cli/runner/show.h"

#include "cli/runner/configure.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/parse.h"
#include "runner/common/log.h"
#include "runner/journal/db.h"
#include "runner/journal/now.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

int show_open(sqlite3 **db)
{
	_cleanup_(freep) char *dir = runner_state_directory();
	struct error err;

	*db = NULL;
	if (dir == NULL)
		return RUNNER_USAGE;
	if (db_open_to_read(db, dir, &err) == 0)
		return RUNNER_OK;
	if (err.errnum == ENOENT)
		error_hint(&err, "no supervisor has run with this state directory: set COFFERDAM_STATE_DIR");
	else if (err.errnum == EBADMSG)
		error_hint(&err, "damaged: the next start of the runner moves it aside");
	log_error(&err);
	return err.errnum == ENOENT ? RUNNER_NONE : RUNNER_FAILED;
}

int show_print(json_t *value, int as_json, void (*print)(const json_t *value), const struct error *err)
{
	if (value == NULL) {
		log_error(err);
		return RUNNER_FAILED;
	}
	if (as_json) {
		json_dumpf(value, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
		putchar('\n');
	} else {
		print(value);
	}
	json_decref(value);
	return runner_printed();
}

int show_since(const char *duration, int64_t *since_ms, struct error *err)
{
	int64_t ns;

	if (parse_duration(duration, &ns, err) < 0)
		return -1;
	*since_ms = now_ms() - ns / NS_PER_MS;
	return 0;
}

const char *show_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

double show_number(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

double show_age(const json_t *object, const char *key)
{
	struct tm utc = {0};
	const char *rest = strptime(show_text(object, key), "%Y-%m-%dT%H:%M:%S", &utc);

	const int64_t age_s = rest != NULL ? now_ms() / 1000 - timegm(&utc) : 0;

	return (double)age_s;
}
