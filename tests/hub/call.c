#include "tests/hub/call.h"

#include "common/cleanup.h"
#include "tests/hub/clock.h"
#include "tests/hub/memory.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct call *call_new(struct store *store, struct MHD_Connection *connection, const char *method, const char *url)
{
	struct call *call = must(calloc(1, sizeof *call));

	call->store = store;
	call->connection = connection;
	call->method = copy_text(method);
	call->url = copy_text(url);
	call->path = call->url;
	call->fd = -1;
	return call;
}

void call_free(struct call *call)
{
	if (call->secret != NULL)
		OPENSSL_cleanse(call->secret, strlen(call->secret));
	free(call->secret);
	free(call->method);
	free(call->url);
	free(call->body);
	json_decref(call->json);
	free(call->scope);
	for (size_t i = 0; i < CALL_ARGS_MAX; i++)
		free(call->args[i]);
	free(call->text);
	free(call->upgrade_with);
	close_fd(&call->fd);
	for (size_t i = 0; i < call->header_count; i++) {
		free(call->headers[i].name);
		free(call->headers[i].value);
	}
	free(call);
}

void call_add_body(struct call *call, const char *data, size_t len, size_t max)
{
	if (call->body_too_long || len > max - call->body_len) {
		call->body_too_long = true;
		return;
	}
	if (call->body_len + len + 1 > call->body_size) {
		call->body_size = 2 * (call->body_len + len) + 1024;
		call->body = must(realloc(call->body, call->body_size));
	}
	memcpy(call->body + call->body_len, data, len);
	call->body_len += len;
	call->body[call->body_len] = '\0';
}

json_t *call_json(struct call *call)
{
	if (call->json == NULL && call->body != NULL)
		call->json = json_loadb(call->body, call->body_len, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(call->json)) {
		call_error(call, MHD_HTTP_BAD_REQUEST, "Problems parsing JSON");
		return NULL;
	}
	return call->json;
}

const char *call_query(const struct call *call, const char *name)
{
	return MHD_lookup_connection_value(call->connection, MHD_GET_ARGUMENT_KIND, name);
}

const char *call_header_of(const struct call *call, const char *name)
{
	return MHD_lookup_connection_value(call->connection, MHD_HEADER_KIND, name);
}

static int64_t number(const char *text, int64_t fallback)
{
	char *end;
	long long value;

	if (text == NULL || *text < '0' || *text > '9')
		return fallback;
	errno = 0;
	value = strtoll(text, &end, 10);
	return errno != 0 || *end != '\0' ? fallback : value;
}

int64_t call_query_number(const struct call *call, const char *name, int64_t fallback)
{
	return number(call_query(call, name), fallback);
}

int64_t call_arg_number(const struct call *call, size_t index)
{
	return number(call->args[index], -1);
}

static void set_text(struct call *call, unsigned int status, const char *type, char *text, size_t len)
{
	free(call->text);
	close_fd(&call->fd);
	call->status = status;
	call->type = type;
	call->text = text;
	call->text_len = len;
}

void call_answer(struct call *call, unsigned int status, json_t *body)
{
	char *text = body == NULL ? NULL : must(json_dumps(body, JSON_COMPACT));

	set_text(call, status, "application/json; charset=utf-8", text, text == NULL ? 0 : strlen(text));
	json_decref(body);
}

void call_error(struct call *call, unsigned int status, const char *fmt, ...)
{
	char text[1024], number_text[12];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	snprintf(number_text, sizeof number_text, "%u", status);
	call_answer(call, status,
		must(json_pack("{s:o, s:s, s:s}", "message", text_json(text), "documentation_url",
			"https://docs.github.com/rest", "status", number_text)));
}

void call_text(struct call *call, unsigned int status, const char *text, size_t len)
{
	char *copy = must(malloc(len + 1));

	if (len > 0)
		memcpy(copy, text, len);
	copy[len] = '\0';
	set_text(call, status, "text/plain; charset=utf-8", copy, len);
}

void call_header(struct call *call, const char *name, const char *value)
{
	if (call->header_count == CALL_HEADERS_MAX)
		return;
	call->headers[call->header_count].name = copy_text(name);
	call->headers[call->header_count].value = copy_text(value);
	call->header_count++;
}

bool call_client_gone(const struct call *call)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(call->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct pollfd pfd = {.events = POLLRDHUP};

	if (info == NULL)
		return true;
	pfd.fd = info->connect_fd;
	return poll(&pfd, 1, 0) > 0 && (pfd.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

enum MHD_Result call_send(struct call *call)
{
	struct MHD_Response *response;
	enum MHD_Result result;
	char date[HTTP_TIME_MAX];

	if (call->drop)
		return MHD_NO;
	if (call->upgrade != NULL && call->status == MHD_HTTP_SWITCHING_PROTOCOLS) {
		response = must(MHD_create_response_for_upgrade(call->upgrade, call->upgrade_with));
		call->upgrade_with = NULL;
	} else if (call->fd >= 0) {
		response = must(MHD_create_response_from_fd_at_offset64(call->text_len, call->fd, call->offset));
		call->fd = -1; /* the response closes it */
	} else {
		response = must(MHD_create_response_from_buffer(call->text_len, call->text, MHD_RESPMEM_MUST_COPY));
	}
	if (call->type != NULL && (call->text != NULL || call->text_len > 0))
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, call->type);
	for (size_t i = 0; i < call->header_count; i++)
		MHD_add_response_header(response, call->headers[i].name, call->headers[i].value);
	MHD_add_response_header(response, MHD_HTTP_HEADER_DATE, http_time(date));
	result = MHD_queue_response(call->connection, call->status, response);
	MHD_destroy_response(response);
	return result;
}
