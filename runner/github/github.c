#include "runner/github/github.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "runner/common/log.h"
#include "runner/common/wipe.h"
#include "runner/github/errors.h"
#include "runner/github/pace.h"
#include "runner/github/ratelimit.h"
#include "runner/github/shared_list.h"
#include "runner/github/transport.h"
#include "runner/github/usage.h"

#include <curl/curl.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define ANSWER_MAX ((size_t)8 << 20)
#define CONNECT_LIMIT_MS (GITHUB_CONNECT_S * 1000L)
#define CALL_LIMIT_MS 60000L
/* What a call that changes something may still take after a stop. GitHub itself takes ten seconds at most. */
#define FINISH_NS (11 * NS_PER_S)
#define RETRY_FIRST_NS (NS_PER_S / 2)
#define RETRY_MOST_NS (30 * NS_PER_S)
#define GARBLED_MAX 3 /* answers in a row that are no JSON: what is in between may mean it */
#define REDIRECTS_MAX 3
#define FRESH_MAX 3 /* tries after which a fresh token is refused for another reason: 7 s */
#define SAY_WAIT_NS (5 * NS_PER_S)

/* What is asked for, in all its attempts. */
struct request {
	const char *method, *path;
	char *url;        /* owned */
	const char *body; /* or NULL */
	int64_t end_ns;
	unsigned tries, redirects, garbled, fresh;
	bool renewed; /* the token was, for a 401 */
};

/* One attempt. */
struct exchange {
	struct github *github;
	char *answer; /* from the wiping heap */
	size_t len;
	struct ratelimit limit;
	time_t date;    /* -1: none */
	char etag[128]; /* or "" */
	char *moved;    /* where a redirect within the server leads, or NULL; owned */
	int64_t sent_ns;
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
	return pace_share(err) < 0 ? -1 : shared_list_share(err);
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

static void forget_list(struct github *github)
{
	free(github->list_path);
	free(github->list_etag);
	json_decref(github->list);
	github->list_path = github->list_etag = NULL;
	github->list = NULL;
}

void github_know_list(struct github *github, const char *path, const char *etag, json_t *list)
{
	forget_list(github);
	github->list_path = strdup(path);
	github->list_etag = strdup(etag);
	if (github->list_path != NULL && github->list_etag != NULL)
		github->list = list;
	else
		json_decref(list);
}

void github_close(struct github *github)
{
	if (github->curl != NULL)
		curl_easy_cleanup(github->curl);
	github->curl = NULL;
	forget_list(github);
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

/* Copies the value of the header `name`, with its colon. False: another line, or longer. */
static bool header_value(const char *line, size_t len, const char *name, char *to, size_t size)
{
	const size_t skip = strlen(name);

	if (len < skip || strncasecmp(line, name, skip) != 0)
		return false;
	line += skip;
	len -= skip;
	while (len > 0 && strchr(" \t", *line) != NULL) {
		line++;
		len--;
	}
	while (len > 0 && strchr(" \t\r\n", line[len - 1]) != NULL)
		len--;
	if (len >= size)
		return false;
	memcpy(to, line, len);
	to[len] = '\0';
	return true;
}

/* RFC 9110, sections 6.6.1 and 8.8.3 */
static void read_date(struct exchange *x, const char *line, size_t len)
{
	char value[64];

	if (header_value(line, len, "date:", value, sizeof value))
		x->date = curl_getdate(value, NULL);
}

/* RFC 9110, section 8.8.3: what is no tag of these characters is none, for it is sent back. */
static void read_etag(struct exchange *x, const char *line, size_t len)
{
	if (!header_value(line, len, "etag:", x->etag, sizeof x->etag))
		return;
	for (const char *p = x->etag; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~') {
			x->etag[0] = '\0';
			return;
		}
}

static size_t on_header(char *data, size_t size, size_t n, void *context)
{
	struct exchange *x = context;

	ratelimit_header(&x->limit, data, size * n);
	read_date(x, data, size * n);
	read_etag(x, data, size * n);
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

static bool is_known(const struct github *github, const struct request *request)
{
	return github->list != NULL && strcmp(request->method, "GET") == 0 &&
	       strcmp(github->list_path, request->path) == 0;
}

/* The list and its strings are libcurl's memory: wiped when freed. */
static struct curl_slist *headers(const struct github *github, const struct request *request)
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
	if (request->body != NULL)
		list = curl_slist_append(list, "Content-Type: application/json");
	if (is_known(github, request)) {
		char condition[sizeof((struct exchange *)0)->etag + 32];

		snprintf(condition, sizeof condition, "If-None-Match: %s", github->list_etag);
		list = curl_slist_append(list, condition);
	}
	list = curl_slist_append(list, "Expect:"); /* no 100-continue round trip */
	return list;
}

static void set_options(struct exchange *x, const struct request *request, struct curl_slist *list, int64_t left_ns)
{
	CURL *curl = x->github->curl;
	long limit_ms = left_ns / 1000000 < CALL_LIMIT_MS ? (long)(left_ns / 1000000) : CALL_LIMIT_MS;

	curl_easy_reset(curl);
	curl_easy_setopt(curl, CURLOPT_URL, request->url);
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
	if (request->body != NULL)
		curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, request->body);
	else if (strcmp(request->method, "POST") == 0)
		curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, "");
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
	/* libcurl follows no redirect, which could carry the token elsewhere. */
	transport_secure(curl, request->url);
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

/* In one line. What is no JSON, but a page for people, comes from a proxy or another server. */
static void read_message(const struct exchange *x, struct github_reply *reply)
{
	const char *message = json_string_value(json_object_get(reply->body, "message"));
	const char *start = x->answer != NULL ? x->answer + strspn(x->answer, " \t\r\n") : "";
	char *to = reply->message;

	if (message == NULL)
		message = reply->body == NULL && *start == '<' ? GITHUB_IS_HTML : "";
	for (; *message != '\0' && to < reply->message + sizeof reply->message - 1; message++) {
		const bool blank = *message == '\n' || *message == '\r' || *message == ' ';

		if (!blank || (to > reply->message && to[-1] != ' '))
			*to++ = blank ? ' ' : *message;
	}
	*to = '\0';
}

/* A list that is as it was, or is kept for the next time. */
static void use_list(const struct exchange *x, const struct request *request, struct github_reply *reply)
{
	struct github *github = x->github;

	if (reply->status == 304 && is_known(github, request)) {
		json_decref(reply->body);
		reply->body = json_incref(github->list);
		reply->status = 200;
	} else if (reply->status == 200 && x->etag[0] != '\0' && json_is_object(reply->body) &&
		   strcmp(request->method, "GET") == 0) {
		github_know_list(github, request->path, x->etag, json_incref(reply->body));
	} else if (reply->status == 200 && is_known(github, request)) {
		forget_list(github); /* the tag was an earlier list's */
	}
}

/* RFC 9110, section 15.4: of the first two, a call that changes something may become another. */
static bool may_follow(const struct exchange *x, long status)
{
	return status == 307 || status == 308 || ((status == 301 || status == 302) && !x->changes);
}

static void read_answer(struct exchange *x, const struct request *request, struct github_reply *reply)
{
	const char *to = NULL;

	curl_easy_getinfo(x->github->curl, CURLINFO_RESPONSE_CODE, &reply->status);
	curl_easy_getinfo(x->github->curl, CURLINFO_REDIRECT_URL, &to);
	if (to != NULL && may_follow(x, reply->status) && transport_same_origin(x->github->api, to))
		x->moved = strdup(to);
	reply->as = x->github->as;
	reply->date_s = x->date > 0 ? x->date : 0;
	reply->body = x->len > 0 ? json_loadb(x->answer, x->len, 0, NULL) : NULL;
	read_message(x, reply);
	use_list(x, request, reply);
}

/* Whether the connection stood, with its proxy and its encryption, so that the request may have left. */
static bool was_sent(CURL *curl)
{
	curl_off_t usec = 0;

	return curl_easy_getinfo(curl, CURLINFO_PRETRANSFER_TIME_T, &usec) != CURLE_OK || usec > 0;
}

static CURLcode attempt(struct exchange *x, const struct request *request, struct github_reply *reply)
{
	struct curl_slist *list = headers(x->github, request);
	CURLcode code = CURLE_OUT_OF_MEMORY;

	x->len = 0;
	x->limit = (struct ratelimit){-1, -1, -1};
	x->date = -1;
	x->why[0] = x->etag[0] = '\0';
	x->sent_ns = pace_now_ns();
	if (list != NULL) {
		set_options(x, request, list, request->end_ns - clock_monotonic_ns());
		code = curl_easy_perform(x->github->curl);
	}
	if (code == CURLE_OK)
		read_answer(x, request, reply);
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

static uint32_t random_number(void)
{
	uint32_t number = 0;

	/* Whatever it is: it only spreads. */
	if (getrandom(&number, sizeof number, GRND_NONBLOCK) != (ssize_t)sizeof number)
		number = (uint32_t)clock_monotonic_ns();
	return number;
}

/* The answer is a rate limit, for all slots. How long it lasts; -1: it is none. */
static int64_t limit_ns(const struct exchange *x, const struct github_reply *reply)
{
	struct pace *pace = pace_shared();
	/* The reset is of GitHub's clock, and ours may be another. */
	const int64_t now_s = reply->date_s != 0 ? reply->date_s : time(NULL);
	int64_t wait_s = ratelimit_wait_s(&x->limit, reply->status, reply->message, 0, now_s);

	if (wait_s < 0) {
		pace_well(pace, x->sent_ns);
		return -1;
	}
	if (!ratelimit_has_time(&x->limit))
		wait_s = ratelimit_wait_s(
			&x->limit, reply->status, reply->message, pace_strike(pace, x->sent_ns, pace_now_ns()), now_s);
	pace_hold(pace, wait_s * NS_PER_S, pace_now_ns());
	return wait_s * NS_PER_S;
}

static bool is_garbled(const struct exchange *x, const struct github_reply *reply)
{
	return !x->changes && reply->status >= 200 && reply->status < 300 && reply->body == NULL;
}

/* Decides what follows one attempt: how long to wait before the next, or -1: the answer stands. */
static int64_t next_wait(const struct exchange *x, CURLcode code, struct github_reply *reply, struct request *request)
{
	int64_t limited;

	reply->limited = false;
	if (code != CURLE_OK)
		return transport_is_transient(code)
			       ? ratelimit_spread_ns(back_off(request->tries), false, random_number())
			       : -1;
	limited = limit_ns(x, reply);
	reply->limited = limited >= 0;
	if (limited >= 0)
		return ratelimit_spread_ns(limited, true, random_number());
	if (reply->status < 500 && (!is_garbled(x, reply) || request->garbled++ >= GARBLED_MAX))
		return -1;
	return ratelimit_spread_ns(back_off(request->tries), false, random_number());
}

static int no_answer(const struct exchange *x, CURLcode code, struct error *err)
{
	const char *remedy = transport_remedy(code);

	if (code == CURLE_ABORTED_BY_CALLBACK)
		return error_set(err, EINTR, "%s", x->github->api);
	error_set(err, 0, "%s: %s", x->github->api, x->why[0] != '\0' ? x->why : curl_easy_strerror(code));
	return remedy != NULL ? error_hint(err, "%s", remedy) : -1;
}

static int64_t cost_ns(const char *method)
{
	if (strcmp(method, "GET") == 0)
		return PACE_READ_NS;
	return strcmp(method, "POST") == 0 ? PACE_CREATE_NS : PACE_CHANGE_NS;
}

int github_await_turn(struct github *github, const char *what, const char *method, int64_t bound_ns, struct error *err)
{
	const int64_t end = clock_monotonic_ns() + bound_ns;

	for (bool said = false;; said = true) {
		const int64_t wait = pace_take(pace_shared(), cost_ns(method), pace_now_ns());

		if (wait == 0)
			return 0;
		if (wait > end - clock_monotonic_ns()) {
			error_set(err, 0, "%s: rate limited by GitHub, which all slots obey, for %lld s more", what,
				(long long)(wait / NS_PER_S) + 1);
			return error_hint(
				err, "all that uses the same credential is counted: wait, or use fewer slots");
		}
		if (wait >= SAY_WAIT_NS && !said)
			log_line("%s %s: rate limited by GitHub, which all slots obey: waiting %lld s", method, what,
				(long long)(wait / NS_PER_S) + 1);
		if (stop_sleep(github->stop, wait))
			return error_set(err, EINTR, "%s", github->api);
	}
}

/* What has to be there before each try. As github_call(). */
static int before_try(struct github *github, const struct request *request, bool anew, struct error *err)
{
	if (github->renew != NULL &&
		github->renew(github->renews, anew, request->end_ns - clock_monotonic_ns(), err) < 0)
		return -1;
	if (github_await_turn(github, request->path, request->method, request->end_ns - clock_monotonic_ns(), err) < 0)
		return -1;
	return github->before_try != NULL ? github->before_try(github->context, err) : 0;
}

/* Each server of GitHub learns of a token in its own time, and refuses it until then. How long to wait, or -1: it is
 * refused. What is not there cannot be deleted: the list has the last word on that. */
static int64_t fresh_wait(const struct exchange *x, const struct github_reply *reply, struct request *request)
{
	const struct github *github = x->github;
	const bool refused = reply->status == 401 || reply->status == 403 ||
			     (reply->status == 404 && strcmp(request->method, "DELETE") != 0);

	if (!refused || github->is_fresh == NULL || request->fresh == FRESH_MAX || !github->is_fresh(github->renews))
		return -1;
	return NS_PER_S << request->fresh++;
}

/* The same call again at the address that the server gives. */
static bool follow(struct exchange *x, struct request *request)
{
	if (x->moved == NULL || request->redirects == REDIRECTS_MAX)
		return false;
	request->redirects++;
	free(request->url);
	request->url = take_ptr(x->moved);
	return true;
}

static void say_wait(const struct exchange *x, const struct request *request, CURLcode code,
	const struct github_reply *reply, int64_t wait)
{
	const char *why = code != CURLE_OK      ? x->why
			  : reply->limited      ? "rate limited by GitHub"
			  : reply->status < 500 ? "the answer is no JSON"
						: "server error";

	if (wait >= SAY_WAIT_NS)
		log_line("%s %s: %s%s%s: waiting %lld s", request->method, request->path, why,
			code == CURLE_OK && reply->message[0] != '\0' ? ": " : "",
			code == CURLE_OK ? reply->message : "", (long long)(wait / NS_PER_S));
}

/* Until an answer stands. */
static CURLcode try_until(
	struct exchange *x, struct request *request, struct github_reply *reply, bool *ready, struct error *err)
{
	CURLcode code;
	bool anew = false;

	for (;; request->tries++) {
		int64_t wait;

		*ready = before_try(x->github, request, anew, err) == 0;
		if (!*ready)
			return CURLE_OK;
		anew = false;
		freep(&x->moved);
		code = attempt(x, request, reply);
		wait = next_wait(x, code, reply, request);
		github_usage_add(code == CURLE_OK ? reply->status : 0, reply->limited, &x->limit);
		if (code == CURLE_OK && wait < 0)
			wait = fresh_wait(x, reply, request);
		/* One that was revoked before its time. */
		if (code == CURLE_OK && wait < 0 && reply->status == 401 && x->github->renew != NULL &&
			!request->renewed) {
			request->renewed = anew = true;
			request->fresh = 0;
			wait = 0;
		}
		if (code == CURLE_OK && follow(x, request))
			wait = 0;
		if (wait < 0 || wait > request->end_ns - clock_monotonic_ns())
			return code;
		say_wait(x, request, code, reply, wait);
		json_decref(reply->body);
		reply->body = NULL;
		if (stop_sleep(x->github->stop, wait))
			return CURLE_ABORTED_BY_CALLBACK;
	}
}

int github_call(struct github *github, const char *method, const char *path, const json_t *body, int64_t bound_ns,
	struct github_reply *reply, struct error *err)
{
	_cleanup_(wipe_freep) char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
	struct request request = {.method = method,
		.path = path,
		.body = text,
		.url = format("%s%s", github->api, path),
		.end_ns = clock_monotonic_ns() + bound_ns};
	struct exchange x = {.github = github, .changes = strcmp(method, "GET") != 0};
	bool ready = false;
	CURLcode code;

	memset(reply, 0, sizeof *reply);
	if (request.url == NULL || (body != NULL && text == NULL)) {
		free(request.url);
		return error_set(err, ENOMEM, "%s", path);
	}
	code = try_until(&x, &request, reply, &ready, err);
	free(request.url);
	free(x.moved);
	if (!ready)
		return -1;
	if (code != CURLE_OK)
		return no_answer(&x, code, err);
	if (!is_garbled(&x, reply) || reply->status == 204)
		return 0;
	error_set(err, 0, "%s%s: HTTP %ld: %s", github->api, path, reply->status,
		reply->message[0] != '\0' ? reply->message : "the answer is no JSON");
	return error_hint(err, "check GITHUB_API_URL and https_proxy");
}

void github_reply_free(struct github_reply *reply)
{
	json_decref(reply->body);
	memset(reply, 0, sizeof *reply);
}
