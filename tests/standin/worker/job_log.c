#include "tests/standin/worker/job_log.h"

#include "common/cleanup.h"
#include "tests/standin/shared/clock.h"
#include "tests/standin/shared/root.h"

#include <stdarg.h>
#include <string.h>

#define TEXT_MAX ((size_t)16 << 20)
#define LINES_AT_ONCE 500
#define LIVE_MS 250
#define MARK "\xef\xbb\xbf"

int job_log_open(struct job_log *log, const char *root, struct error *err)
{
	const char *print = getenv("ACTIONS_RUNNER_PRINT_LOG_TO_STDOUT");

	log->diag = root_open_log(root, "Worker", err);
	if (log->diag == NULL)
		return -1;
	log->print = print != NULL && *print != '\0' && strcmp(print, "0") != 0;
	return 0;
}

static void add_text(struct log_text *text, size_t max, const char *time, const char *line)
{
	const char *parts[] = {text->used == 0 ? MARK : "", time, " ", line, "\n"};
	size_t len = 0;
	char *grown;

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		len += strlen(parts[i]);
	grown = text->used + len > max ? NULL : realloc(text->data, text->used + len + 1);
	if (grown == NULL) {
		text->lost++;
		return;
	}
	text->data = grown;
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		size_t part = strlen(parts[i]);

		memcpy(grown + text->used, parts[i], part);
		text->used += part;
	}
	grown[text->used] = '\0';
}

static void clear_text(struct log_text *text)
{
	free(text->data);
	memset(text, 0, sizeof *text);
}

/* Job logs hold what steps print, which need not be UTF-8. */
void job_log_line(struct job_log *log, const char *line)
{
	_cleanup_(freep) char *masked = masks_apply(&log->masks, line);
	char stamp[STAMP_SIZE], ticks[STAMP_SIZE];

	clock_stamp(stamp);
	clock_ticks(ticks);
	if (log->diag != NULL) {
		fprintf(log->diag, "[WORKER %s INFO JobLog] %s\n", stamp, masked);
		fflush(log->diag);
	}
	if (log->print) {
		printf("[WORKER %s INFO JobLog] %s\n", stamp, masked);
		fflush(stdout);
	}
	add_text(&log->job, TEXT_MAX, ticks, masked);
	if (log->step_id[0] == '\0')
		return;
	add_text(&log->step, TEXT_MAX, ticks, masked);
	if (live_log_waiting(&log->live) == 0)
		log->flush_at_ms = clock_ms() + LIVE_MS;
	live_log_line(&log->live, log->step_id, masked);
	job_log_flush(log, false);
}

void job_log_print(struct job_log *log, const char *fmt, ...)
{
	_cleanup_(freep) char *line = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&line, fmt, ap);
	va_end(ap);
	if (n >= 0)
		job_log_line(log, line);
}

void job_log_failed(struct job_log *log, const struct error *err)
{
	if (log->diag != NULL)
		fprintf(log->diag, "results: %s\n", err->text);
}

void job_log_flush(struct job_log *log, bool all)
{
	size_t waiting = live_log_waiting(&log->live);
	struct error err;

	if (waiting == 0 || (!all && waiting < LINES_AT_ONCE && clock_ms() < log->flush_at_ms))
		return;
	if (live_log_flush(&log->live, &err) < 0)
		job_log_failed(log, &err);
}

void job_log_begin_step(struct job_log *log, const char *id)
{
	snprintf(log->step_id, sizeof log->step_id, "%s", id);
	clear_text(&log->step);
}

static void upload(struct job_log *log, struct log_text *text, const char *step)
{
	char ticks[STAMP_SIZE], lost[64];
	struct error err;

	if (text->lost > 0) {
		clock_ticks(ticks);
		snprintf(lost, sizeof lost, "##[warning]%zu lines of the log were lost", text->lost);
		add_text(text, SIZE_MAX, ticks, lost);
	}
	if (text->used > 0 && results_log(&log->results, step, text->data, &err) < 0)
		job_log_failed(log, &err);
	clear_text(text);
}

void job_log_end_step(struct job_log *log)
{
	job_log_flush(log, true);
	if (log->step_id[0] != '\0')
		upload(log, &log->step, log->step_id);
	log->step_id[0] = '\0';
}

void job_log_upload(struct job_log *log)
{
	upload(log, &log->job, NULL);
}

void job_log_close(struct job_log *log)
{
	live_log_close(&log->live);
	clear_text(&log->job);
	clear_text(&log->step);
	close_file(&log->diag);
	free(log->results.url);
	masks_free(&log->masks);
	memset(log, 0, sizeof *log);
}
