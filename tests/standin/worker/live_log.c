#include "tests/standin/worker/live_log.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/standin/shared/base64.h"
#include "tests/standin/shared/clock.h"
#include "tests/standin/shared/http.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define WAIT_MS 10000
#define CHUNK 1024
#define LINE_MAX_SHOWN 1024
#define OP_TEXT 1
#define OP_CLOSE 8
#define FINAL 0x80

static int wait_socket(CURL *easy, short events)
{
	struct pollfd pfd = {.events = events};

	if (curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &pfd.fd) != CURLE_OK)
		return -1;
	return poll(&pfd, 1, WAIT_MS) > 0 ? 0 : -1;
}

static int send_all(CURL *easy, const char *data, size_t len)
{
	while (len > 0) {
		size_t sent = 0;
		CURLcode code = curl_easy_send(easy, data, len, &sent);

		if (code != CURLE_OK && (code != CURLE_AGAIN || wait_socket(easy, POLLOUT) < 0))
			return -1;
		data += sent;
		len -= sent;
	}
	return 0;
}

/* The server's answer, up to the empty line; it says nothing more until it is spoken to. */
static int read_answer(CURL *easy)
{
	char answer[4096];
	size_t used = 0;

	while (used < sizeof answer - 1) {
		size_t got = 0;
		CURLcode code = curl_easy_recv(easy, answer + used, sizeof answer - 1 - used, &got);

		if (code != CURLE_OK && (code != CURLE_AGAIN || wait_socket(easy, POLLIN) < 0))
			return -1;
		if (code == CURLE_OK && got == 0)
			return -1;
		used += got;
		answer[used] = '\0';
		if (strstr(answer, "\r\n\r\n") != NULL)
			return strncmp(answer, "HTTP/1.1 101 ", 13) == 0 ? 0 : -1;
	}
	return -1;
}

static void disconnect(struct live_log *live)
{
	if (live->easy != NULL)
		curl_easy_cleanup(live->easy);
	live->easy = NULL;
}

static int shake_hands(struct live_log *live, const char *host, const char *path)
{
	unsigned char nonce[16];
	_cleanup_(freep) char *key = NULL;
	_cleanup_(freep) char *request = NULL;

	if (getrandom(nonce, sizeof nonce, 0) != sizeof nonce)
		return -1;
	key = base64_encode(nonce, sizeof nonce, false);
	request = format("GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
			 "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\nAuthorization: %s\r\n\r\n",
		path, host, key == NULL ? "" : key, live->authorization);
	return request == NULL || send_all(live->easy, request, strlen(request)) < 0 ? -1 : read_answer(live->easy);
}

/* ws://HOST/PATH is http://HOST to curl, which only makes the connection. */
static int connect_to(struct live_log *live, struct error *err)
{
	bool secure = strncmp(live->url, "wss://", 6) == 0;
	const char *host = strstr(live->url, "://"), *path = host == NULL ? NULL : strchr(host + 3, '/');
	_cleanup_(freep) char *name = path == NULL ? NULL : strndup(host + 3, (size_t)(path - host - 3));
	_cleanup_(freep) char *url = name == NULL ? NULL : format("http%s://%s", secure ? "s" : "", name);

	if (url == NULL)
		return error_set(err, 0, "%s: no websocket URL", live->url);
	live->easy = http_connect(url, WAIT_MS, err);
	if (live->easy == NULL)
		return -1;
	if (shake_hands(live, name, path) == 0)
		return 0;
	disconnect(live);
	return error_set(err, 0, "%s: no websocket", live->url);
}

void live_log_open(struct live_log *live)
{
	struct error err;

	live->lines = json_array();
	if (live->url != NULL && connect_to(live, &err) < 0) {
		free(live->url);
		live->url = NULL;
	}
}

static int send_frame(CURL *easy, int head, const char *data, size_t len)
{
	char frame[8 + CHUNK] = {(char)head};
	size_t at = 2;

	if (len < 126) {
		frame[1] = (char)(0x80 | len);
	} else {
		frame[1] = (char)(0x80 | 126);
		frame[at++] = (char)(len >> 8);
		frame[at++] = (char)(len & 0xff);
	}
	if (getrandom(frame + at, 4, 0) != 4)
		return -1;
	for (size_t i = 0; i < len; i++)
		frame[at + 4 + i] = (char)(data[i] ^ frame[at + i % 4]);
	return send_all(easy, frame, at + 4 + len);
}

/* One message, in pieces as the official runner sends it. */
static int send_text(CURL *easy, const char *text)
{
	size_t len = strlen(text);
	int opcode = OP_TEXT;

	for (size_t at = 0; at < len; at += CHUNK) {
		size_t piece = len - at < CHUNK ? len - at : CHUNK;

		if (send_frame(easy, opcode | (at + piece == len ? FINAL : 0), text + at, piece) < 0)
			return -1;
		opcode = 0;
	}
	return 0;
}

size_t live_log_waiting(const struct live_log *live)
{
	return json_array_size(live->lines);
}

int live_log_flush(struct live_log *live, struct error *err)
{
	json_t *message;
	_cleanup_(freep) char *text = NULL;
	int rc = -1;

	if (live->url == NULL || json_array_size(live->lines) == 0)
		return 0;
	message = json_pack("{s:I, s:O, s:s}", "count", (json_int_t)json_array_size(live->lines), "value", live->lines,
		"stepId", live->step);
	text = json_dumps(message, JSON_COMPACT);
	json_decref(message);
	json_array_clear(live->lines);
	for (int tries = 0; text != NULL && tries < 2 && rc < 0; tries++) {
		if (live->easy == NULL && connect_to(live, err) < 0)
			break;
		rc = send_text(live->easy, text);
		if (rc < 0)
			disconnect(live);
	}
	if (rc == 0)
		return 0;
	free(live->url);
	live->url = NULL;
	return error_set(err, 0, "the live log has ended");
}

void live_log_line(struct live_log *live, const char *step, const char *line)
{
	size_t len = strnlen(line, LINE_MAX_SHOWN + 1);
	_cleanup_(freep) char *cut = NULL;
	json_t *text;
	struct error err;

	if (len > LINE_MAX_SHOWN) {
		for (len = LINE_MAX_SHOWN; len > 0 && ((unsigned char)line[len] & 0xc0) == 0x80;)
			len--;
		cut = format("%.*s...", (int)len, line);
	}
	text = live->url == NULL ? NULL : json_string(cut == NULL ? line : cut);
	if (text == NULL)
		return;
	if (live->step == NULL || strcmp(live->step, step) != 0) {
		(void)live_log_flush(live, &err);
		free(live->step);
		live->step = strdup(step);
	}
	json_array_append_new(live->lines, text);
}

void live_log_close(struct live_log *live)
{
	struct error err;

	(void)live_log_flush(live, &err);
	if (live->easy != NULL)
		(void)send_frame(live->easy, OP_CLOSE | FINAL, "", 0);
	disconnect(live);
	json_decref(live->lines);
	free(live->url);
	free(live->step);
	memset(live, 0, sizeof *live);
}
