#include "runner/github/github.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "runner/common/log.h"
#include "runner/common/wipe.h"
#include "runner/github/ratelimit.h"
#include "runner/github/transport.h"
#include "runner/github/usage.h"

#include <curl/curl.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <string.h>
#include <time.h>

#define ANSWER_MAX ((size_t)8 << 20)
#define CONNECT_LIMIT_MS (GITHUB_CONNECT_S * 1000L)
#define CALL_LIMIT_MS 60000L
/* What a call that changes something may still take after a stop. GitHub itself takes ten seconds at most. */
#define FINISH_NS (11 * NS_PER_S)
#define RETRY_FIRST_NS (NS_PER_S / 2)
#define RETRY_MOST_NS (30 * NS_PER_S)

/* One attempt. */
struct exchange {
	struct github *github;
	char *answer; /* from the wiping heap */
	size_t len;
	struct ratelimit limit;
	time_t date; /* -1: none */
	char why[CURL_ERROR_SIZE];
	bool changes;       /* the call is none that only reads */
	int64_t stopped_ns; /* when a stop was first noticed; 0: not yet */
};

static void *crypto_malloc(size_t size, const char *file, int line)
{
	(void)file, (void)line;
	return wipe_malloc(size);
}

static void *crypto_realloc(void *old, size_t size, const char *file, int line)
{
	(void)file, (void)line;
	return wipe_realloc(old, size);
}

static void crypto_free(void *old, const char *file, int line)
{
	(void)file, (void)line;
	wipe_free(old);
}

int github_global_init(struct error *err)
{
	/* Before libcurl, which uses it, too. */
	if (CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free) != 1)
		return error_set(err, 0, "libcrypto: initialization failed");
	json_set_alloc_funcs(wipe_malloc, wipe_free);
	if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, wipe_malloc, wipe_free, wipe_realloc, wipe_strdup, wipe_calloc) !=
		CURLE_OK)
		return error_set(err, 0, "libcurl: initialization failed");
	return 0;
}

int github_open(struct github *github, const char *api, const char *scheme, const struct secret *token,
	struct stop *stop, struct error *err)
{
	github->api = api;
	github->scheme = scheme;
	github->token = token;
	github->stop = stop;
	github->curl = curl_easy_init();
	return github->curl != NULL ? 0 : error_set(err, 0, "libcurl: initialization failed");
}

void github_close(struct github *github)
{
	if (github->curl != NULL)
		curl_easy_cleanup(github->curl);
	github->curl = NULL;
}

static size_t on_body(char *data, size_t size, size_t n, void *context)
{
	struct exchange *x = context;
	size_t len = size * n;
	char *grown;

	if (len > ANSWER_MAX - x->len)
		return 0; /* CURLE_WRITE_ERROR */
	grown = wipe_realloc(x->answer, x->len + len + 1);
	if (grown == NULL)
		return 0;
	memcpy(grown + x->len, data, len);
	x->len += len;
	grown[x->len] = '\0';
	x->answer = grown;
	return len;
}

/* RFC 9110, section 6.6.1 */
static void read_date(struct exchange *x, const char *line, size_t len)
{
	static const char name[] = "date:";
	char value[64];

	if (len <= sizeof name || len - sizeof name >= sizeof value || strncasecmp(line, name, sizeof name - 1) != 0)
		return;
	snprintf(value, sizeof value, "%.*s", (int)(len - (sizeof name - 1)), line + sizeof name - 1);
	x->date = curl_getdate(value, NULL);
}

static size_t on_header(char *data, size_t size, size_t n, void *context)
{
	struct exchange *x = context;

	ratelimit_header(&x->limit, data, size * n);
	read_date(x, data, size * n);
	return size * n;
}

/* libcurl calls this at least once a second, also while nothing moves. */
static int on_progress(void *context, curl_off_t dltotal, curl_off_t dlnow, curl_off_t ultotal, curl_off_t ulnow)
{
	struct exchange *x = context;
	const struct stop *stop = x->github->stop;

	(void)dltotal, (void)dlnow, (void)ultotal, (void)ulnow;
	if (!stop_poll(x->github->stop))
		return 0;
	if (x->stopped_ns == 0)
		x->stopped_ns = clock_monotonic_ns();
	return !x->changes || stop->step > stop->bound || clock_monotonic_ns() - x->stopped_ns > FINISH_NS;
}

/* The list and its strings are libcurl's memory: wiped when freed. */
static struct curl_slist *headers(const struct github *github, bool has_body)
{
	size_t size = sizeof "Authorization:  " + strlen(github->scheme) + github->token->len;
	char *authorization = wipe_malloc(size);
	struct curl_slist *list = NULL;

	if (authorization == NULL)
		return NULL;
	snprintf(authorization, size, "Authorization: %s %s", github->scheme, github->token->text);
	list = curl_slist_append(list, authorization);
	wipe_free(authorization);
	list = curl_slist_append(list, "Accept: application/vnd.github+json");
	list = curl_slist_append(list, "X-GitHub-Api-Version: 2022-11-28");
	if (has_body)
		list = curl_slist_append(list, "Content-Type: application/json");
	list = curl_slist_append(list, "Expect:"); /* no 100-continue round trip */
	return list;
}

static void set_options(struct exchange *x, const char *method, const char *url, const char *body,
	struct curl_slist *list, int64_t left_ns)
{
	CURL *curl = x->github->curl;
	long limit_ms = left_ns / 1000000 < CALL_LIMIT_MS ? (long)(left_ns / 1000000) : CALL_LIMIT_MS;

	curl_easy_reset(curl);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
	if (body != NULL)
		curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, body);
	else if (strcmp(method, "POST") == 0)
		curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, "");
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
	/* A redirect would carry the token elsewhere: none is followed. */
	transport_secure(curl, url);
	/* On a connection that it has had before, libcurl sends again what got no answer, without a word. */
	curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, x->changes ? 1L : 0L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_LIMIT_MS);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, limit_ms > 0 ? limit_ms : 1L);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, x);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, x);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(curl, CURLOPT_XFERINFODATA, x);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, x->why);
}

static void read_answer(const struct exchange *x, struct github_reply *reply)
{
	const char *message;

	curl_easy_getinfo(x->github->curl, CURLINFO_RESPONSE_CODE, &reply->status);
	reply->date_s = x->date > 0 ? x->date : 0;
	reply->body = x->len > 0 ? json_loadb(x->answer, x->len, 0, NULL) : NULL;
	message = json_string_value(json_object_get(reply->body, "message"));
	snprintf(reply->message, sizeof reply->message, "%s", message != NULL ? message : "");
}

/* Whether the connection stood, with its proxy and its encryption, so that the request may have left. */
static bool was_sent(CURL *curl)
{
	curl_off_t usec = 0;

	return curl_easy_getinfo(curl, CURLINFO_PRETRANSFER_TIME_T, &usec) != CURLE_OK || usec > 0;
}

static CURLcode attempt(struct exchange *x, const char *method, const char *url, const char *body, int64_t left_ns,
	struct github_reply *reply)
{
	struct curl_slist *list = headers(x->github, body != NULL);
	CURLcode code = CURLE_OUT_OF_MEMORY;

	x->len = 0;
	x->limit = (struct ratelimit){-1, -1, -1};
	x->date = -1;
	x->why[0] = '\0';
	if (list != NULL) {
		set_options(x, method, url, body, list, left_ns);
		code = curl_easy_perform(x->github->curl);
	}
	if (code == CURLE_OK)
		read_answer(x, reply);
	if ((code != CURLE_OK && was_sent(x->github->curl)) || (code == CURLE_OK && reply->status >= 500))
		reply->open_s = time(NULL);
	/* The handle must not keep what dies with this frame. */
	curl_easy_reset(x->github->curl);
	curl_slist_free_all(list);
	wipe_free(x->answer);
	x->answer = NULL;
	return code;
}

static int64_t back_off(unsigned tries)
{
	int64_t ns = RETRY_FIRST_NS;

	while (tries-- > 0 && ns < RETRY_MOST_NS)
		ns *= 2;
	return ns < RETRY_MOST_NS ? ns : RETRY_MOST_NS;
}

/* Decides what follows one attempt: how long to wait before the next, or -1: the answer stands. */
static int64_t next_wait(const struct exchange *x, CURLcode code, struct github_reply *reply, unsigned tries)
{
	int64_t limited;

	reply->limited = false;
	if (code != CURLE_OK)
		return transport_is_transient(code) ? back_off(tries) : -1;
	limited = ratelimit_wait_s(&x->limit, reply->status, reply->message, tries, time(NULL));
	reply->limited = limited >= 0;
	if (limited > INT64_MAX / NS_PER_S)
		limited = INT64_MAX / NS_PER_S;
	if (limited >= 0)
		return limited * NS_PER_S;
	return reply->status >= 500 ? back_off(tries) : -1;
}

static int no_answer(const struct exchange *x, CURLcode code, struct error *err)
{
	if (code == CURLE_ABORTED_BY_CALLBACK)
		return error_set(err, EINTR, "%s", x->github->api);
	return error_set(err, 0, "%s: %s", x->github->api, x->why[0] != '\0' ? x->why : curl_easy_strerror(code));
}

int github_call(struct github *github, const char *method, const char *path, const json_t *body, int64_t bound_ns,
	struct github_reply *reply, struct error *err)
{
	_cleanup_(freep) char *url = format("%s%s", github->api, path);
	struct exchange x = {.github = github, .changes = strcmp(method, "GET") != 0};
	int64_t end = clock_monotonic_ns() + bound_ns;
	_cleanup_(wipe_freep) char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
	CURLcode code = CURLE_OK;
	bool renewed = false, anew = false;

	memset(reply, 0, sizeof *reply);
	if (url == NULL || (body != NULL && text == NULL))
		return error_set(err, ENOMEM, "%s", path);
	for (unsigned tries = 0;; tries++) {
		int64_t left = end - clock_monotonic_ns(), wait;

		if (github->renew != NULL && github->renew(github->renews, anew, left, err) < 0)
			return -1;
		anew = false;
		if (github->before_try != NULL && github->before_try(github->context, err) < 0)
			return -1;
		code = attempt(&x, method, url, text, left, reply);
		wait = next_wait(&x, code, reply, tries);
		github_usage_add(code == CURLE_OK ? reply->status : 0, reply->limited, &x.limit);
		/* One that was revoked before its time. */
		if (code == CURLE_OK && reply->status == 401 && github->renew != NULL && !renewed) {
			renewed = anew = true;
			wait = 0;
		}
		if (wait < 0 || wait > end - clock_monotonic_ns())
			break;
		if (wait >= 5 * NS_PER_S)
			log_line("%s %s: %s: waiting %lld s", method, path,
				code != CURLE_OK       ? x.why
				: reply->status >= 500 ? "server error"
						       : "rate limited by GitHub",
				(long long)(wait / NS_PER_S));
		json_decref(reply->body);
		reply->body = NULL;
		if (stop_sleep(github->stop, wait)) {
			code = CURLE_ABORTED_BY_CALLBACK;
			break;
		}
	}
	return code == CURLE_OK ? 0 : no_answer(&x, code, err);
}

void github_reply_free(struct github_reply *reply)
{
	json_decref(reply->body);
	memset(reply, 0, sizeof *reply);
}
