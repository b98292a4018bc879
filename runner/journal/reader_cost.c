/* What jobs cost. Each currency is summed alone: a pool may have changed its own. */
#include "common/cleanup.h"
#include "runner/common/json_file.h"
#include "runner/journal/db.h"
#include "runner/journal/reader.h"
#include "runner/journal/rows.h"

#include <errno.h>
#include <string.h>

/* For a group and a currency; the group with the most time first. */
#define SUMS(columns)                                                                                       \
	columns ", ifnull(currency, '') AS currency, count(*) AS jobs, sum(ended - started) / 3600000.0 AS" \
		" hours, total(cpu_usec) / 1e6 AS cpu_seconds,"                                             \
		" total(memory_peak / 1073741824.0 * (ended - started)) / 3600000.0 AS gib_hours,"          \
		" sum(rate * (ended - started)) / 3600000.0 AS cost FROM jobs"                              \
		" WHERE ended IS NOT NULL AND started >= ?1"

static void add_number(json_t *to, const char *key, const json_t *more)
{
	const json_t *had = json_object_get(to, key);

	if (json_is_integer(more))
		json_object_set_new(to, key, json_integer(json_integer_value(had) + json_integer_value(more)));
	else if (json_is_number(more))
		json_object_set_new(to, key, json_real(json_number_value(had) + json_number_value(more)));
}

/* Adds what the database says of a group in one currency. No cost is known where no rate was set. */
static void add(json_t *to, const json_t *part)
{
	static const char *const keys[] = {"jobs", "hours", "cpu_seconds", "gib_hours"};
	json_t *costs = json_object_get(to, "costs");

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		add_number(to, keys[i], json_object_get(part, keys[i]));
	add_number(costs, json_string_value(json_object_get(part, "currency")), json_object_get(part, "cost"));
	if (json_object_size(costs) == 1) {
		const char *currency = json_object_iter_key(json_object_iter(costs));

		json_object_set(to, "cost", json_object_get(costs, currency));
		json_object_set_new(to, "currency", currency[0] != '\0' ? json_string(currency) : json_null());
	} else {
		json_object_set_new(to, "cost", json_null());
		json_object_set_new(to, "currency", json_null());
	}
}

static bool is_same(const json_t *a, const json_t *b, const char *key)
{
	return json_equal((json_t *)json_object_get(a, key), (json_t *)json_object_get(b, key));
}

/* The row of the group that `part` names, made if there is none. */
static json_t *row_of_group(json_t *rows, const json_t *part)
{
	static const char *const names[] = {"repository", "workflow", "label"};
	json_t *row;
	size_t i;

	json_array_foreach (rows, i, row) {
		bool same = true;

		for (size_t k = 0; k < sizeof names / sizeof names[0]; k++)
			same &= json_object_get(part, names[k]) == NULL || is_same(row, part, names[k]);
		if (same)
			return row;
	}
	row = json_pack("{s:{}, s:n, s:n}", "costs", "cost", "currency");
	for (size_t k = 0; k < sizeof names / sizeof names[0]; k++)
		if (json_object_get(part, names[k]) != NULL)
			json_object_set(row, names[k], json_object_get(part, names[k]));
	return json_array_append_new(rows, row) == 0 ? row : NULL;
}

/* "a,b" counts for each of the two. */
static void add_labels(json_t *rows, json_t *part)
{
	_cleanup_(json_drop) json_t *labels = json_incref(json_object_get(part, "label"));
	const char *label = json_string_value(labels);

	for (size_t len; label != NULL; label = label[len] == ',' ? label + len + 1 : NULL) {
		json_object_set_new(part, "label", json_stringn(label, len = strcspn(label, ",")));
		add(row_of_group(rows, part), part);
	}
}

json_t *reader_cost(sqlite3 *db, int64_t since_ms, enum reader_by by, struct error *err)
{
	static const char *const groups[] = {
		[READER_BY_REPOSITORY] = SUMS(
			"SELECT repository") " GROUP BY repository, currency"
					     " ORDER BY sum(sum(ended - started)) OVER (PARTITION BY repository) DESC, repository, currency",
		[READER_BY_WORKFLOW] = SUMS(
			"SELECT repository, workflow") " GROUP BY repository, workflow, currency ORDER BY sum(sum(ended - started)) OVER"
						       " (PARTITION BY repository, workflow) DESC, repository, workflow, currency",
		[READER_BY_LABEL] = SUMS(
			"SELECT labels AS label") " GROUP BY labels, currency"
						  " ORDER BY sum(sum(ended - started)) OVER (PARTITION BY labels) DESC, labels, currency",
	};
	_cleanup_(db_finalize) sqlite3_stmt *grouped = db_prepare(db, err, groups[by], "i", since_ms);
	_cleanup_(json_drop) json_t *parts = rows_of(grouped, err), *rows = json_array();
	_cleanup_(json_drop) json_t *total = json_pack("{s:{}, s:n, s:n, s:i, s:f, s:f, s:f}", "costs", "cost",
		"currency", "jobs", 0, "hours", 0.0, "cpu_seconds", 0.0, "gib_hours", 0.0);
	json_t *part;
	size_t i;

	if (parts == NULL)
		return NULL;
	json_array_foreach (parts, i, part) {
		add(total, part);
		if (by == READER_BY_LABEL)
			add_labels(rows, part);
		else
			add(row_of_group(rows, part), part);
	}
	return json_pack("{s:O, s:O}", "rows", rows, "total", total);
}
