#include "tests/standin/listener/listen.h"

#include "common/cleanup.h"
#include "tests/standin/listener/signals.h"
#include "tests/standin/listener/terminal.h"
#include "tests/standin/shared/clock.h"
#include "tests/standin/shared/fields.h"
#include "tests/standin/shared/root.h"

#include <signal.h>
#include <string.h>
#include <strings.h>

#define UNLOAD_MS 30000
#define RETRY_MS 1000
#define RETRY_MAX_MS 10000
#define IDLE_MS 60000

struct listener {
	struct session *session;
	bool once;
	bool done;
	struct listen_end *end;
	CURLM *multi;
	struct http_exchange poll;
	int64_t poll_at_ms;
	int64_t retry_ms;
	struct job *job;
	char *bin;
	bool stopping;
	int64_t stop_by_ms; /* 0: for ever */
};

static void finish(struct listener *l, enum session_state state)
{
	if (l->done)
		return;
	l->end->state = state;
	l->done = true;
}

/* A job that could not be started is done, too. */
static void end_job(struct listener *l, enum task_result result)
{
	l->end->result = result;
	job_free(l->job);
	l->job = NULL;
	if (l->once) {
		l->end->job_done = true;
		finish(l, SESSION_OK);
	}
}

static void start_job(struct listener *l, const json_t *offer)
{
	const char *request_id = field_text(offer, "runner_request_id");
	struct error err;

	if (l->job != NULL || l->stopping) {
		terminal_log("job offer passed over: %s", l->job != NULL ? "a job is running" : "stopping");
		return;
	}
	if (field_true(offer, "should_acknowledge") && request_id != NULL &&
		session_acknowledge(l->session, request_id, &err) < 0)
		terminal_log("acknowledge: %s", err.text);
	l->job = job_acquire(l->session, offer, &err);
	if (l->job == NULL) {
		terminal_error(err.text);
		return;
	}
	terminal_stamped("Running job: %s", l->job->name);
	if (job_start(l->job, l->bin, &err) == 0)
		return;
	terminal_error(err.text);
	end_job(l, RESULT_ABANDONED);
}

static void on_job_request(struct listener *l, const json_t *body)
{
	start_job(l, body);
}

static void on_cancellation(struct listener *l, const json_t *body)
{
	const char *id = field_text(body, "jobId");

	if (l->job != NULL && id != NULL && strcasecmp(id, l->job->id) == 0)
		job_end(l->job, FRAME_CANCEL, RESULT_CANCELED, job_kill_after_ms(field_text(body, "timeout")));
}

static void on_token_refresh(struct listener *l, const json_t *body)
{
	struct error err;

	(void)body;
	if (session_login(l->session, &err) != SESSION_OK)
		terminal_log("%s", err.text);
}

static void on_migration(struct listener *l, const json_t *body)
{
	if (field_text(body, "brokerBaseUrl") != NULL)
		session_move(l->session, field_text(body, "brokerBaseUrl"));
}

static const struct {
	const char *type;
	void (*handle)(struct listener *l, const json_t *body);
} messages[] = {
	{"RunnerJobRequest", on_job_request},
	{"JobCancellation", on_cancellation},
	{"ForceTokenRefresh", on_token_refresh},
	{"BrokerMigration", on_migration},
};

static void handle_message(struct listener *l, const struct http_reply *reply)
{
	json_t *message = json_loadb(reply->body, reply->len, 0, NULL);
	const char *type = field_text(message, "messageType");
	const char *text = field_text(message, "body");
	json_t *body = text == NULL ? NULL : json_loads(text, 0, NULL);
	bool known = false;

	for (size_t i = 0; type != NULL && i < sizeof messages / sizeof *messages; i++) {
		if (strcasecmp(type, messages[i].type) == 0) {
			known = true;
			messages[i].handle(l, body);
		}
	}
	terminal_log("message %s%s", type == NULL ? "without a type" : type, known ? "" : ": passed over");
	json_decref(body);
	json_decref(message);
}

static void on_reply(struct listener *l, CURLcode code)
{
	struct http_reply *reply = &l->poll.reply;
	enum session_state state = SESSION_RETRY;
	struct error err = {0};

	if (code != CURLE_OK) {
		error_set(&err, 0, "broker: %s", curl_easy_strerror(code));
	} else {
		curl_easy_getinfo(l->poll.easy, CURLINFO_RESPONSE_CODE, &reply->status);
		state = session_judge(l->session, reply, &err);
	}
	if (state == SESSION_OK) {
		l->retry_ms = 0;
		if (reply->status == 200 && reply->len > 0)
			handle_message(l, reply);
	} else if (state == SESSION_DELETED || state == SESSION_OUTDATED) {
		l->end->err = err;
		finish(l, state);
	} else {
		terminal_log("%s", err.text);
		l->retry_ms = l->retry_ms == 0 ? RETRY_MS : l->retry_ms * 2;
		if (l->retry_ms > RETRY_MAX_MS)
			l->retry_ms = RETRY_MAX_MS;
	}
	l->poll_at_ms = clock_ms() + l->retry_ms;
}

static void end_poll(struct listener *l)
{
	if (l->poll.easy == NULL)
		return;
	curl_multi_remove_handle(l->multi, l->poll.easy);
	http_exchange_end(&l->poll);
}

static void keep_polling(struct listener *l)
{
	struct error err;

	if (l->poll.easy != NULL || l->stopping || l->done || clock_ms() < l->poll_at_ms)
		return;
	if (session_poll(l->session, l->job != NULL, &l->poll, &err) < 0) {
		terminal_log("%s", err.text);
		l->poll_at_ms = clock_ms() + RETRY_MS;
		return;
	}
	curl_multi_add_handle(l->multi, l->poll.easy);
}

static void step_poll(struct listener *l)
{
	CURLMsg *message;
	int left;

	curl_multi_perform(l->multi, &left);
	message = curl_multi_info_read(l->multi, &left);
	if (message == NULL || message->msg != CURLMSG_DONE)
		return;
	on_reply(l, message->data.result);
	end_poll(l);
}

static void step_job(struct listener *l)
{
	if (l->job == NULL || !job_finished(l->job))
		return;
	if (!l->job->unsent)
		terminal_stamped("Job %s completed with result: %s", l->job->name, job_result_name(l->job->result));
	end_job(l, l->job->result);
}

static void step_signals(struct listener *l)
{
	if (signals_stop() != 0 && !l->stopping) {
		l->stopping = true;
		terminal_line("Exiting...");
		end_poll(l);
		if (signals_stop() == SIGTERM)
			l->stop_by_ms = clock_ms() + UNLOAD_MS;
		if (l->job != NULL)
			job_end(l->job, FRAME_RUNNER_SHUTDOWN, RESULT_CANCELED, 0);
	}
	if (l->stopping && (l->job == NULL || (l->stop_by_ms != 0 && clock_ms() >= l->stop_by_ms)))
		finish(l, SESSION_OK);
}

static void wait_for_something(struct listener *l)
{
	struct curl_waitfd fds[3] = {{.fd = signals_fd(), .events = CURL_WAIT_POLLIN}};
	int64_t now = clock_ms(), until = now + IDLE_MS;
	unsigned count = 1;

	if (l->job != NULL) {
		count += worker_wait_fds(&l->job->worker, fds + 1);
		if (job_next_ms(l->job) < until)
			until = job_next_ms(l->job);
	}
	if (l->poll.easy == NULL && !l->stopping && l->poll_at_ms < until)
		until = l->poll_at_ms;
	if (l->stop_by_ms != 0 && l->stop_by_ms < until)
		until = l->stop_by_ms;
	curl_multi_poll(l->multi, fds, count, until > now ? (int)(until - now) : 0, NULL);
}

void listen_for_jobs(struct session *session, bool once, struct listen_end *end)
{
	struct listener l = {.session = session, .once = once, .end = end};

	memset(end, 0, sizeof *end);
	l.multi = http_multi();
	l.bin = root_binaries(&end->err);
	if (l.multi == NULL || l.bin == NULL) {
		terminal_error("out of memory");
		exit(EXIT_FAILURE);
	}
	terminal_stamped("Listening for Jobs");
	while (!l.done) {
		keep_polling(&l);
		wait_for_something(&l);
		/* Before the look at the child: a SIGCHLD that comes later must still wake the next wait. */
		signals_drain();
		step_poll(&l);
		step_job(&l);
		step_signals(&l);
	}
	end_poll(&l);
	job_free(l.job);
	curl_multi_cleanup(l.multi);
	free(l.bin);
}
