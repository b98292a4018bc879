#include "tests/standin/listener/configure.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/standin/listener/admin.h"
#include "tests/standin/shared/root.h"
#include "tests/standin/shared/rsa_key.h"
#include "tests/standin/shared/settings.h"

#include <limits.h>
#include <string.h>

/* Everything there is to be decided, before the first call. */
struct request {
	struct admin_scope scope;
	struct settings settings;
	const char *group;
	const char *token;
	const char *pat;
	bool replace;
	struct admin_registration registration;
};

static void request_free(struct request *request)
{
	admin_scope_free(&request->scope);
	settings_free(&request->settings);
}

static char *text_or(const char *text, const char *otherwise)
{
	return strdup(text == NULL ? otherwise : text);
}

static int fill_request(struct request *r, const struct arguments *a, struct error *err)
{
	char host[HOST_NAME_MAX + 1] = "runner";

	memset(r, 0, sizeof *r);
	gethostname(host, sizeof host - 1);
	if (a->value[ARG_URL] == NULL)
		return error_set(err, 0, "--url: is missing");
	if (a->value[ARG_TOKEN] == NULL && a->value[ARG_PAT] == NULL)
		return error_set(err, 0, "--token or --pat: is missing");
	if (a->value[ARG_NO_DEFAULT_LABELS] != NULL && a->value[ARG_LABELS] == NULL)
		return error_set(err, 0, "--no-default-labels: needs --labels");
	if (admin_scope_parse(&r->scope, a->value[ARG_URL], err) < 0)
		return -1;
	r->token = a->value[ARG_TOKEN];
	r->pat = a->value[ARG_PAT];
	r->group = a->value[ARG_RUNNERGROUP];
	r->replace = a->value[ARG_REPLACE] != NULL;
	r->settings.agent_name = text_or(a->value[ARG_NAME], host);
	r->settings.work_folder = text_or(a->value[ARG_WORK], "_work");
	r->settings.github_url = strdup(r->scope.url);
	r->settings.pool_name = text_or(r->group, "Default");
	r->settings.ephemeral = a->value[ARG_EPHEMERAL] != NULL;
	r->settings.disable_update = a->value[ARG_DISABLEUPDATE] != NULL;
	r->registration.name = r->settings.agent_name;
	r->registration.labels = a->value[ARG_LABELS];
	r->registration.default_labels = a->value[ARG_NO_DEFAULT_LABELS] == NULL;
	r->registration.ephemeral = r->settings.ephemeral;
	r->registration.disable_update = r->settings.disable_update;
	return 0;
}

static int find_place(struct request *r, const char *token, struct error *err)
{
	long long existing;

	if (admin_group(&r->scope, token, r->group, &r->settings.pool_id, err) < 0)
		return -1;
	r->registration.group_id = r->settings.pool_id;
	if (admin_find(&r->scope, token, r->registration.name, &existing, err) < 0)
		return -1;
	if (existing != 0 && !r->replace) {
		error_set(err, 0, "A runner exists with the same name %s.", r->registration.name);
		return error_hint(err, "use --replace to replace it");
	}
	r->registration.replaces = existing;
	return 0;
}

static int save(
	struct request *r, const char *root, const struct admin_registered *given, EVP_PKEY *key, struct error *err)
{
	struct credentials credentials = {
		.client_id = given->client_id,
		.authorization_url = given->authorization_url,
	};

	r->settings.agent_id = given->id;
	r->settings.server_url = strdup(given->server_url);
	r->settings.server_url_v2 = strdup(given->server_url);
	if (rsa_key_save(key, root, err) < 0 || credentials_save(&credentials, root, err) < 0 ||
		settings_save(&r->settings, root, err) < 0) {
		settings_remove(root);
		return -1;
	}
	puts("\n√ Settings Saved.\n");
	return 0;
}

static int register_runner(const char *root, const struct arguments *arguments, struct error *err)
{
	_cleanup_(request_free) struct request r = {0};
	_cleanup_(admin_registered_free) struct admin_registered given = {0};
	_cleanup_(freep) char *made = NULL, *xml = NULL;
	_cleanup_(rsa_key_free) EVP_PKEY *key = NULL;
	const char *token;

	if (fill_request(&r, arguments, err) < 0)
		return -1;
	puts("\n# Authentication\n");
	if (r.pat != NULL) {
		made = admin_token(&r.scope, r.pat, "registration", err);
		if (made == NULL)
			return -1;
	}
	token = made != NULL ? made : r.token;
	if (admin_connect(&r.scope, token, "register", err) < 0)
		return -1;
	puts("√ Connected to GitHub\n\n# Runner Registration\n");
	if (find_place(&r, token, err) < 0)
		return -1;
	key = rsa_key_make(err);
	xml = key == NULL ? NULL : rsa_key_public_xml(key, err);
	if (xml == NULL)
		return -1;
	r.registration.public_key = xml;
	if (admin_register(&r.scope, token, &r.registration, &given, err) < 0)
		return -1;
	puts(r.registration.replaces == 0 ? "√ Runner successfully added" : "√ Successfully replaced the runner");
	puts("\n# Runner settings");
	return save(&r, root, &given, key, err);
}

static enum exit_code failed(const struct error *err)
{
	fflush(stdout);
	if (err->hint[0] != '\0')
		fprintf(stderr, "An error occurred: %s (%s)\n", err->text, err->hint);
	else
		fprintf(stderr, "An error occurred: %s\n", err->text);
	return EXIT_TERMINATED_ERROR;
}

enum exit_code configure(const char *root, const struct arguments *arguments)
{
	struct error err = {0};

	if (root_has(root, SETTINGS_FILE)) {
		error_set(&err, 0, "this runner is already configured");
		error_hint(&err, "./config.sh remove undoes it");
		return failed(&err);
	}
	return register_runner(root, arguments, &err) < 0 ? failed(&err) : EXIT_OK;
}

/* By the id in .runner alone: a registration that the server does not know any more cannot be removed, and the files
 * stay. */
static int remove_at_server(const char *root, const struct arguments *arguments, struct error *err)
{
	_cleanup_(settings_free) struct settings settings = {0};
	_cleanup_(admin_scope_free) struct admin_scope scope = {0};
	_cleanup_(freep) char *made = NULL;
	const char *token = arguments->value[ARG_TOKEN];

	if (token == NULL && arguments->value[ARG_PAT] == NULL)
		return error_set(err, 0, "--token or --pat: is missing");
	if (settings_load(&settings, root, err) < 0 || admin_scope_parse(&scope, settings.github_url, err) < 0)
		return -1;
	if (arguments->value[ARG_PAT] != NULL) {
		made = admin_token(&scope, arguments->value[ARG_PAT], "remove", err);
		if (made == NULL)
			return -1;
		token = made;
	}
	if (admin_delete(&scope, token, settings.agent_id, err) < 0)
		return -1;
	puts("√ Runner removed successfully");
	return 0;
}

enum exit_code configure_remove(const char *root, const struct arguments *arguments)
{
	struct error err = {0};

	puts("\n# Runner removal\n");
	if (!root_has(root, SETTINGS_FILE))
		puts("Does not exist. Skipping Removing runner from the server");
	else if (arguments->value[ARG_LOCAL] == NULL && remove_at_server(root, arguments, &err) < 0)
		return failed(&err);
	puts(root_has(root, CREDENTIALS_FILE) ? "√ Removed .credentials"
					      : "Does not exist. Skipping Removing .credentials");
	puts(settings_remove(root) ? "√ Removed .runner\n" : "Does not exist. Skipping Removing .runner\n");
	return EXIT_OK;
}
