#include "tests/standin/worker/job_log.h"

#include "common/cleanup.h"
#include "tests/standin/shared/clock.h"
#include "tests/standin/shared/http.h"
#include "tests/standin/shared/root.h"

#include <stdarg.h>
#include <string.h>

#define BATCH_SIZE 32768
#define BATCH_MAX ((size_t)8 << 20)
#define BATCH_MS 1000

int job_log_open(struct job_log *log, const char *root, struct error *err)
{
	const char *print = getenv("ACTIONS_RUNNER_PRINT_LOG_TO_STDOUT");

	log->diag = root_open_log(root, "Worker", err);
	if (log->diag == NULL)
		return -1;
	log->print = print != NULL && *print != '\0' && strcmp(print, "0") != 0;
	return 0;
}

/* Job logs hold what steps print, which need not be UTF-8. */
void job_log_line(struct job_log *log, const char *line)
{
	_cleanup_(freep) char *masked = masks_apply(&log->masks, line);
	size_t len = strlen(masked);
	char stamp[STAMP_SIZE];
	char *grown;

	clock_stamp(stamp);
	if (log->diag != NULL) {
		fprintf(log->diag, "[WORKER %s INFO JobLog] %s\n", stamp, masked);
		fflush(log->diag);
	}
	if (log->print) {
		printf("[WORKER %s INFO JobLog] %s\n", stamp, masked);
		fflush(stdout);
	}
	if (log->url == NULL)
		return;
	if (log->used + len > BATCH_MAX) {
		log->lost++;
		return;
	}
	grown = realloc(log->batch, log->used + len + 2);
	if (grown == NULL) {
		log->lost++;
		return;
	}
	if (log->used == 0)
		log->flush_at_ms = clock_ms() + BATCH_MS;
	log->batch = grown;
	memcpy(grown + log->used, masked, len);
	log->used += len;
	grown[log->used++] = '\n';
	grown[log->used] = '\0';
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

void job_log_flush(struct job_log *log, bool all)
{
	struct http_request request = {
		"POST", log->url, log->authorization, "text/plain; charset=utf-8", log->batch, 10};
	struct error err;

	if (log->used == 0 || (!all && log->used < BATCH_SIZE && clock_ms() < log->flush_at_ms))
		return;
	if (http_json(&request, NULL, NULL, &err) < 0) {
		if (log->diag != NULL)
			fprintf(log->diag, "log not sent: %s\n", err.text);
		log->flush_at_ms = clock_ms() + BATCH_MS;
		return;
	}
	log->used = 0;
	log->batch[0] = '\0';
	if (log->lost > 0) {
		size_t lost = log->lost;

		log->lost = 0;
		job_log_print(log, "##[warning]%zu lines of the log were lost", lost);
	}
}

void job_log_close(struct job_log *log)
{
	job_log_flush(log, true);
	close_file(&log->diag);
	free(log->url);
	free(log->batch);
	masks_free(&log->masks);
	memset(log, 0, sizeof *log);
}
