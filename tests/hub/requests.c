#include "tests/hub/requests.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/hub/auth.h"
#include "tests/hub/clock.h"
#include "tests/hub/jwt.h"
#include "tests/hub/memory.h"

#include <stdlib.h>
#include <string.h>

#define REQUESTS_MAX 10000

struct request_log {
	json_t *list;   /* the first REQUESTS_MAX */
	json_t *counts; /* "METHOD path" -> number, of all */
};

struct request_log *requests_new(void)
{
	struct request_log *log = must(calloc(1, sizeof *log));

	log->list = must(json_array());
	log->counts = must(json_object());
	return log;
}

void requests_free(struct request_log *log)
{
	json_decref(log->list);
	json_decref(log->counts);
	free(log);
}

/* When the JSON Web Token of the request was made, in seconds since 1970; null: it has none. */
static json_t *issued_at(const struct call *call)
{
	json_t *claims = call->auth == AUTH_BEARER ? jwt_claims(call->secret) : NULL;
	json_t *iat = json_object_get(claims, "iat");

	iat = iat != NULL ? json_incref(iat) : must(json_null());
	json_decref(claims);
	return iat;
}

void requests_add(const struct call *call, bool fault)
{
	struct request_log *log = call->store->requests;
	const char *agent = MHD_lookup_connection_value(call->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_USER_AGENT);
	json_t *path = text_json(call->url);
	_cleanup_(freep) char *key = must(format("%s %s", call->method, json_string_value(path)));
	char when[ISO_TIME_MAX];
	json_t *entry;

	store_lock(call->store);
	entry = must(json_pack("{s:s, s:s, s:o, s:i, s:o, s:s, s:o, s:b, s:b}", "time", iso_time(0, when), "method",
		call->method, "path", path, "status", call->drop ? 0 : (int)call->status, "user_agent",
		agent == NULL ? json_null() : text_json(agent), "auth", auth_name(call->auth), "iat", issued_at(call),
		"fault", fault, "dropped", call->drop));
	if (json_array_size(log->list) < REQUESTS_MAX)
		json_array_append(log->list, entry);
	json_object_set_new(log->counts, key, json_integer(json_integer_value(json_object_get(log->counts, key)) + 1));
	json_decref(entry);
	store_unlock(call->store);
}

/* ?method= and ?path= (a prefix) select from the list. */
void requests_get(struct call *call)
{
	struct request_log *log = call->store->requests;
	const char *method = call_query(call, "method"), *prefix = call_query(call, "path");
	json_t *list = must(json_array()), *entry;
	size_t i;

	json_array_foreach (log->list, i, entry) {
		const char *path = json_string_value(json_object_get(entry, "path"));

		if (method != NULL && strcmp(method, json_string_value(json_object_get(entry, "method"))) != 0)
			continue;
		if (prefix != NULL && strncmp(path, prefix, strlen(prefix)) != 0)
			continue;
		json_array_append(list, entry);
	}
	call_answer(call, MHD_HTTP_OK, must(json_pack("{s:o, s:O}", "requests", list, "counts", log->counts)));
}

void requests_delete(struct call *call)
{
	json_array_clear(call->store->requests->list);
	json_object_clear(call->store->requests->counts);
	call_answer(call, MHD_HTTP_NO_CONTENT, NULL);
}
