#include "runner/journal/journal.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "common/visible.h"
#include "runner/common/log.h"
#include "runner/common/process.h"
#include "runner/journal/db.h"
#include "runner/journal/now.h"
#include "runner/journal/totals.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const states[] = {
	[JOURNAL_STARTING] = "starting",
	[JOURNAL_IDLE] = "idle",
	[JOURNAL_BUSY] = "busy",
	[JOURNAL_HELD] = "held",
	[JOURNAL_DRAINING] = "draining",
	[JOURNAL_ENDED] = "ended",
};

const char *journal_state_name(enum journal_state what)
{
	return states[what];
}

/* What is not written is named: "not recorded: slot 2 is busy: journal: database or disk is full". */
static void say_lost(struct error *err, const char *id, const char *what)
{
	error_context(err, "not recorded: %s%s", id, what);
	log_error(err);
}

static int begin(sqlite3 **db, const struct state *state, struct error *err)
{
	return db_open(db, state->dir, err) < 0 ? -1 : db_exec(*db, "BEGIN IMMEDIATE", err);
}

static int set_slot(
	sqlite3 *db, unsigned slot, const char *pool, const char *runner, enum journal_state what, struct error *err)
{
	return db_run(db, err,
		"INSERT INTO slots VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET pool = ?2,"
		" runner = ifnull(?3, runner), since = iif(state = ?4, since, ?5), state = ?4",
		"ittti", (int64_t)slot, pool, runner, states[what], now_ms());
}

void journal_slot(
	const struct state *state, unsigned slot, const char *pool, const char *runner, enum journal_state what)
{
	_cleanup_(db_close) sqlite3 *db = NULL;
	char text[32];
	struct error err;

	if (begin(&db, state, &err) == 0 && set_slot(db, slot, pool, runner, what, &err) == 0 &&
		db_exec(db, "COMMIT", &err) == 0)
		return;
	snprintf(text, sizeof text, "slot %u is ", slot);
	say_lost(&err, text, states[what]);
}

void journal_slot_removed(const struct state *state, unsigned slot)
{
	_cleanup_(db_close) sqlite3 *db = NULL;
	char text[32];
	struct error err;

	if (begin(&db, state, &err) == 0 &&
		db_run(db, &err, "DELETE FROM slots WHERE slot = ?", "i", (int64_t)slot) == 0 &&
		db_exec(db, "COMMIT", &err) == 0)
		return;
	snprintf(text, sizeof text, "slot %u is ", slot);
	say_lost(&err, text, "removed");
}

static int set_pools(sqlite3 *db, const struct journal_pool *pools, size_t n, struct error *err)
{
	if (db_exec(db, "DELETE FROM pools", err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (db_run(db, err, "INSERT INTO pools VALUES (?, ?, ?, ?, ?)", "tiiii", pools[i].name,
			    (int64_t)pools[i].min, (int64_t)pools[i].max, (int64_t)pools[i].warm,
			    (int64_t)pools[i].slots) < 0)
			return -1;
	return db_exec(db, "UPDATE supervisor SET slots = (SELECT CAST(total(slots) AS INTEGER) FROM pools)", err);
}

void journal_pools(const struct state *state, const struct journal_pool *pools, size_t n)
{
	_cleanup_(db_close) sqlite3 *db = NULL;
	struct error err;

	if (begin(&db, state, &err) == 0 && set_pools(db, pools, n, &err) == 0 && db_exec(db, "COMMIT", &err) == 0)
		return;
	say_lost(&err, "", "the slots of the pools");
}

static void join_labels(char *to, size_t size, char *const *labels)
{
	size_t used = 0;

	to[0] = '\0';
	for (size_t i = 0; labels != NULL && labels[i] != NULL && used + VISIBLE_SIZE_MIN + 1 < size; i++) {
		if (i > 0)
			to[used++] = ',';
		used += visible(to + used, size - used, labels[i], strlen(labels[i]), VISIBLE_TEXT);
	}
}

static int add_job(sqlite3 *db, const struct journal_job *job, struct error *err)
{
	const struct subject *subject = job->subject;
	char workflow[SUBJECT_WORKFLOW_SIZE], name[SUBJECT_JOB_SIZE], labels[1024];

	visible(workflow, sizeof workflow, subject->workflow, strlen(subject->workflow), VISIBLE_TEXT);
	visible(name, sizeof name, subject->job, strlen(subject->job), VISIBLE_TEXT);
	join_labels(labels, sizeof labels, job->labels);
	return db_run(db, err,
		"INSERT INTO jobs(id, slot, pool, labels, runner, repository, workflow, name, startup_ms, started, rate,"
		" currency, launcher, ticks, cgroup) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		"tittttttiidtiit", job->id, (int64_t)job->slot, job->pool, labels, job->runner, subject->repository,
		workflow, name, (job->startup_ns + NS_PER_MS / 2) / NS_PER_MS, now_ms(), job->rate, job->currency,
		(int64_t)job->launcher, (int64_t)process_start(job->launcher), job->cgroup);
}

void journal_job_started(const struct state *state, const struct journal_job *job)
{
	_cleanup_(db_close) sqlite3 *db = NULL;
	struct error err;

	if (begin(&db, state, &err) == 0 && add_job(db, job, &err) == 0 &&
		set_slot(db, job->slot, job->pool, job->runner, JOURNAL_BUSY, &err) == 0 &&
		db_exec(db, "COMMIT", &err) == 0)
		return;
	say_lost(&err, job->id, " has started");
}

void journal_job_held(const struct state *state, const char *id, int64_t for_ns)
{
	_cleanup_(db_close) sqlite3 *db = NULL;
	struct error err;

	if (begin(&db, state, &err) == 0 &&
		db_run(db, &err,
			"UPDATE jobs SET held = max(started, ?2), held_until = ?2 + ?3, result = 'failed', ended_by = 'exit'"
			" WHERE id = ?1",
			"tii", id, now_ms(), for_ns / NS_PER_MS) == 0 &&
		db_exec(db, "COMMIT", &err) == 0)
		return;
	say_lost(&err, id, " is held");
}

/* A number of the report, or -1. */
static int64_t number(const json_t *report, const char *of, const char *what)
{
	const json_t *value = json_object_get(json_object_get(json_object_get(report, "limits"), of), what);

	return json_is_integer(value) && json_integer_value(value) >= 0 ? json_integer_value(value) : -1;
}

static int64_t sum_counts(const json_t *rows)
{
	int64_t sum = 0;
	json_t *one;
	size_t i;

	json_array_foreach ((json_t *)rows, i, one)
		sum += json_integer_value(json_object_get(one, "count"));
	return sum;
}

static int end_job(sqlite3 *db, const struct journal_end *end, struct error *err)
{
	const json_t *report = end->report, *denials = json_object_get(report, "denials"),
		     *teardown = json_object_get(report, "teardown");
	const int64_t removed_ms = (int64_t)json_number_value(json_object_get(teardown, "duration_ms"));

	return db_run(db, err,
		"UPDATE jobs SET ended = ifnull(held, started + ?2), held_until = iif(held IS NULL, NULL, ?20), result = ?3,"
		" ended_by = ?4, reason = nullif(?5, ''),"
		" memory_limit = ?6, memory_peak = ?7, pids_limit = ?8, pids_peak = ?9, disk_limit = ?10, disk_used = ?11,"
		" cpu_usec = ?12, io_read = ?13, io_written = ?14, denials = ?15, denials_network = ?16, teardown_ms = ?17,"
		" residue = ?18, orphans = ?19 WHERE id = ?1",
		"titttnnnnnnnnniiiiii", end->id, (end->run_ns + NS_PER_MS / 2) / NS_PER_MS, end->outcome, end->ended_by,
		end->reason, number(report, "memory", "limit"), number(report, "memory", "peak"),
		number(report, "pids", "limit"), number(report, "pids", "peak"), number(report, "disk", "limit"),
		number(report, "disk", "used"), number(report, "cpu", "used_usec"), number(report, "io", "read"),
		number(report, "io", "written"),
		sum_counts(json_object_get(denials, "seccomp")) + json_integer_value(json_object_get(denials, "more")),
		sum_counts(json_object_get(denials, "network")), removed_ms + end->teardown_ns / NS_PER_MS,
		(int64_t)(end->residue + json_array_size(json_object_get(teardown, "residue"))), (int64_t)end->orphans,
		now_ms());
}

void journal_job_ended(const struct state *state, const struct journal_end *end)
{
	_cleanup_(db_close) sqlite3 *db = NULL;
	struct error err;

	if (begin(&db, state, &err) == 0 && end_job(db, end, &err) == 0 && totals_add(db, end->id, &err) == 0 &&
		db_exec(db, "COMMIT", &err) == 0)
		return;
	say_lost(&err, end->id, " has ended");
}

/* A slot's crash is noticed at once. When its supervisor crashed, too, nothing says when: the last that was heard of it
 * counts. */
static int time_of_crash(sqlite3 *db, unsigned slot, int64_t *ms, struct error *err)
{
	*ms = now_ms();
	return slot != 0
		       ? 0
		       : db_number(db,
				 "SELECT max(t) FROM (SELECT max(since) AS t FROM slots UNION ALL SELECT max(started) FROM jobs"
				 " UNION ALL SELECT max(ended) FROM jobs UNION ALL SELECT max(held) FROM jobs)",
				 *ms, ms, err);
}

static int crash_jobs(sqlite3 *db, unsigned slot, struct error *err)
{
	int64_t ms;

	if (time_of_crash(db, slot, &ms, err) < 0)
		return -1;
	for (;;) {
		_cleanup_(db_finalize) sqlite3_stmt *open =
			db_prepare(db, err, "SELECT id FROM jobs WHERE ended IS NULL AND (?1 = 0 OR slot = ?1) LIMIT 1",
				"i", (int64_t)slot);
		int found = open != NULL ? db_step(open, err) : -1;
		const char *id = found == 1 ? (const char *)sqlite3_column_text(open, 0) : "";

		if (found <= 0)
			return found;
		if (db_run(db, err,
			    "UPDATE jobs SET ended = ifnull(held, max(started, ?2)), held_until = iif(held IS NULL, NULL,"
			    " max(held, ?2)), result = ifnull(result, 'ended'), ended_by = ifnull(ended_by, 'crash')"
			    " WHERE id = ?1",
			    "ti", id, ms) < 0 ||
			totals_add(db, id, err) < 0)
			return -1;
	}
}

static int crash(sqlite3 *db, unsigned slot, struct error *err)
{
	if (crash_jobs(db, slot, err) < 0)
		return -1;
	return db_run(db, err,
		"UPDATE slots SET state = 'ended', since = ?2 WHERE state <> 'ended' AND (?1 = 0 OR slot = ?1)", "ii",
		(int64_t)slot, now_ms());
}

void journal_crashed(const struct state *state, unsigned slot)
{
	_cleanup_(db_close) sqlite3 *db = NULL;
	struct error err;

	if (begin(&db, state, &err) == 0 && crash(db, slot, &err) == 0 && db_exec(db, "COMMIT", &err) == 0)
		return;
	say_lost(&err, "", "what a crash has ended");
}

static int add_requests(sqlite3 *db, const struct github_usage *usage, struct error *err)
{
	for (int i = 0; i < GITHUB_OUTCOME_COUNT; i++)
		if (usage->n[i] > 0 &&
			db_run(db, err, "INSERT INTO requests VALUES (?1, ?2) ON CONFLICT DO UPDATE SET n = n + ?2",
				"ti", github_outcome_names[i], (int64_t)usage->n[i]) < 0)
			return -1;
	if (usage->remaining < 0)
		return 0;
	return db_run(
		db, err, "INSERT OR REPLACE INTO ratelimit VALUES (1, ?, ?)", "ii", usage->remaining, usage->reset);
}

void journal_requests(const struct state *state, const struct github_usage *usage)
{
	_cleanup_(db_close) sqlite3 *db = NULL;
	uint64_t all = 0;
	struct error err;

	for (int i = 0; i < GITHUB_OUTCOME_COUNT; i++)
		all += usage->n[i];
	if (all == 0)
		return;
	if (begin(&db, state, &err) == 0 && add_requests(db, usage, &err) == 0 && db_exec(db, "COMMIT", &err) == 0)
		return;
	say_lost(&err, "", "requests to GitHub");
}

/* Damage that a look at every page and index finds. */
static int check(sqlite3 *db, struct error *err)
{
	_cleanup_(db_finalize) sqlite3_stmt *statement = db_prepare(db, err, "PRAGMA quick_check(1)", "");
	const char *found = NULL;

	if (statement == NULL || db_step(statement, err) < 0)
		return -1;
	found = (const char *)sqlite3_column_text(statement, 0);
	if (found != NULL && strcmp(found, "ok") == 0)
		return 0;
	error_set(err, 0, "journal: %s", found != NULL ? found : "cannot be checked");
	err->errnum = EBADMSG;
	return -1;
}

static void rename_part(const struct state *state, const char *ending, const char *aside)
{
	_cleanup_(freep) char *from = format(DB_NAME "%s", ending), *to = format("%s%s", aside, ending);

	if (from != NULL && to != NULL && renameat(state->dirfd, from, state->dirfd, to) < 0 && errno != ENOENT)
		log_line("journal: %s: cannot be moved aside: %s", from, strerror(errno));
}

/* Nobody else has it open: we hold the lock of the state directory. */
static void set_aside(const struct state *state, const struct error *why)
{
	_cleanup_(freep) char *aside = format(DB_NAME ".damaged-%lld", (long long)(now_ms() / 1000));

	if (aside == NULL)
		return;
	log_line("%s: damaged: moved aside as %s/%s, and a new one is begun", why->text, state->dir, aside);
	rename_part(state, "", aside);
	rename_part(state, "-wal", aside);
	rename_part(state, "-shm", aside);
}

static int open_checked(sqlite3 **db, const struct state *state, struct error *err)
{
	if (db_open(db, state->dir, err) == 0 && check(*db, err) == 0)
		return 0;
	if (err->errnum != EBADMSG)
		return -1;
	db_close(db);
	set_aside(state, err);
	return db_open(db, state->dir, err);
}

static int prune(sqlite3 *db, const struct journal_keep *keep, struct error *err)
{
	if (db_run(db, err, "DELETE FROM jobs WHERE started < ? AND ended IS NOT NULL", "i",
		    now_ms() - keep->ns / NS_PER_MS) < 0)
		return -1;
	return db_run(db, err,
		"DELETE FROM jobs WHERE ended IS NOT NULL AND started < (SELECT started FROM jobs"
		" ORDER BY started DESC LIMIT 1 OFFSET ?)",
		"i", (int64_t)keep->rows - 1);
}

static int note_start(sqlite3 *db, const struct journal_start *start, struct error *err)
{
	if (db_exec(db, "DELETE FROM slots; DELETE FROM pools", err) < 0)
		return -1;
	return db_run(db, err, "INSERT OR REPLACE INTO supervisor VALUES (1, ?, ?, ?, ?, ?, ?)", "iiitit",
		(int64_t)getpid(), (int64_t)process_start(getpid()), now_ms(), COFFERDAM_VERSION, (int64_t)start->slots,
		start->listen);
}

void journal_begin(const struct state *state, const struct journal_start *start)
{
	_cleanup_(db_close) sqlite3 *db = NULL;
	struct error err;

	if (open_checked(&db, state, &err) == 0 && db_exec(db, "BEGIN IMMEDIATE", &err) == 0 &&
		crash(db, 0, &err) == 0 && prune(db, &start->keep, &err) == 0 && note_start(db, start, &err) == 0 &&
		db_exec(db, "COMMIT", &err) == 0)
		return;
	say_lost(&err, "", "this start");
}
