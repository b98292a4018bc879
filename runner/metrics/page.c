#include "runner/metrics/page.h"

#include "common/cleanup.h"
#include "runner/common/json_file.h"
#include "runner/journal/now.h"
#include "runner/journal/reader.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define JOBS_SHOWN 25
#define COST_MS (INT64_C(7) * 24 * 3600 * 1000)

static const char head[] =
	"<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Cofferdam</title>\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><link rel=\"icon\" href=\"data:,\"><style>\n"
	":root{color-scheme:light dark}\n"
	"body{font:1rem/1.5 system-ui,sans-serif;max-width:72rem;margin:0 auto;padding:1rem}\n"
	"h1{font-size:1.4rem}h2{font-size:1.1rem;margin:2rem 0 .5rem}\n"
	".scroll{overflow-x:auto}.scroll:focus-visible,a:focus-visible{outline:3px solid;outline-offset:2px}\n"
	"table{border-collapse:collapse;width:100%}\n"
	"th,td{text-align:left;padding:.35rem .75rem .35rem 0;border-bottom:1px solid #8886;vertical-align:top}\n"
	"td.n,th.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}td.w{overflow-wrap:anywhere;min-width:12rem}\n"
	"time{white-space:nowrap}.bad{color:#b3261e;font-weight:600}a{color:#0b57d0}\n"
	"@media (prefers-color-scheme:dark){body{background:#16181c;color:#e4e4e7}.bad{color:#ff8a80}a{color:#a8c7fa}}\n"
	"@media (max-width:40rem){body{font-size:.875rem;padding:.75rem}th,td{padding-right:.5rem}td.w{min-width:7rem}}\n"
	"</style></head><body><main>\n<h1>Cofferdam</h1>\n";

void page_text(FILE *out, const char *text)
{
	for (; *text != '\0'; text++)
		switch (*text) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			putc(*text, out);
		}
}

static const char *text_of(const json_t *row, const char *key)
{
	const char *text = json_string_value(json_object_get(row, key));

	return text != NULL ? text : "";
}

enum kind { TEXT, WIDE, WHEN, MS, BYTES, COUNT, HOURS, COSTS, RESULT };

struct column {
	const char *title, *key;
	enum kind kind;
};

static bool is_number(enum kind kind)
{
	return kind == MS || kind == BYTES || kind == COUNT || kind == HOURS || kind == COSTS;
}

static void print_number(FILE *out, enum kind kind, double value)
{
	switch (kind) {
	case MS:
		fprintf(out, "%.1f s", value / 1000);
		break;
	case BYTES:
		fprintf(out, "%.1f MiB", value / 1048576);
		break;
	case HOURS:
		fprintf(out, "%.2f", value);
		break;
	default:
		fprintf(out, "%.0f", value);
	}
}

static void print_result(FILE *out, const json_t *row)
{
	const char *result = text_of(row, "result"), *by = text_of(row, "ended_by");
	const bool is_bad = strcmp(result, "ended") == 0 || strcmp(result, "refused") == 0;

	if (result[0] == '\0') {
		fputs("running", out);
		return;
	}
	fputs(is_bad ? "<span class=\"bad\">" : "", out);
	page_text(out, result);
	if (strcmp(by, "exit") != 0) {
		fputs(": ", out);
		page_text(out, by);
	}
	fputs(is_bad ? "</span>" : "", out);
}

/* Each currency for itself. */
static void print_costs(FILE *out, const json_t *costs)
{
	const char *before = "", *currency;
	json_t *cost;

	json_object_foreach ((json_t *)costs, currency, cost) {
		fprintf(out, "%s%.2f%s", before, json_number_value(cost), currency[0] != '\0' ? " " : "");
		page_text(out, currency);
		before = ", ";
	}
	if (before[0] == '\0')
		page_text(out, "–");
}

static void print_cell(FILE *out, const struct column *column, const json_t *row)
{
	const json_t *value = json_object_get(row, column->key);
	const char *text = text_of(row, column->key);

	fputs(is_number(column->kind) ? "<td class=\"n\">" : column->kind == WIDE ? "<td class=\"w\">" : "<td>", out);
	if (column->kind == RESULT)
		print_result(out, row);
	else if (column->kind == COSTS)
		print_costs(out, value);
	else if (is_number(column->kind) && json_is_number(value))
		print_number(out, column->kind, json_number_value(value));
	else if (column->kind == WHEN && strlen(text) > 16)
		fprintf(out, "<time datetime=\"%s\">%.5s %.5s</time>", text, text + 5, text + 11);
	else if (json_is_integer(value))
		fprintf(out, "%lld", (long long)json_integer_value(value));
	else
		page_text(out, text[0] != '\0' ? text : "–");
	fputs("</td>", out);
}

/* A region of its own: it scrolls by itself on a small screen, also by keyboard. */
static void print_table(
	FILE *out, const char *title, const char *id, const struct column *columns, size_t n, const json_t *rows)
{
	json_t *row;
	size_t i;

	fprintf(out, "<h2 id=\"%s\">%s</h2>\n", id, title);
	if (json_array_size(rows) == 0) {
		fputs("<p>None.</p>\n", out);
		return;
	}
	fprintf(out, "<div class=\"scroll\" role=\"region\" aria-labelledby=\"%s\" tabindex=\"0\"><table><thead><tr>",
		id);
	for (size_t c = 0; c < n; c++)
		fprintf(out, "<th scope=\"col\"%s>%s</th>", is_number(columns[c].kind) ? " class=\"n\"" : "",
			columns[c].title);
	fputs("</tr></thead><tbody>\n", out);
	json_array_foreach ((json_t *)rows, i, row) {
		fputs("<tr>", out);
		for (size_t c = 0; c < n; c++)
			print_cell(out, &columns[c], row);
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table></div>\n", out);
}

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static const struct column slot_columns[] = {{"Slot", "slot", TEXT}, {"Pool", "pool", TEXT}, {"State", "state", TEXT},
	{"Since (UTC)", "since", WHEN}, {"Runner", "runner", WIDE}};
static const struct column running_columns[] = {{"Slot", "slot", TEXT}, {"Started (UTC)", "started", WHEN},
	{"Job", "name", WIDE}, {"Repository", "repository", TEXT}, {"Workflow", "workflow", TEXT}};
static const struct column held_columns[] = {{"Slot", "slot", TEXT}, {"Until (UTC)", "held_until", WHEN},
	{"Job", "name", WIDE}, {"Repository", "repository", TEXT}, {"Workflow", "workflow", TEXT}};
static const struct column job_columns[] = {{"Started (UTC)", "started", WHEN}, {"Result", "result", RESULT},
	{"Job", "name", WIDE}, {"Repository", "repository", TEXT}, {"Time", "run_ms", MS},
	{"Memory", "memory_peak", BYTES}, {"Denied", "denials", COUNT}, {"Left", "residue", COUNT}};
static const struct column cost_columns[] = {{"Repository", "repository", TEXT}, {"Jobs", "jobs", COUNT},
	{"Hours", "hours", HOURS}, {"GiB-hours", "gib_hours", HOURS}, {"Cost", "costs", COSTS}};

/* Who sees this page is told by the supervisor's child, which ends with it: it runs. */
static void print_supervisor(FILE *out, const json_t *supervisor)
{
	const char *since = text_of(supervisor, "since");

	fputs("<p>Version ", out);
	page_text(out, text_of(supervisor, "version"));
	fprintf(out, ", running since %.10s %.5s UTC", since, strlen(since) > 16 ? since + 11 : "");
	fputs(". <a href=\"/\">Renew</a>, <a href=\"/metrics\">metrics</a>.</p>\n", out);
}

int page_print(FILE *out, sqlite3 *db, struct error *err)
{
	const struct reader_filter newest = {.limit = JOBS_SHOWN};
	_cleanup_(json_drop) json_t *status = reader_status(db, err);
	_cleanup_(json_drop) json_t *jobs = status != NULL ? reader_jobs(db, &newest, err) : NULL;
	_cleanup_(json_drop) json_t *cost =
		jobs != NULL ? reader_cost(db, now_ms() - COST_MS, READER_BY_REPOSITORY, err) : NULL;

	if (cost == NULL)
		return -1;
	fputs(head, out);
	print_supervisor(out, json_object_get(status, "supervisor"));
	print_table(out, "Slots", "slots", slot_columns, COUNT_OF(slot_columns), json_object_get(status, "slots"));
	print_table(out, "Running jobs", "running", running_columns, COUNT_OF(running_columns),
		json_object_get(status, "running"));
	if (json_array_size(json_object_get(status, "held")) > 0)
		print_table(out, "Failed jobs that are held", "held", held_columns, COUNT_OF(held_columns),
			json_object_get(status, "held"));
	print_table(out, "Newest jobs", "jobs", job_columns, COUNT_OF(job_columns), jobs);
	print_table(out, "Seven days by repository", "cost", cost_columns, COUNT_OF(cost_columns),
		json_object_get(cost, "rows"));
	fputs("</main></body></html>\n", out);
	return 0;
}
