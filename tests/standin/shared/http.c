#include "tests/standin/shared/http.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/standin/shared/version.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define REPLY_MAX ((size_t)64 << 20)

int http_start(struct error *err)
{
	if (curl_global_init(CURL_GLOBAL_ALL) != CURLE_OK)
		return error_set(err, 0, "curl: cannot start");
	return 0;
}

static size_t collect(char *data, size_t size, size_t count, void *user)
{
	struct http_reply *reply = user;
	size_t more = size * count;
	char *grown;

	if (more > REPLY_MAX - reply->len)
		return 0;
	grown = realloc(reply->body, reply->len + more + 1);
	if (grown == NULL)
		return 0;
	memcpy(grown + reply->len, data, more);
	reply->body = grown;
	reply->len += more;
	grown[reply->len] = '\0';
	return more;
}

/* The official runner's sockets are close-on-exec: a Worker or a step must not find one among its descriptors. */
static curl_socket_t open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
	(void)user;
	(void)purpose;
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static int add_header(struct curl_slist **list, const char *name, const char *value)
{
	_cleanup_(freep) char *line = format("%s: %s", name, value);
	struct curl_slist *longer = line == NULL ? NULL : curl_slist_append(*list, line);

	if (longer == NULL)
		return -1;
	*list = longer;
	return 0;
}

static int add_headers(struct http_exchange *exchange, const struct http_request *request)
{
	const char *extra = getenv("GITHUB_ACTIONS_RUNNER_EXTRA_USER_AGENT");
	_cleanup_(freep) char *agent = format("GitHubActionsRunner-linux-x64/" RUNNER_VERSION "%s%s",
		extra == NULL ? "" : " ", extra == NULL ? "" : extra);
	int rc = agent == NULL ? -1 : add_header(&exchange->headers, "User-Agent", agent);

	rc |= add_header(&exchange->headers, "Accept", "application/json");
	/* Without this, curl asks the server's leave before it sends a long body. */
	rc |= add_header(&exchange->headers, "Expect", "");
	if (request->authorization != NULL)
		rc |= add_header(&exchange->headers, "Authorization", request->authorization);
	if (request->body != NULL)
		rc |= add_header(&exchange->headers, "Content-Type",
			request->content_type == NULL ? "application/json" : request->content_type);
	if (request->header != NULL && rc == 0) {
		struct curl_slist *longer = curl_slist_append(exchange->headers, request->header);

		if (longer == NULL)
			return -1;
		exchange->headers = longer;
	}
	return rc;
}

/* What holds for every connection. */
static void set_connection(CURL *easy, const char *url)
{
	const char *insecure = getenv("GITHUB_ACTIONS_RUNNER_TLS_NO_VERIFY");

	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	/* The official runner never asks a proxy for a loopback address; here there are no others in plain http. */
	if (strncmp(url, "http://", 7) == 0)
		curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	if (insecure != NULL && strcmp(insecure, "1") == 0) {
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
	}
}

CURL *http_connect(const char *url, long limit_ms, struct error *err)
{
	CURL *easy = curl_easy_init();
	CURLcode code;

	if (easy == NULL) {
		error_set(err, ENOMEM, "%s", url);
		return NULL;
	}
	set_connection(easy, url);
	curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, limit_ms);
	code = curl_easy_perform(easy);
	if (code == CURLE_OK)
		return easy;
	error_set(err, 0, "%s: %s", url, curl_easy_strerror(code));
	curl_easy_cleanup(easy);
	return NULL;
}

int http_prepare(struct http_exchange *exchange, const struct http_request *request, struct error *err)
{
	CURL *easy;

	memset(exchange, 0, sizeof *exchange);
	easy = curl_easy_init();
	exchange->easy = easy;
	exchange->reply.body = calloc(1, 1);
	if (easy == NULL || exchange->reply.body == NULL || add_headers(exchange, request) < 0) {
		http_exchange_end(exchange);
		return error_set(err, ENOMEM, "%s", request->url);
	}
	set_connection(easy, request->url);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT, request->timeout_s == 0 ? 60L : request->timeout_s);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, exchange->headers);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, collect);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, &exchange->reply);
	if (request->body != NULL) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(request->body));
		curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, request->body);
	}
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
	return 0;
}

#define FDS_MAX 1024

CURLM *http_multi(void)
{
	bool open_before[FDS_MAX];
	CURLM *multi;

	for (int fd = 0; fd < FDS_MAX; fd++)
		open_before[fd] = fcntl(fd, F_GETFD) >= 0;
	multi = curl_multi_init();
	for (int fd = 0; fd < FDS_MAX; fd++)
		if (!open_before[fd] && fcntl(fd, F_GETFD) >= 0)
			fcntl(fd, F_SETFD, FD_CLOEXEC);
	return multi;
}

void http_exchange_end(struct http_exchange *exchange)
{
	if (exchange->easy != NULL)
		curl_easy_cleanup(exchange->easy);
	curl_slist_free_all(exchange->headers);
	http_reply_free(&exchange->reply);
	memset(exchange, 0, sizeof *exchange);
}

void http_reply_free(struct http_reply *reply)
{
	free(reply->body);
	memset(reply, 0, sizeof *reply);
}

int http_call(const struct http_request *request, struct http_reply *reply, struct error *err)
{
	struct http_exchange exchange;
	CURLcode code;

	memset(reply, 0, sizeof *reply);
	if (http_prepare(&exchange, request, err) < 0)
		return -1;
	code = curl_easy_perform(exchange.easy);
	if (code == CURLE_OK) {
		curl_easy_getinfo(exchange.easy, CURLINFO_RESPONSE_CODE, &exchange.reply.status);
		*reply = exchange.reply;
		memset(&exchange.reply, 0, sizeof exchange.reply);
	}
	http_exchange_end(&exchange);
	return code == CURLE_OK
		       ? 0
		       : error_set(err, 0, "%s %s: %s", request->method, request->url, curl_easy_strerror(code));
}

int http_json(const struct http_request *request, json_t **result, long *status, struct error *err)
{
	_cleanup_(http_reply_free) struct http_reply reply = {0};

	if (status != NULL)
		*status = 0;
	if (http_call(request, &reply, err) < 0)
		return -1;
	if (status != NULL)
		*status = reply.status;
	if (reply.status / 100 != 2)
		return error_set(
			err, 0, "%s %s: status %ld: %.200s", request->method, request->url, reply.status, reply.body);
	if (result == NULL)
		return 0;
	*result = json_loadb(reply.body, reply.len, 0, NULL);
	if (*result == NULL)
		return error_set(err, 0, "%s %s: the answer is not JSON", request->method, request->url);
	return 0;
}

char *http_escape(const char *text)
{
	char *escaped = curl_easy_escape(NULL, text, 0);
	char *copy = escaped == NULL ? NULL : strdup(escaped);

	curl_free(escaped);
	return copy;
}
