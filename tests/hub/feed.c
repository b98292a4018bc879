#include "tests/hub/feed.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/hub/encode.h"
#include "tests/hub/jobs.h"
#include "tests/hub/memory.h"

#include <errno.h>
#include <openssl/evp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define MAGIC "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
#define MESSAGE_MAX ((size_t)4 << 20)
#define SLICE_MS 200

enum opcode { OP_CONTINUATION = 0, OP_TEXT = 1, OP_CLOSE = 8, OP_PING = 9, OP_PONG = 10 };

struct feed {
	struct store *store;
	int64_t job;
	int fd;
	char *early; /* what came with the request already */
	size_t early_len, early_used;
	char *message; /* the text received so far */
	size_t len;
};

/* Reads exactly `len` bytes. False when the peer is gone or the hub is stopping. */
static bool read_exactly(struct feed *feed, void *data, size_t len)
{
	char *to = data;

	while (len > 0) {
		size_t early = feed->early_len - feed->early_used;
		struct pollfd pfd = {.fd = feed->fd, .events = POLLIN};
		ssize_t n;

		if (early > 0) {
			n = (ssize_t)(early < len ? early : len);
			memcpy(to, feed->early + feed->early_used, (size_t)n);
			feed->early_used += (size_t)n;
		} else {
			if (poll(&pfd, 1, SLICE_MS) == 0) {
				bool stopping;

				store_lock(feed->store);
				stopping = feed->store->stopping;
				store_unlock(feed->store);
				if (stopping)
					return false;
				continue;
			}
			n = recv(feed->fd, to, len, MSG_DONTWAIT);
			if (n < 0 && (errno == EAGAIN || errno == EINTR))
				continue;
			if (n <= 0)
				return false;
		}
		to += n;
		len -= (size_t)n;
	}
	return true;
}

/* Control frames are short, and a socket takes them whole. */
static void send_control(const struct feed *feed, enum opcode opcode, const char *data, size_t len)
{
	char frame[2 + 125] = {(char)(0x80 | opcode), (char)len};

	memcpy(frame + 2, data, len);
	if (send(feed->fd, frame, len + 2, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		shutdown(feed->fd, SHUT_RDWR);
}

static void take_lines(struct feed *feed)
{
	json_t *message = json_loadb(feed->message, feed->len, 0, NULL);
	struct job *job;

	store_lock(feed->store);
	job = job_find(feed->store, feed->job);
	if (job != NULL && job->status == JOB_IN_PROGRESS)
		job_append_lines(job, json_object_get(message, "value"));
	store_changed(feed->store);
	store_unlock(feed->store);
	json_decref(message);
}

/* One frame (RFC 6455, 5.2). False when the connection is to be ended. */
static bool take_frame(struct feed *feed)
{
	unsigned char head[2], extended[8], mask[4];
	size_t len, start = feed->len;
	enum opcode opcode;
	char *grown;

	if (!read_exactly(feed, head, 2))
		return false;
	opcode = head[0] & 0x0f;
	len = head[1] & 0x7f;
	if (len >= 126) {
		size_t bytes = len == 126 ? 2 : 8;

		if (!read_exactly(feed, extended, bytes))
			return false;
		len = 0;
		for (size_t i = 0; i < bytes; i++)
			len = len << 8 | extended[i];
	}
	if ((head[1] & 0x80) == 0 || len > MESSAGE_MAX - feed->len || (opcode >= OP_CLOSE && len > 125))
		return false; /* a client masks what it sends */
	grown = must(realloc(feed->message, feed->len + len + 1));
	feed->message = grown;
	if (!read_exactly(feed, mask, 4) || !read_exactly(feed, grown + start, len))
		return false;
	for (size_t i = 0; i < len; i++)
		grown[start + i] = (char)(grown[start + i] ^ (char)mask[i % 4]);
	if (opcode == OP_CLOSE || opcode == OP_PING) {
		send_control(feed, opcode == OP_PING ? OP_PONG : OP_CLOSE, grown + start, len);
		return opcode == OP_PING;
	}
	if (opcode == OP_PONG)
		return true;
	feed->len += len;
	if ((head[0] & 0x80) != 0) {
		take_lines(feed);
		feed->len = 0;
	}
	return opcode == OP_TEXT || opcode == OP_CONTINUATION;
}

static void on_upgrade(void *cls, struct MHD_Connection *connection, void *request, const char *early, size_t early_len,
	MHD_socket fd, struct MHD_UpgradeResponseHandle *handle)
{
	struct feed *feed = cls;

	(void)connection;
	(void)request;
	feed->fd = fd;
	feed->early = must(malloc(early_len + 1));
	if (early_len > 0)
		memcpy(feed->early, early, early_len);
	feed->early_len = early_len;
	while (take_frame(feed))
		;
	MHD_upgrade_action(handle, MHD_UPGRADE_ACTION_CLOSE);
	free(feed->early);
	free(feed->message);
	free(feed);
}

/* The answer to Sec-WebSocket-Key (RFC 6455, 4.2.2). The caller frees. */
static char *accept_key(const char *key)
{
	_cleanup_(freep) char *text = must(format("%s" MAGIC, key));
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int len = 0;

	if (EVP_Digest(text, strlen(text), digest, &len, EVP_sha1(), NULL) != 1)
		must(NULL);
	return base64_encode(digest, len);
}

void feed_open(struct call *call)
{
	const char *key = call_header_of(call, "Sec-WebSocket-Key"), *upgrade = call_header_of(call, "Upgrade");
	const char *version = call_header_of(call, "Sec-WebSocket-Version");
	_cleanup_(freep) char *answer = NULL;
	struct feed *feed;

	if (key == NULL || upgrade == NULL || strcasecmp(upgrade, "websocket") != 0 || version == NULL ||
		strcmp(version, "13") != 0) {
		call_error(call, MHD_HTTP_UPGRADE_REQUIRED, "Only websockets");
		call_header(call, "Upgrade", "websocket");
		return;
	}
	answer = accept_key(key);
	feed = must(calloc(1, sizeof *feed));
	feed->store = call->store;
	feed->job = call->owner;
	call_answer(call, MHD_HTTP_SWITCHING_PROTOCOLS, NULL);
	call_header(call, "Upgrade", "websocket");
	call_header(call, "Sec-WebSocket-Accept", answer);
	call->upgrade = on_upgrade;
	call->upgrade_with = feed;
}
