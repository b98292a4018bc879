#include "tests/standin/shared/settings.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/standin/shared/fields.h"
#include "tests/standin/shared/root.h"

#include <string.h>

static int load_object(const char *root, const char *name, json_t **object, struct error *err)
{
	_cleanup_(freep) char *text = NULL;
	const char *start;
	size_t len;

	if (root_read(root, name, &text, &len, err) < 0)
		return -1;
	/* The official one is written with a byte order mark. */
	start = strncmp(text, "\xEF\xBB\xBF", 3) == 0 ? text + 3 : text;
	*object = json_loads(start, 0, NULL);
	if (json_is_object(*object))
		return 0;
	json_decref(*object);
	return error_set(err, 0, "%s/%s: not a JSON object", root, name);
}

static char *copy_text(const json_t *object, const char *name)
{
	const char *text = field_text(object, name);

	return strdup(text == NULL ? "" : text);
}

/* Also true of a string that memory was too short for. */
static bool is_missing(const char *text)
{
	return text == NULL || *text == '\0';
}

int settings_load(struct settings *settings, const char *root, struct error *err)
{
	json_t *object = NULL;
	int rc = 0;

	memset(settings, 0, sizeof *settings);
	if (load_object(root, SETTINGS_FILE, &object, err) < 0)
		return -1;
	settings->agent_id = field_number(object, "agentId", 0);
	settings->agent_name = copy_text(object, "agentName");
	settings->pool_id = field_number(object, "poolId", 1);
	settings->pool_name = copy_text(object, "poolName");
	settings->disable_update = field_true(object, "disableUpdate");
	settings->ephemeral = field_true(object, "ephemeral");
	settings->server_url = copy_text(object, "serverUrl");
	settings->server_url_v2 =
		copy_text(object, field_text(object, "serverUrlV2") == NULL ? "serverUrl" : "serverUrlV2");
	settings->github_url = copy_text(object, "gitHubUrl");
	settings->work_folder = copy_text(object, "workFolder");
	if (settings->agent_id == 0 || is_missing(settings->agent_name) || is_missing(settings->server_url_v2) ||
		is_missing(settings->work_folder) || settings->pool_name == NULL || settings->server_url == NULL ||
		settings->github_url == NULL)
		rc = error_set(
			err, 0, "%s/%s: agentId, agentName, serverUrlV2 or workFolder is missing", root, SETTINGS_FILE);
	json_decref(object);
	if (rc < 0)
		settings_free(settings);
	return rc;
}

static int save_object(const char *root, const char *name, json_t *object, struct error *err)
{
	_cleanup_(freep) char *text = object == NULL ? NULL : json_dumps(object, JSON_INDENT(2));
	int rc;

	rc = text == NULL ? error_set(err, ENOMEM, "%s", name) : root_write(root, name, 0644, text, strlen(text), err);
	json_decref(object);
	return rc;
}

int settings_save(const struct settings *s, const char *root, struct error *err)
{
	return save_object(root, SETTINGS_FILE,
		json_pack("{s:I, s:s, s:b, s:I, s:s, s:b, s:b, s:s, s:s, s:s, s:b, s:b, s:s, s:b}", "agentId",
			(json_int_t)s->agent_id, "agentName", s->agent_name, "skipSessionRecover", 0, "poolId",
			(json_int_t)s->pool_id, "poolName", s->pool_name, "disableUpdate", s->disable_update,
			"ephemeral", s->ephemeral, "serverUrl", s->server_url, "gitHubUrl", s->github_url, "workFolder",
			s->work_folder, "useV2Flow", 1, "useRunnerAdminFlow", 1, "serverUrlV2", s->server_url_v2,
			"isHostedServer", 0),
		err);
}

void settings_free(struct settings *s)
{
	free(s->agent_name);
	free(s->pool_name);
	free(s->server_url);
	free(s->server_url_v2);
	free(s->github_url);
	free(s->work_folder);
	memset(s, 0, sizeof *s);
}

int credentials_load(struct credentials *credentials, const char *root, struct error *err)
{
	json_t *object = NULL;
	json_t *data;

	memset(credentials, 0, sizeof *credentials);
	if (load_object(root, CREDENTIALS_FILE, &object, err) < 0)
		return -1;
	data = field(object, "data");
	credentials->client_id = copy_text(data, "clientId");
	credentials->authorization_url = copy_text(
		data, field_text(data, "authorizationUrlV2") == NULL ? "authorizationUrl" : "authorizationUrlV2");
	json_decref(object);
	if (is_missing(credentials->client_id) || is_missing(credentials->authorization_url)) {
		credentials_free(credentials);
		return error_set(err, 0, "%s/%s: clientId or authorizationUrl is missing", root, CREDENTIALS_FILE);
	}
	return 0;
}

int credentials_save(const struct credentials *c, const char *root, struct error *err)
{
	return save_object(root, CREDENTIALS_FILE,
		json_pack("{s:s, s:{s:s, s:s, s:s}}", "scheme", "OAuth", "data", "clientId", c->client_id,
			"authorizationUrl", c->authorization_url, "requireFipsCryptography", "False"),
		err);
}

void credentials_free(struct credentials *credentials)
{
	free(credentials->client_id);
	free(credentials->authorization_url);
	memset(credentials, 0, sizeof *credentials);
}

bool settings_remove(const char *root)
{
	static const char *const names[] = {RSA_FILE, CREDENTIALS_FILE, SETTINGS_FILE};
	bool removed = false;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		_cleanup_(freep) char *path = format("%s/%s", root, names[i]);

		removed = path != NULL && unlink(path) == 0;
	}
	return removed;
}
