#include "tests/standin/listener/session.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/standin/listener/terminal.h"
#include "tests/standin/shared/fields.h"
#include "tests/standin/shared/rsa_key.h"
#include "tests/standin/shared/version.h"

#include <limits.h>
#include <string.h>

#if defined(__aarch64__)
#define ARCHITECTURE "ARM64"
#else
#define ARCHITECTURE "X64"
#endif

void session_move(struct session *session, const char *base_url)
{
	size_t len = strlen(base_url);

	while (len > 0 && base_url[len - 1] == '/')
		len--;
	free(session->broker);
	session->broker = strndup(base_url, len);
}

int session_load(struct session *session, const char *root, struct error *err)
{
	memset(session, 0, sizeof *session);
	if (settings_load(&session->settings, root, err) < 0 || credentials_load(&session->credentials, root, err) < 0)
		return -1;
	session->key = rsa_key_load(root, err);
	if (session->key == NULL)
		return -1;
	session_move(session, session->settings.server_url_v2);
	return 0;
}

void session_free(struct session *session)
{
	settings_free(&session->settings);
	credentials_free(&session->credentials);
	rsa_key_free(&session->key);
	free(session->authorization);
	free(session->broker);
	free(session->id);
	memset(session, 0, sizeof *session);
}

enum session_state session_login(struct session *session, struct error *err)
{
	static const char form[] =
		"grant_type=client_credentials&client_assertion_type=urn%%3Aietf%%3Aparams%%3Aoauth%%3Aclient-assertion-type%%3Ajwt-bearer&client_assertion=%s";
	const char *url = session->credentials.authorization_url;
	_cleanup_(freep) char *assertion = rsa_key_assertion(session->key, session->credentials.client_id, url, err);
	_cleanup_(freep) char *body = assertion == NULL ? NULL : format(form, assertion);
	struct http_request request = {"POST", url, NULL, "application/x-www-form-urlencoded", body, 30, NULL};
	_cleanup_(http_reply_free) struct http_reply reply = {0};
	enum session_state state = SESSION_RETRY;
	const char *token;
	json_t *answer;

	if (body == NULL || http_call(&request, &reply, err) < 0)
		return SESSION_RETRY;
	answer = json_loadb(reply.body, reply.len, 0, NULL);
	token = field_text(answer, "access_token");
	if (reply.status == 200 && token != NULL) {
		free(session->authorization);
		session->authorization = format("Bearer %s", token);
		state = SESSION_OK;
	} else if (field_text(answer, "error") != NULL && strcmp(field_text(answer, "error"), "invalid_client") == 0) {
		state = SESSION_DELETED;
	}
	if (state != SESSION_OK)
		error_set(err, 0, "POST %s: status %ld: %.200s", url, reply.status, reply.body);
	json_decref(answer);
	return state;
}

enum session_state session_judge(struct session *session, const struct http_reply *reply, struct error *err)
{
	json_t *answer;
	const char *kind;
	enum session_state state = SESSION_RETRY;

	if (reply->status / 100 == 2)
		return SESSION_OK;
	error_set(err, 0, "broker: status %ld: %.200s", reply->status, reply->body);
	if (reply->status == 401)
		return session_login(session, err) == SESSION_DELETED ? SESSION_DELETED : SESSION_RETRY;
	answer = json_loadb(reply->body, reply->len, 0, NULL);
	kind = field_text(answer, "errorKind");
	if (kind != NULL && strcmp(kind, "RunnerNotFound") == 0)
		state = SESSION_DELETED;
	else if (kind != NULL && strcmp(kind, "RunnerVersionTooOld") == 0)
		state = SESSION_OUTDATED;
	else if (reply->status == 409)
		state = SESSION_CONFLICT;
	json_decref(answer);
	return state;
}

static char *session_body(const struct session *session)
{
	char host[HOST_NAME_MAX + 1] = "runner";
	_cleanup_(freep) char *owner = NULL;
	json_t *body;
	char *text;

	gethostname(host, sizeof host - 1);
	owner = format("%s (PID: %d)", host, getpid());
	body = json_pack("{s:s, s:s, s:{s:I, s:s, s:s, s:s, s:b, s:s}, s:b}", "sessionId",
		"00000000-0000-0000-0000-000000000000", "ownerName", owner, "agent", "id",
		(json_int_t)session->settings.agent_id, "name", session->settings.agent_name, "version", RUNNER_VERSION,
		"osDescription", "Linux", "ephemeral", session->settings.ephemeral, "status", "online",
		"useFipsEncryption", 0);
	text = json_dumps(body, JSON_COMPACT);
	json_decref(body);
	return text;
}

enum session_state session_open(struct session *session, struct error *err)
{
	_cleanup_(freep) char *url = format("%s/session", session->broker);
	_cleanup_(freep) char *body = session_body(session);
	_cleanup_(http_reply_free) struct http_reply reply = {0};
	enum session_state state = session_login(session, err);
	json_t *answer;

	if (state != SESSION_OK)
		return state;
	struct http_request request = {"POST", url, session->authorization, NULL, body, 60, NULL};

	if (http_call(&request, &reply, err) < 0)
		return SESSION_RETRY;
	state = session_judge(session, &reply, err);
	if (state != SESSION_OK)
		return state;
	answer = json_loadb(reply.body, reply.len, 0, NULL);
	if (field_text(answer, "sessionId") != NULL)
		session->id = strdup(field_text(answer, "sessionId"));
	if (field_text(field(answer, "brokerMigrationMessage"), "brokerBaseUrl") != NULL)
		session_move(session, field_text(field(answer, "brokerMigrationMessage"), "brokerBaseUrl"));
	json_decref(answer);
	if (session->id == NULL) {
		error_set(err, 0, "POST %s: the answer lacks sessionId", url);
		return SESSION_RETRY;
	}
	return SESSION_OK;
}

void session_close(struct session *session)
{
	_cleanup_(freep) char *url = format("%s/session", session->broker);
	struct http_request request = {"DELETE", url, session->authorization, NULL, NULL, 10, NULL};
	struct error err;

	if (session->id == NULL)
		return;
	if (http_json(&request, NULL, NULL, &err) < 0)
		terminal_log("%s", err.text);
	free(session->id);
	session->id = NULL;
}

static char *message_url(const struct session *session, const char *what, bool busy)
{
	return format("%s/%s?sessionId=%s&status=%s&runnerVersion=" RUNNER_VERSION
		      "&os=Linux&architecture=" ARCHITECTURE "&disableUpdate=%s",
		session->broker, what, session->id, busy ? "Busy" : "Online",
		session->settings.disable_update ? "true" : "false");
}

int session_poll(struct session *session, bool busy, struct http_exchange *exchange, struct error *err)
{
	_cleanup_(freep) char *url = message_url(session, "message", busy);
	struct http_request request = {"GET", url, session->authorization, NULL, NULL, 100, NULL};

	return http_prepare(exchange, &request, err);
}

int session_acknowledge(struct session *session, const char *request_id, struct error *err)
{
	_cleanup_(freep) char *url = message_url(session, "acknowledge", true);
	json_t *object = json_pack("{s:s}", "runnerRequestId", request_id);
	_cleanup_(freep) char *body = json_dumps(object, JSON_COMPACT);
	struct http_request request = {"POST", url, session->authorization, NULL, body, 30, NULL};

	json_decref(object);
	return http_json(&request, NULL, NULL, err);
}
