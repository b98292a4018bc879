#include "runner/journal/journal.h"

#include "common/clock.h"
#include "runner/common/json_file.h"
#include "runner/journal/db.h"
#include "runner/journal/now.h"
#include "runner/journal/reader.h"
#include "runner/journal/schema.h"
#include "runner/journal/totals.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[64];
static struct state state;
static struct journal_start start = {.slots = 2, .keep = {JOURNAL_KEEP_NS, JOURNAL_KEEP_ROWS}};

static int set_up(void **unused)
{
	struct error err;

	(void)unused;
	strcpy(dir, "/tmp/journal-XXXXXX");
	return mkdtemp(dir) != NULL && state_open(&state, dir, &err) == 0 ? 0 : -1;
}

static int tear_down(void **unused)
{
	char command[128];

	(void)unused;
	snprintf(command, sizeof command, "rm -rf %s", dir);
	state_close(&state);
	return system(command);
}

/* A query of one number. */
static int64_t number(const char *sql)
{
	sqlite3 *db = NULL;
	struct error err;
	int64_t value = -1;

	assert_int_equal(db_open_to_read(&db, state.dir, &err), 0);
	assert_int_equal(db_number(db, sql, -1, &value, &err), 0);
	db_close(&db);
	return value;
}

static void run_sql(const char *sql)
{
	sqlite3 *db = NULL;
	struct error err;

	assert_int_equal(db_open(&db, state.dir, &err), 0);
	assert_int_equal(db_exec(db, sql, &err), 0);
	db_close(&db);
}

static void begin_job(const char *id, unsigned slot, const char *repository, const char *workflow)
{
	struct subject subject = {.docker = SUBJECT_DOCKER_NONE};
	struct journal_job job = {.id = id,
		.slot = slot,
		.pool = "default",
		.runner = "host-1",
		.labels = (char *[]){(char[]){"big"}, (char[]){"fast"}, NULL},
		.subject = &subject,
		.startup_ns = 7 * NS_PER_MS,
		.rate = NAN};

	snprintf(subject.repository, sizeof subject.repository, "%s", repository);
	snprintf(subject.workflow, sizeof subject.workflow, "%s", workflow);
	snprintf(subject.job, sizeof subject.job, "a\033[31m\nb\xff");
	journal_job_started(&state, &job);
}

static void end_job(const char *id, const char *outcome, const char *ended_by, const char *report)
{
	json_t *parsed = report != NULL ? json_loads(report, 0, NULL) : NULL;
	const struct journal_end end = {.id = id,
		.outcome = outcome,
		.ended_by = ended_by,
		.reason = "",
		.report = parsed,
		.run_ns = 1500 * NS_PER_MS,
		.teardown_ns = 3 * NS_PER_MS,
		.residue = 1,
		.orphans = 2};

	journal_job_ended(&state, &end);
	json_decref(parsed);
}

static void a_job(void **unused)
{
	static const char report[] =
		"{\"limits\":{\"memory\":{\"limit\":null,\"peak\":2097152},\"pids\":{\"limit\":100,\"peak\":7},"
		"\"cpu\":{\"used_usec\":1500000},\"io\":{\"read\":10,\"written\":20}},\"denials\":{\"seccomp\":[{\"count\":3},"
		"{\"count\":4}],\"more\":5,\"network\":[{\"count\":6}]},\"teardown\":{\"duration_ms\":2.5,\"residue\":[\"x\"]}}";
	struct stat st;

	(void)unused;
	journal_begin(&state, &start);
	assert_int_equal(fstatat(state.dirfd, DB_NAME, &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	journal_slot(&state, 1, "default", "host-1", JOURNAL_IDLE);
	begin_job("1-aaaa", 1, "octo/demo", "ci");
	assert_int_equal(number("SELECT count(*) FROM slots WHERE state = 'busy' AND runner = 'host-1'"), 1);
	assert_int_equal(number("SELECT count(*) FROM jobs WHERE ended IS NULL AND labels = 'big,fast'"
				" AND name = 'a\\x1b[31m\\x0ab\\xff' AND startup_ms = 7"),
		1);
	/* The clock is set meanwhile: what the job costs is not. */
	run_sql("UPDATE jobs SET started = started - 100000000000");
	end_job("1-aaaa", "succeeded", "exit", report);
	assert_int_equal(number("SELECT ended - started FROM jobs"), 1500);
	assert_int_equal(number("SELECT run_ms FROM totals"), 1500);
	journal_slot(&state, 1, "default", NULL, JOURNAL_ENDED);
	assert_int_equal(number("SELECT count(*) FROM slots WHERE state = 'ended' AND runner = 'host-1'"), 1);
	assert_int_equal(
		number("SELECT count(*) FROM jobs WHERE ended >= started AND result = 'succeeded' AND reason IS NULL"
		       " AND memory_limit IS NULL AND memory_peak = 2097152 AND pids_limit = 100 AND pids_peak = 7"
		       " AND disk_used IS NULL AND cpu_usec = 1500000 AND io_written = 20 AND denials = 12"
		       " AND denials_network = 6 AND teardown_ms = 5 AND residue = 2 AND orphans = 2"),
		1);
	assert_int_equal(
		number("SELECT count(*) FROM totals WHERE jobs = 1 AND cpu_usec = 1500000 AND denials = 12"), 1);
	assert_int_equal(number("SELECT jobs FROM buckets WHERE histogram = 'startup' AND bucket = 1"), 1);
	journal_slot_removed(&state, 2);
	assert_int_equal(number("SELECT count(*) FROM slots"), 1);
	journal_slot_removed(&state, 1);
	assert_int_equal(number("SELECT count(*) FROM slots"), 0);
}

/* What is pruned stays in the sums. */
static void retention(void **unused)
{
	struct journal_start few = start;

	(void)unused;
	journal_begin(&state, &start);
	for (int i = 0; i < 6; i++) {
		char id[8];

		snprintf(id, sizeof id, "1-%d", i);
		begin_job(id, 1, "octo/demo", "ci");
		end_job(id, "failed", "exit", NULL);
	}
	run_sql("UPDATE jobs SET started = rowid, ended = rowid + 1 WHERE rowid <= 2");
	run_sql("UPDATE jobs SET started = ended - 10 + rowid WHERE rowid > 2");
	few.keep.ns = 3600 * NS_PER_S;
	journal_begin(&state, &few);
	assert_int_equal(number("SELECT count(*) FROM jobs"), 4);
	few.keep.rows = 3;
	journal_begin(&state, &few);
	assert_int_equal(number("SELECT count(*) FROM jobs"), 3);
	assert_int_equal(number("SELECT count(*) FROM jobs WHERE id = '1-5'"), 1);
	assert_int_equal(number("SELECT jobs FROM totals"), 6);
}

/* It has ended when it has failed, whatever becomes of what is held of it. */
static void held(void **unused)
{
	sqlite3 *db = NULL;
	struct error err;
	json_t *status;

	(void)unused;
	journal_begin(&state, &start);
	begin_job("1-a", 1, "octo/demo", "ci");
	begin_job("2-a", 2, "octo/demo", "ci");
	run_sql("UPDATE jobs SET started = started - 5000");
	journal_job_held(&state, "1-a", 60 * NS_PER_S);
	journal_job_held(&state, "2-a", 60 * NS_PER_S);
	assert_int_equal(number("SELECT count(*) FROM jobs WHERE ended IS NULL AND result = 'failed' AND"
				" held >= started + 5000 AND held_until = held + 60000"),
		2);
	assert_int_equal(db_open_to_read(&db, state.dir, &err), 0);
	status = reader_status(db, &err);
	db_close(&db);
	assert_int_equal(json_array_size(json_object_get(status, "held")), 2);
	assert_int_equal(json_array_size(json_object_get(status, "running")), 0);
	json_decref(status);
	assert_int_equal(number("SELECT count(*) FROM totals"), 0);
	run_sql("UPDATE jobs SET held = held - 1000");
	end_job("1-a", "failed", "exit", NULL);
	journal_crashed(&state, 2);
	assert_int_equal(
		number("SELECT count(*) FROM jobs WHERE ended = held AND result = 'failed' AND ended_by = 'exit'"
		       " AND held_until >= held + 1000 AND held_until < held + 60000"),
		2);
	assert_int_equal(number("SELECT sum(jobs) FROM totals WHERE result = 'failed'"), 2);
	/* Others have no such times. */
	begin_job("1-b", 1, "octo/demo", "ci");
	end_job("1-b", "failed", "exit", NULL);
	assert_int_equal(number("SELECT count(*) FROM jobs WHERE held IS NULL AND held_until IS NULL"), 1);
}

/* A journal of version 4, and in it a job that runs: it is migrated in place. */
static void held_in_version_4(void **unused)
{
	(void)unused;
	journal_begin(&state, &start);
	begin_job("1-a", 1, "octo/demo", "ci");
	run_sql("ALTER TABLE jobs DROP COLUMN held; ALTER TABLE jobs DROP COLUMN held_until; PRAGMA user_version=4");
	journal_job_held(&state, "1-a", NS_PER_S);
	assert_int_equal(number("SELECT count(*) FROM jobs WHERE held IS NOT NULL"), 1);
}

static void crashes(void **unused)
{
	struct journal_start all = start;

	(void)unused;
	journal_begin(&state, &start);
	begin_job("1-a", 1, "octo/demo", "ci");
	begin_job("2-a", 2, "octo/demo", "ci");
	journal_crashed(&state, 2);
	assert_int_equal(number("SELECT count(*) FROM jobs WHERE id = '2-a' AND ended_by = 'crash'"), 1);
	assert_int_equal(number("SELECT count(*) FROM jobs WHERE ended IS NULL"), 1);
	assert_int_equal(number("SELECT count(*) FROM slots WHERE slot = 1 AND state = 'busy'"), 1);
	/* When the supervisor died is not known: its last sign counts, and no day without it. */
	run_sql("UPDATE jobs SET started = 1000, ended = ended - ended + 5000 WHERE id = '2-a'");
	run_sql("UPDATE jobs SET started = 2000 WHERE id = '1-a'");
	run_sql("UPDATE slots SET since = 3000");
	all.keep.ns = INT64_MAX / 2;
	journal_begin(&state, &all);
	assert_int_equal(number("SELECT ended FROM jobs WHERE id = '1-a'"), 5000);
	assert_int_equal(number("SELECT count(*) FROM jobs WHERE id = '1-a' AND ended = 5000 AND result = 'ended'"), 1);
	assert_int_equal(number("SELECT sum(jobs) FROM totals WHERE ended_by = 'crash'"), 2);
	assert_int_equal(number("SELECT count(*) FROM slots"), 0);
}

static void damage(void **unused)
{
	FILE *file;
	char path[96];
	sqlite3 *db = NULL;
	struct error err;

	(void)unused;
	snprintf(path, sizeof path, "%s/" DB_NAME, state.dir);
	assert_int_equal(db_open_to_read(&db, state.dir, &err), -1);
	assert_int_equal(err.errnum, ENOENT);
	file = fopen(path, "w");
	if (file == NULL) {
		fail();
		return;
	}
	for (int i = 0; i < 1000; i++)
		fprintf(file, "not a database ");
	fclose(file);
	assert_int_equal(db_open(&db, state.dir, &err), -1);
	assert_int_equal(err.errnum, EBADMSG);
	db_close(&db);
	journal_begin(&state, &start);
	assert_int_equal(number("SELECT slots FROM supervisor"), 2);
	snprintf(path, sizeof path, "ls %s/" DB_NAME ".damaged-* >/dev/null", state.dir);
	assert_int_equal(system(path), 0);
	/* One page of a good file is overwritten. */
	run_sql("PRAGMA wal_checkpoint(TRUNCATE)");
	snprintf(path, sizeof path, "%s/" DB_NAME, state.dir);
	file = fopen(path, "r+");
	if (file == NULL) {
		fail();
		return;
	}
	fseek(file, 4096, SEEK_SET);
	for (int i = 0; i < 4096; i++)
		putc(0xa5, file);
	fclose(file);
	journal_begin(&state, &start);
	assert_int_equal(number("SELECT slots FROM supervisor"), 2);
}

/* The directory may be named by a link, the file may be none. */
static void links(void **unused)
{
	char link[96], path[96], said[160];
	sqlite3 *db = NULL;
	struct error err;

	(void)unused;
	journal_begin(&state, &start);
	snprintf(link, sizeof link, "%s/link", state.dir);
	assert_int_equal(symlink(state.dir, link), 0);
	assert_int_equal(db_open_to_read(&db, link, &err), 0);
	db_close(&db);
	snprintf(path, sizeof path, "%s/" DB_NAME, state.dir);
	snprintf(link, sizeof link, "%s/elsewhere", state.dir);
	assert_int_equal(rename(path, link), 0);
	assert_int_equal(symlink(link, path), 0);
	snprintf(said, sizeof said, "journal: %s: not a regular file", path);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(db_open_to_read(&db, state.dir, &err), -1);
		assert_string_equal(err.text, said);
		assert_int_equal(db_open(&db, state.dir, &err), -1);
		assert_string_equal(err.text, said);
		assert_int_equal(i < 2 ? unlink(path) : rmdir(path), 0);
		/* A FIFO would be waited for, and a directory is an I/O error. */
		if (i < 2)
			assert_int_equal(i == 0 ? mkfifo(path, 0600) : mkdir(path, 0700), 0);
	}
}

/* It is left alone: nothing of it is lost by an older program. */
static void newer(void **unused)
{
	sqlite3 *db = NULL;
	struct error err;

	(void)unused;
	journal_begin(&state, &start);
	run_sql("PRAGMA user_version=1000");
	assert_int_equal(db_open(&db, state.dir, &err), -1);
	assert_string_equal(err.text, "journal: version 1000, written by a newer Cofferdam: expected 5");
	db_close(&db);
	assert_int_equal(db_open_to_read(&db, state.dir, &err), -1);
	db_close(&db);
	journal_begin(&state, &start);
	assert_int_equal(db_open(&db, state.dir, &err), -1);
	db_close(&db);
}

/* A full disk, as SQLite sees it: the file may not grow. The transaction leaves nothing half done. */
static void full(void **unused)
{
	sqlite3 *db = NULL;
	struct error err;
	int64_t before = 0, after = 0;
	int r = 0;

	(void)unused;
	journal_begin(&state, &start);
	assert_int_equal(db_open(&db, state.dir, &err), 0);
	assert_int_equal(db_number(db, "SELECT count(*) FROM pairs", 0, &before, &err), 0);
	assert_int_equal(db_exec(db, "PRAGMA max_page_count=1", &err), 0);
	assert_int_equal(db_exec(db, "BEGIN IMMEDIATE", &err), 0);
	for (int i = 0; r == 0 && i < 10000; i++) {
		char workflow[200];

		snprintf(workflow, sizeof workflow, "%0190d", i);
		r = db_run(db, &err, "INSERT INTO pairs VALUES ('o/r', ?)", "t", workflow);
	}
	assert_int_equal(r, -1);
	assert_int_equal(err.errnum, ENOSPC);
	assert_string_equal(err.text, "journal: database or disk is full");
	db_close(&db);
	assert_int_equal(db_open(&db, state.dir, &err), 0);
	assert_int_equal(db_number(db, "SELECT count(*) FROM pairs", 0, &after, &err), 0);
	assert_int_equal(after, before);
	db_close(&db);
}

static void bounded_labels(void **unused)
{
	struct totals_labels labels;
	sqlite3 *db = NULL;
	struct error err;
	char repository[32], workflow[32];

	(void)unused;
	assert_int_equal(db_open(&db, state.dir, &err), 0);
	/* One repository with many workflows leaves room for the others. */
	for (int i = 0; i < 1000; i++) {
		snprintf(workflow, sizeof workflow, "w%d", i);
		assert_int_equal(totals_label(db, "evil/one", workflow, &labels, &err), 0);
		assert_string_equal(labels.repository, "evil/one");
		assert_string_equal(labels.workflow, i < TOTALS_PAIRS_OF_REPOSITORY ? workflow : TOTALS_OTHER);
	}
	assert_int_equal(totals_label(db, "octo/demo", "ci", &labels, &err), 0);
	assert_string_equal(labels.workflow, "ci");
	for (int i = 0; i < 1000; i++) {
		snprintf(repository, sizeof repository, "evil/r%d", i);
		assert_int_equal(totals_label(db, repository, "w", &labels, &err), 0);
	}
	assert_string_equal(labels.repository, TOTALS_OTHER);
	assert_string_equal(labels.workflow, TOTALS_OTHER);
	assert_int_equal(totals_label(db, "octo/demo", "ci", &labels, &err), 0);
	assert_string_equal(labels.repository, "octo/demo");
	assert_int_equal(totals_label(db, "evil/one", "w3", &labels, &err), 0);
	assert_string_equal(labels.workflow, "w3");
	db_close(&db);
	assert_in_range(number("SELECT count(*) FROM pairs"), TOTALS_REPOSITORIES_MAX,
		TOTALS_PAIRS_MAX + TOTALS_REPOSITORIES_MAX);
	assert_in_range(number("SELECT count(DISTINCT repository) FROM pairs"), 1, TOTALS_REPOSITORIES_MAX);
}

static void cost(void **unused)
{
	sqlite3 *db = NULL;
	struct error err;
	json_t *result;

	(void)unused;
	journal_begin(&state, &start);
	begin_job("1-a", 1, "octo/demo", "ci");
	end_job("1-a", "succeeded", "exit",
		"{\"limits\":{\"memory\":{\"peak\":1073741824},\"cpu\":{\"used_usec\":2000000}}}");
	begin_job("1-b", 1, "octo/other", "ci");
	end_job("1-b", "succeeded", "exit", NULL);
	run_sql("UPDATE jobs SET started = 1, ended = 7200001, rate = 0.5, currency = 'EUR' WHERE id = '1-a'");
	run_sql("UPDATE jobs SET started = 1, ended = 3600001 WHERE id = '1-b'");
	assert_int_equal(db_open_to_read(&db, state.dir, &err), 0);
	result = reader_cost(db, 0, READER_BY_REPOSITORY, &err);
	assert_int_equal(json_array_size(json_object_get(result, "rows")), 2);
	{
		const json_t *row = json_array_get(json_object_get(result, "rows"), 0),
			     *other = json_array_get(json_object_get(result, "rows"), 1);

		assert_string_equal(json_string_value(json_object_get(row, "repository")), "octo/demo");
		assert_float_equal(json_number_value(json_object_get(row, "hours")), 2, 1e-9);
		assert_float_equal(json_number_value(json_object_get(row, "cpu_seconds")), 2, 1e-9);
		assert_float_equal(json_number_value(json_object_get(row, "gib_hours")), 2, 1e-9);
		assert_float_equal(json_number_value(json_object_get(row, "cost")), 1, 1e-9);
		assert_string_equal(json_string_value(json_object_get(row, "currency")), "EUR");
		assert_true(json_is_null(json_object_get(other, "cost")));
	}
	json_decref(result);
	result = reader_cost(db, 0, READER_BY_LABEL, &err);
	assert_int_equal(json_array_size(json_object_get(result, "rows")), 2);
	assert_float_equal(json_number_value(json_object_get(json_object_get(result, "total"), "hours")), 3, 1e-9);
	json_decref(result);
	db_close(&db);
}

/* The pool's rate was changed in between, and before that nobody noted the currency. */
static void currencies(void **unused)
{
	static const enum reader_by all[] = {READER_BY_REPOSITORY, READER_BY_WORKFLOW, READER_BY_LABEL};
	sqlite3 *db = NULL;
	struct error err;

	(void)unused;
	journal_begin(&state, &start);
	for (int i = 0; i < 4; i++) {
		begin_job((char[]){'1', '-', (char)('a' + i), '\0'}, 1, "octo/demo", "ci");
		end_job((char[]){'1', '-', (char)('a' + i), '\0'}, "succeeded", "exit", NULL);
	}
	run_sql("UPDATE jobs SET started = 1, ended = 3600001, rate = rowid");
	run_sql("UPDATE jobs SET currency = 'EUR' WHERE rowid <= 2");
	run_sql("UPDATE jobs SET currency = 'USD' WHERE rowid = 3");
	assert_int_equal(db_open_to_read(&db, state.dir, &err), 0);
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		json_t *result = reader_cost(db, 0, all[i], &err);
		json_t *rows = json_object_get(result, "rows"), *row = json_array_get(rows, 0),
		       *costs = json_object_get(row, "costs");

		assert_int_equal(json_array_size(rows), all[i] == READER_BY_LABEL ? 2 : 1);
		assert_int_equal(json_integer_value(json_object_get(row, "jobs")), 4);
		assert_float_equal(json_number_value(json_object_get(row, "hours")), 4, 1e-9);
		assert_int_equal(json_object_size(costs), 3);
		assert_float_equal(json_number_value(json_object_get(costs, "EUR")), 3, 1e-9);
		assert_float_equal(json_number_value(json_object_get(costs, "USD")), 3, 1e-9);
		assert_float_equal(json_number_value(json_object_get(costs, "")), 4, 1e-9);
		assert_true(
			json_is_null(json_object_get(row, "cost")) && json_is_null(json_object_get(row, "currency")));
		assert_true(json_equal(json_object_get(json_object_get(result, "total"), "costs"), costs));
		json_decref(result);
	}
	db_close(&db);
}

/* The sums of before stay, and no currency is made up for them. */
static void older(void **unused)
{
	struct journal_start all = start;
	char path[96];
	sqlite3 *db = NULL;
	struct error err;

	(void)unused;
	snprintf(path, sizeof path, "%s/" DB_NAME, state.dir);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(schema_migrate_to(db, 1, &err), 0);
	assert_int_equal(
		db_exec(db,
			"INSERT INTO jobs(id, slot, pool, labels, runner, repository, workflow, name, startup_ms,"
			" started, ended, result, ended_by, rate) VALUES ('1-a', 1, 'p', '', 'r', 'octo/demo', 'ci',"
			" 'b', 1, 1, 3600001, 'succeeded', 'exit', 2);"
			"INSERT INTO totals VALUES ('p', 'octo/demo', 'ci', 'succeeded', 'exit', 1, 2, 3, 4, 5, 6, 7, 8,"
			" 9, 10, 11, 12, 13, 14, 2)",
			&err),
		0);
	db_close(&db);
	all.keep.ns = INT64_MAX / 2;
	journal_begin(&state, &all);
	assert_int_equal(number("SELECT cost FROM totals WHERE currency = '' AND jobs = 1 AND pids_peak = 14"), 2);
	begin_job("1-b", 1, "octo/demo", "ci");
	end_job("1-b", "succeeded", "exit", NULL);
	assert_int_equal(number("SELECT count(*) FROM jobs WHERE currency IS NULL"), 2);
	journal_pools(&state, (struct journal_pool[]){{"a", 1, 4, 1, 3}, {"b", 2, 2, 0, 2}}, 2);
	assert_int_equal(number("SELECT slots FROM pools WHERE pool = 'a' AND min = 1 AND max = 4 AND warm = 1"), 3);
	assert_int_equal(number("SELECT slots FROM supervisor"), 5);
	journal_slot_removed(&state, 1);
	assert_int_equal(number("SELECT count(*) FROM slots"), 0);
}

static void keep(void **unused)
{
	struct journal_keep kept = {1, 2};
	struct error err;

	(void)unused;
	assert_int_equal(journal_keep_parse("30d,5000", &kept, &err), 0);
	assert_int_equal(kept.ns, 30 * 86400 * NS_PER_S);
	assert_int_equal(kept.rows, 5000);
	assert_int_equal(journal_keep_parse(",7", &kept, &err), 0);
	assert_int_equal(kept.ns, 30 * 86400 * NS_PER_S);
	assert_int_equal(kept.rows, 7);
	assert_int_equal(journal_keep_parse("1h", &kept, &err), 0);
	assert_int_equal(kept.rows, 7);
	assert_int_equal(journal_keep_parse("", &kept, &err), -1);
	assert_int_equal(journal_keep_parse("5000", &kept, &err), -1);
	assert_int_equal(journal_keep_parse("1h,", &kept, &err), -1);
	assert_int_equal(journal_keep_parse("1h,0", &kept, &err), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_job, set_up, tear_down),
		cmocka_unit_test_setup_teardown(retention, set_up, tear_down),
		cmocka_unit_test_setup_teardown(held, set_up, tear_down),
		cmocka_unit_test_setup_teardown(held_in_version_4, set_up, tear_down),
		cmocka_unit_test_setup_teardown(crashes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(damage, set_up, tear_down),
		cmocka_unit_test_setup_teardown(links, set_up, tear_down),
		cmocka_unit_test_setup_teardown(newer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(full, set_up, tear_down),
		cmocka_unit_test_setup_teardown(bounded_labels, set_up, tear_down),
		cmocka_unit_test_setup_teardown(cost, set_up, tear_down),
		cmocka_unit_test_setup_teardown(currencies, set_up, tear_down),
		cmocka_unit_test_setup_teardown(older, set_up, tear_down),
		cmocka_unit_test(keep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
