#include "image/login.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/json.h"
#include "sandbox/process/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>

#define DOCKER_HUB "docker.io"

/* What is written to the new file, in the same words. */
static const char *const members[] = {"auth", "identitytoken"};

static void forget(const json_t *value)
{
	if (json_is_string(value))
		explicit_bzero((char *)(uintptr_t)json_string_value(value), json_string_length(value));
}

static void forget_all(json_t *auths)
{
	const char *key, *name;
	json_t *login, *member;

	json_object_foreach (auths, key, login) {
		forget(login);
		json_object_foreach (login, name, member)
			forget(member);
	}
}

/* The file's text and what was parsed of it. */
static void free_doc(struct json_doc *doc)
{
	if (doc->text != NULL)
		explicit_bzero(doc->text, doc->len);
	forget_all(json_object_get(doc->root, "auths"));
	json_doc_free(doc);
}

/* What a key names, without a scheme, as docker(1) writes it: "https://index.docker.io/v1/". */
static const char *without_scheme(const char *key)
{
	const char *scheme = strstr(key, "://");

	return scheme != NULL ? scheme + strlen("://") : key;
}

static bool is_host(const char *text, size_t len, const char *host)
{
	return strlen(host) == len && memcmp(text, host, len) == 0;
}

/* A registry's login under another name than its host. */
static json_t *find_by_host(json_t *auths, const char *host)
{
	const char *key;
	json_t *login;

	json_object_foreach (auths, key, login) {
		const char *named = without_scheme(key);
		const size_t len = strcspn(named, "/");

		/* A path without a scheme is that of one repository. */
		if (named == key && key[len] != '\0')
			continue;
		if (is_host(named, len, host) ||
			(strcmp(host, DOCKER_HUB) == 0 && (is_host(named, len, "index.docker.io") ||
								  is_host(named, len, "registry-1.docker.io"))))
			return login;
	}
	return NULL;
}

/* The one for the most of the reference's path. `name`, HOST/PATH, becomes HOST. */
static json_t *find_login(json_t *auths, char *name)
{
	for (;;) {
		json_t *login = json_object_get(auths, name);
		char *slash = strrchr(name, '/');

		if (login != NULL)
			return login;
		if (slash == NULL)
			return find_by_host(auths, name);
		*slash = '\0';
	}
}

/* Without its tag or digest; a colon before the path is that of a port. */
static char *repository(const char *reference)
{
	char *name = strdup(reference), *path;

	if (name == NULL)
		return NULL;
	name[strcspn(name, "@")] = '\0';
	path = strrchr(name, '/');
	if (path != NULL)
		path[strcspn(path, ":")] = '\0';
	return name;
}

static json_t *copy_members(const json_t *login)
{
	json_t *copy = json_object();

	for (size_t i = 0; copy != NULL && i < sizeof members / sizeof members[0]; i++) {
		json_t *member = json_object_get(login, members[i]);

		if (json_string_length(member) > 0)
			json_object_set(copy, members[i], member);
	}
	return copy;
}

/* {"auths": {HOST: LOGIN}} in memory. */
static int write_login(const char *host, const json_t *login, struct error *err)
{
	json_t *file = json_pack("{s:{s:o}}", "auths", host, copy_members(login));
	char *text = file != NULL ? json_dumps(file, JSON_COMPACT) : NULL;
	int fd = -1;

	if (text == NULL) {
		error_set(err, ENOMEM, "login");
	} else {
		fd = image_open("login", "login", text, text + strlen(text), 0400, err);
		explicit_bzero(text, strlen(text));
	}
	free(text);
	json_decref(file);
	return fd;
}

static int no_login(const json_t *root, const char *path, const char *host, struct error *err)
{
	const bool by_helper = json_object_get(json_object_get(root, "credHelpers"), host) != NULL ||
			       json_object_get(root, "credsStore") != NULL;

	error_set(err, 0, "%s: no login for %s%s", path, host,
		by_helper ? " but by a helper program, which is not run" : "");
	return error_hint(err, "`skopeo login --authfile FILE %s` writes one to a file", host);
}

static bool has_member(const json_t *login)
{
	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
		if (json_string_length(json_object_get(login, members[i])) > 0)
			return true;
	return false;
}

int image_login_open(const char *path, const char *reference, struct error *err)
{
	_cleanup_(free_doc) struct json_doc doc = {.root = NULL};
	_cleanup_(freep) char *name = repository(reference), *text = NULL;
	json_t *login;
	size_t len = 0;
	int parsed;

	if (name == NULL)
		return error_set(err, ENOMEM, "login");
	if (read_file_at(AT_FDCWD, path, JSON_TEXT_MAX, &text, &len, err) < 0)
		return -1;
	parsed = json_doc_parse(&doc, path, text, len, err);
	explicit_bzero(text, len);
	if (parsed < 0 || !json_is_object(json_object_get(doc.root, "auths"))) {
		/* The parser quotes what it does not understand. */
		error_set(err, 0, "%s: not a file of logins", path);
		return error_hint(err, "expected JSON: {\"auths\": {HOST: {\"auth\": TEXT}}}");
	}
	login = find_login(json_object_get(doc.root, "auths"), name);
	name[strcspn(name, "/")] = '\0';
	return has_member(login) ? write_login(name, login, err) : no_login(doc.root, path, name, err);
}
