#include "runner/metrics/text.h"

#include "common/cleanup.h"
#include "runner/journal/db.h"
#include "runner/journal/totals.h"

#include <stdbool.h>
#include <string.h>

struct family {
	const char *name, *type, *help;
	const char *sql; /* columns: a label each, by the column's name; the last one is the value */
};

#define POOLS "(SELECT DISTINCT pool FROM slots)"
#define STATES                                                                                    \
	"(SELECT 'starting' AS state UNION SELECT 'idle' UNION SELECT 'busy' UNION SELECT 'held'" \
	" UNION SELECT 'draining' UNION SELECT 'ended')"
#define ENDS                                                                                                  \
	"(SELECT 'exit' AS ended_by UNION SELECT 'signal' UNION SELECT 'timeout' UNION SELECT 'memory' UNION" \
	" SELECT 'pids' UNION SELECT 'disk' UNION SELECT 'cancel' UNION SELECT 'launcher' UNION"              \
	" SELECT 'abandoned' UNION SELECT 'listener' UNION SELECT 'stop' UNION SELECT 'lost' UNION SELECT 'crash')"
#define OUTCOMES                                                                                             \
	"(SELECT 'answered' AS outcome UNION SELECT 'declined' UNION SELECT 'limited' UNION SELECT 'failed'" \
	" UNION SELECT 'unanswered')"
#define BY_WORKFLOW(value) "SELECT repository, workflow, " value " FROM totals GROUP BY repository, workflow"

static const struct family families[] = {
	{"cofferdam_supervisor_info", "gauge", "Version of the supervisor.", "SELECT version, 1 FROM supervisor"},
	{"cofferdam_supervisor_start_time_seconds", "gauge", "When the supervisor started, in seconds since 1970.",
		"SELECT since / 1000.0 FROM supervisor"},
	{"cofferdam_slots", "gauge", "Slots by what they do now.",
		"SELECT pool, state, (SELECT count(*) FROM slots WHERE slots.pool = p.pool AND slots.state = s.state) FROM " POOLS
		" AS p, " STATES " AS s ORDER BY pool, state"},
	{"gha_registered_runners", "gauge", "Runners whose Listener waits for a job or runs one.",
		"SELECT pool, total(state IN ('idle', 'busy', 'draining')) FROM slots GROUP BY pool"},
	{"gha_busy_runners", "gauge", "Runners that run a job.",
		"SELECT pool, (SELECT count(*) FROM jobs WHERE ended IS NULL AND held IS NULL AND jobs.pool = p.pool) FROM " POOLS
		" AS p"},
	{"gha_idle_runners", "gauge", "Runners that wait for a job.",
		"SELECT pool, total(state = 'idle') FROM slots GROUP BY pool"},
	{"gha_running_jobs", "gauge", "Jobs that run now.",
		"SELECT pool, (SELECT count(*) FROM jobs WHERE ended IS NULL AND held IS NULL AND jobs.pool = p.pool) FROM " POOLS
		" AS p"},
	{"gha_started_jobs_total", "counter", "Jobs that have started.",
		"SELECT pool, (SELECT total(jobs) FROM totals WHERE totals.pool = p.pool) +"
		" (SELECT count(*) FROM jobs WHERE ended IS NULL AND jobs.pool = p.pool) FROM " POOLS " AS p"},
	{"gha_completed_jobs_total", "counter", "Jobs that have ended, by result.",
		"SELECT pool, repository, workflow AS job_workflow_name, result AS job_result, sum(jobs) FROM totals"
		" GROUP BY pool, repository, workflow, result"},
	{"cofferdam_jobs_ended_total", "counter", "Jobs that have ended, by result and by what ended them.",
		"SELECT pool, repository, workflow, result, ended_by, jobs FROM totals"},
	{"cofferdam_jobs_by_end_total", "counter",
		"Jobs that have ended, by what ended them: all causes there are, for alerts.",
		"SELECT e.ended_by, (SELECT total(jobs) FROM totals WHERE totals.ended_by = e.ended_by) FROM " ENDS
		" AS e"},
	{"cofferdam_residue_total", "counter", "Things of all jobs that could not be removed.",
		"SELECT total(residue) FROM totals"},
	{"cofferdam_job_cpu_seconds_total", "counter", "CPU time of jobs that have ended.",
		BY_WORKFLOW("sum(cpu_usec) / 1e6")},
	{"cofferdam_job_memory_byte_seconds_total", "counter",
		"Memory of jobs that have ended: the peak of each times the time that it ran.",
		BY_WORKFLOW("sum(mib_ms) * 1048.576")},
	{"cofferdam_job_memory_peak_bytes", "gauge", "Largest memory peak of any job so far.",
		BY_WORKFLOW("max(memory_peak)")},
	{"cofferdam_job_processes_peak", "gauge", "Largest number of processes and threads of any job so far.",
		BY_WORKFLOW("max(pids_peak)")},
	{"cofferdam_job_read_bytes_total", "counter", "Bytes that jobs have read from block devices.",
		BY_WORKFLOW("sum(io_read)")},
	{"cofferdam_job_written_bytes_total", "counter", "Bytes that jobs have written to block devices.",
		BY_WORKFLOW("sum(io_written)")},
	{"cofferdam_job_denied_calls_total", "counter", "System calls that the filter has denied to jobs.",
		BY_WORKFLOW("sum(denials)")},
	{"cofferdam_job_denied_connections_total", "counter", "Packets to destinations that are refused to jobs.",
		BY_WORKFLOW("sum(denials_network)")},
	{"cofferdam_job_teardown_seconds_total", "counter", "Time from the end of jobs to the end of their removal.",
		BY_WORKFLOW("sum(teardown_ms) / 1e3")},
	{"cofferdam_job_residue_total", "counter", "Things of jobs that could not be removed.",
		BY_WORKFLOW("sum(residue)")},
	{"cofferdam_job_orphans_killed_total", "counter", "Processes that jobs left to the supervisor.",
		BY_WORKFLOW("sum(orphans)")},
	{"cofferdam_job_cost_total", "counter", "Time of jobs times the rate of their pool, by its currency.",
		"SELECT repository, workflow, currency, sum(cost) FROM totals GROUP BY repository, workflow, currency"},
	{"cofferdam_github_requests_total", "counter", "Requests to GitHub's API, by what became of them.",
		"SELECT o.outcome, ifnull(n, 0) FROM " OUTCOMES " AS o LEFT JOIN requests USING (outcome)"},
	{"cofferdam_github_ratelimit_remaining", "gauge", "Requests that the rate limit leaves, by the last answer.",
		"SELECT remaining FROM ratelimit"},
	{"cofferdam_github_ratelimit_reset_time_seconds", "gauge",
		"When that limit begins anew, in seconds since 1970.", "SELECT reset FROM ratelimit"},
	{"cofferdam_journal_jobs", "gauge", "Rows of jobs in the journal.", "SELECT count(*) FROM jobs"},
};

void text_label(FILE *out, const char *value)
{
	for (; *value != '\0'; value++)
		switch (*value) {
		case '\\':
			fputs("\\\\", out);
			break;
		case '"':
			fputs("\\\"", out);
			break;
		case '\n':
			fputs("\\n", out);
			break;
		default:
			putc(*value, out);
		}
}

static void print_head(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* The columns before `n` as labels, and one more: le="…", unless it is NULL. */
static void print_labels(FILE *out, sqlite3_stmt *row, int n, const char *le)
{
	const char *before = "{";

	for (int i = 0; i < n; i++) {
		const char *value = (const char *)sqlite3_column_text(row, i);

		fprintf(out, "%s%s=\"", before, sqlite3_column_name(row, i));
		text_label(out, value != NULL ? value : "");
		putc('"', out);
		before = ",";
	}
	if (le != NULL)
		fprintf(out, "%sle=\"%s\"", before, le);
	if (n > 0 || le != NULL)
		putc('}', out);
}

static int print_family(FILE *out, sqlite3 *db, const struct family *family, struct error *err)
{
	_cleanup_(db_finalize) sqlite3_stmt *row = db_prepare(db, err, family->sql, "");
	int r = row != NULL ? 1 : -1;

	print_head(out, family->name, family->type, family->help);
	while (r > 0 && (r = db_step(row, err)) == 1) {
		const int last = sqlite3_column_count(row) - 1;

		fputs(family->name, out);
		print_labels(out, row, last, NULL);
		fprintf(out, " %.15g\n", sqlite3_column_double(row, last));
	}
	return r;
}

struct histogram {
	const char *name, *help;
	const double *limits;
	const char *sql; /* two labels; the sum in seconds; then how many jobs in each bucket */
};

#define BUCKET(i) "total(jobs) FILTER (WHERE bucket = " #i ")"
#define HISTOGRAM(which, workflow, sum)                                                                                                                                       \
	"SELECT repository, b.workflow AS " workflow ", (SELECT total(" sum ") / 1e3 FROM totals AS t WHERE"                                                                  \
	" t.repository = b.repository AND t.workflow = b.workflow), " BUCKET(0) ", " BUCKET(1) ", " BUCKET(2) ", " BUCKET(3) ", " BUCKET(4) ", " BUCKET(                      \
		5) ", " BUCKET(6) ", " BUCKET(7) ", " BUCKET(8) ", " BUCKET(9) ", " BUCKET(10) ", " BUCKET(11) ", " BUCKET(12) " FROM buckets AS b WHERE histogram = '" which \
															       "' GROUP BY repository, b.workflow"

static const struct histogram histograms[] = {
	{"gha_job_execution_duration_seconds", "Time that jobs have run.", totals_run_s,
		HISTOGRAM("run", "job_workflow_name", "run_ms")},
	{"cofferdam_job_startup_seconds", "Time from the Listener's hand-over to the start of the Worker.",
		totals_startup_s, HISTOGRAM("startup", "workflow", "startup_ms")},
};

static void print_buckets(FILE *out, const struct histogram *histogram, sqlite3_stmt *row)
{
	double sum = 0;

	for (int i = 0; i < TOTALS_BUCKETS; i++) {
		char le[32] = "+Inf";

		sum += sqlite3_column_double(row, 3 + i);
		if (i < TOTALS_BUCKETS - 1)
			snprintf(le, sizeof le, "%g", histogram->limits[i]);
		fprintf(out, "%s_bucket", histogram->name);
		print_labels(out, row, 2, le);
		fprintf(out, " %.15g\n", sum);
	}
	fprintf(out, "%s_sum", histogram->name);
	print_labels(out, row, 2, NULL);
	fprintf(out, " %.15g\n%s_count", sqlite3_column_double(row, 2), histogram->name);
	print_labels(out, row, 2, NULL);
	fprintf(out, " %.15g\n", sum);
}

static int print_histogram(FILE *out, sqlite3 *db, const struct histogram *histogram, struct error *err)
{
	_cleanup_(db_finalize) sqlite3_stmt *row = db_prepare(db, err, histogram->sql, "");
	int r = row != NULL ? 1 : -1;

	print_head(out, histogram->name, "histogram", histogram->help);
	while (r > 0 && (r = db_step(row, err)) == 1)
		print_buckets(out, histogram, row);
	return r;
}

static void print_host(FILE *out, const char *name, const char *help, double value)
{
	if (value < 0)
		return;
	print_head(out, name, "gauge", help);
	fprintf(out, "%s %.15g\n", name, value);
}

int text_print(FILE *out, sqlite3 *db, const struct host_level *host, struct error *err)
{
	for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
		if (print_family(out, db, &families[i], err) < 0)
			return -1;
	for (size_t i = 0; i < sizeof histograms / sizeof histograms[0]; i++)
		if (print_histogram(out, db, &histograms[i], err) < 0)
			return -1;
	print_host(out, "cofferdam_state_free_bytes", "Free space where the state directory lies.",
		(double)host->state_free);
	print_host(out, "cofferdam_host_memory_available_bytes", "Memory that the host has available.",
		(double)host->memory_available);
	print_host(out, "cofferdam_host_load1", "Load of the host in the last minute.", host->load);
	return 0;
}
