#include "tests/standin/listener/admin.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/standin/shared/base64.h"
#include "tests/standin/shared/fields.h"
#include "tests/standin/shared/http.h"
#include "tests/standin/shared/version.h"

#include <string.h>
#include <strings.h>

#define TRIES 3

static bool ends_with(const char *text, size_t len, const char *end)
{
	size_t n = strlen(end);

	return len >= n && strncasecmp(text + len - n, end, n) == 0;
}

/* The hosts whose API is at api.HOST; any other is a GitHub Enterprise Server. */
static bool is_hosted(const char *host, size_t len)
{
	static const char *const names[] = {"github.com", "www.github.com", "github.localhost"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (len == strlen(names[i]) && strncasecmp(host, names[i], len) == 0)
			return true;
	return ends_with(host, len, ".ghe.localhost") || ends_with(host, len, ".ghe.com");
}

int admin_scope_parse(struct admin_scope *scope, const char *url, struct error *err)
{
	const char *host = strstr(url, "://");
	char first[128] = "", second[128] = "", rest[2] = "";
	size_t host_len;
	int scheme;

	memset(scope, 0, sizeof *scope);
	if (host == NULL || (strncasecmp(url, "http://", 7) != 0 && strncasecmp(url, "https://", 8) != 0))
		return error_set(err, 0, "Invalid url '%s'", url);
	scheme = (int)(host - url);
	host += 3;
	host_len = strcspn(host, "/");
	if (sscanf(host + host_len, "/%127[^/]/%127[^/]/%1s", first, second, rest) < 1 || *rest != '\0')
		return error_set(
			err, 0, "Invalid url '%s': neither a repository nor an organization nor an enterprise", url);
	scope->url = strdup(url);
	if (is_hosted(host, host_len))
		scope->api = format("%.*s://api.%.*s", scheme, url, (int)host_len, host);
	else
		scope->api = format("%.*s://%.*s/api/v3", scheme, url, (int)host_len, host);
	if (strcmp(first, "enterprises") == 0 && *second != '\0')
		scope->entity = format("enterprises/%s", second);
	else if (*second != '\0')
		scope->entity = format("repos/%s/%s", first, second);
	else
		scope->entity = format("orgs/%s", first);
	if (scope->url == NULL || scope->api == NULL || scope->entity == NULL) {
		admin_scope_free(scope);
		return error_set(err, ENOMEM, "%s", url);
	}
	return 0;
}

void admin_scope_free(struct admin_scope *scope)
{
	free(scope->url);
	free(scope->api);
	free(scope->entity);
	memset(scope, 0, sizeof *scope);
}

/* One call with the token; three tries, as the official one makes them, who waits 1 to 5 s in between: it takes no
 * answer but 404 for the last word. */
static int call(const char *method, const char *url, const char *authorization, json_t *body, json_t **result,
	long *status, struct error *err)
{
	_cleanup_(freep) char *text = body == NULL ? NULL : json_dumps(body, JSON_COMPACT);
	struct http_request request = {.method = method, .url = url, .authorization = authorization, .body = text};
	int rc = -1;

	json_decref(body);
	for (int tries = 1;; tries++) {
		rc = http_json(&request, result, status, err);
		if (rc == 0 || *status == 404 || tries == TRIES)
			break;
		sleep(1);
	}
	return rc;
}

char *admin_token(const struct admin_scope *scope, const char *pat, const char *kind, struct error *err)
{
	_cleanup_(freep) char *plain = format("github:%s", pat);
	_cleanup_(freep) char *coded = plain == NULL ? NULL : base64_encode(plain, strlen(plain), false);
	_cleanup_(freep) char *authorization = format("Basic %s", coded == NULL ? "" : coded);
	_cleanup_(freep) char *url = format("%s/%s/actions/runners/%s-token", scope->api, scope->entity, kind);
	json_t *answer = NULL;
	char *token;
	long status;

	if (url == NULL || authorization == NULL || coded == NULL ||
		call("POST", url, authorization, NULL, &answer, &status, err) < 0)
		return NULL;
	token = strdup(field_text(answer, "token") == NULL ? "" : field_text(answer, "token"));
	json_decref(answer);
	return token;
}

static char *remote_auth(const char *token)
{
	return format("RemoteAuth %s", token);
}

int admin_connect(const struct admin_scope *scope, const char *token, const char *event, struct error *err)
{
	_cleanup_(freep) char *url = format("%s/actions/runner-registration", scope->api);
	_cleanup_(freep) char *authorization = remote_auth(token);
	json_t *answer = NULL;
	bool v2;
	long status;

	if (call("POST", url, authorization, json_pack("{s:s, s:s}", "url", scope->url, "runner_event", event), &answer,
		    &status, err) < 0) {
		if (status == 404)
			error_set(err, 0, "Http response code: NotFound from 'POST %s'", url);
		return -1;
	}
	v2 = field_true(answer, "use_v2_flow");
	json_decref(answer);
	return v2 ? 0 : error_set(err, 0, "%s: wants the v1 registration, which this runner does not have", scope->api);
}

int admin_group(const struct admin_scope *scope, const char *token, const char *name, long long *id, struct error *err)
{
	_cleanup_(freep) char *url = format("%s/%s/actions/runner-groups", scope->api, scope->entity);
	_cleanup_(freep) char *authorization = remote_auth(token);
	json_t *answer = NULL, *group;
	long status;
	size_t i;

	*id = 0;
	if (call("GET", url, authorization, NULL, &answer, &status, err) < 0) {
		/* A repository has the default group only, and its API does not know groups. */
		*id = 1;
		return status == 404 && name == NULL ? 0 : -1;
	}
	json_array_foreach (field(answer, "runner_groups"), i, group) {
		const char *its_name = field_text(group, "name");
		bool match = name == NULL ? field_true(group, "default")
					  : its_name != NULL && strcasecmp(its_name, name) == 0;

		if (match && !field_true(group, "is_hosted"))
			*id = field_number(group, "id", 0);
	}
	json_decref(answer);
	if (*id == 0)
		return error_set(err, 0, "no runner group of this name: %s", name == NULL ? "Default" : name);
	return 0;
}

int admin_find(const struct admin_scope *scope, const char *token, const char *name, long long *id, struct error *err)
{
	_cleanup_(freep) char *escaped = http_escape(name);
	_cleanup_(freep) char *url = format("%s/%s/actions/runners?name=%s", scope->api, scope->entity, escaped);
	_cleanup_(freep) char *authorization = remote_auth(token);
	json_t *answer = NULL, *runner;
	long status;
	size_t i;

	*id = 0;
	if (call("GET", url, authorization, NULL, &answer, &status, err) < 0)
		return -1;
	json_array_foreach (field(answer, "runners"), i, runner) {
		const char *its_name = field_text(runner, "name");

		if (its_name != NULL && strcasecmp(its_name, name) == 0)
			*id = field_number(runner, "id", 0);
	}
	json_decref(answer);
	return 0;
}

static void add_label(json_t *labels, const char *name, size_t len, const char *type)
{
	json_array_append_new(labels, json_pack("{s:i, s:s%, s:s}", "id", 0, "name", name, len, "type", type));
}

static json_t *label_list(const struct admin_registration *registration)
{
	static const char *const defaults[] = {
		"self-hosted",
		"Linux",
#if defined(__aarch64__)
		"ARM64"
#else
		"X64"
#endif
	};
	const char *p = registration->labels;
	json_t *labels = json_array();

	for (size_t i = 0; registration->default_labels && i < sizeof defaults / sizeof *defaults; i++)
		add_label(labels, defaults[i], strlen(defaults[i]), "system");
	while (p != NULL && *p != '\0') {
		size_t len = strcspn(p, ",");

		if (len > 0)
			add_label(labels, p, len, "user");
		p += len + (p[len] == ',');
	}
	return labels;
}

int admin_register(const struct admin_scope *scope, const char *token, const struct admin_registration *registration,
	struct admin_registered *registered, struct error *err)
{
	_cleanup_(freep) char *url = format("%s/actions/runners/register", scope->api);
	_cleanup_(freep) char *authorization = remote_auth(token);
	json_t *body = json_pack("{s:s, s:I, s:s, s:s, s:b, s:b, s:o, s:s}", "url", scope->url, "group_id",
		(json_int_t)registration->group_id, "name", registration->name, "version", RUNNER_VERSION,
		"updates_disabled", registration->disable_update, "ephemeral", registration->ephemeral, "labels",
		label_list(registration), "public_key", registration->public_key);
	json_t *answer = NULL, *given;
	long status;

	memset(registered, 0, sizeof *registered);
	if (registration->replaces != 0) {
		json_object_set_new(body, "runner_id", json_integer(registration->replaces));
		json_object_set_new(body, "replace", json_true());
	}
	if (call("POST", url, authorization, body, &answer, &status, err) < 0)
		return -1;
	given = field(answer, "authorization");
	registered->id = field_number(answer, "id", 0);
	if (registered->id != 0 && field_text(given, "client_id") != NULL &&
		field_text(given, "authorization_url") != NULL && field_text(given, "server_url") != NULL) {
		registered->client_id = strdup(field_text(given, "client_id"));
		registered->authorization_url = strdup(field_text(given, "authorization_url"));
		registered->server_url = strdup(field_text(given, "server_url"));
	}
	json_decref(answer);
	if (registered->client_id == NULL)
		return error_set(err, 0, "POST %s: the answer lacks id or authorization", url);
	return 0;
}

void admin_registered_free(struct admin_registered *registered)
{
	free(registered->client_id);
	free(registered->authorization_url);
	free(registered->server_url);
	memset(registered, 0, sizeof *registered);
}

int admin_delete(const struct admin_scope *scope, const char *token, long long id, struct error *err)
{
	_cleanup_(freep) char *url = format("%s/%s/actions/runners/%lld", scope->api, scope->entity, id);
	_cleanup_(freep) char *authorization = remote_auth(token);
	long status;

	return call("DELETE", url, authorization, NULL, NULL, &status, err);
}
