#include "runner/config/github_url.h"

#include "common/cleanup.h"
#include "common/io.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NAME_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"
#define HOST_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-"

struct parts {
	const char *scheme; /* "https" or "http" */
	char *host;         /* without the port; owned */
	char *authority;    /* with the port; owned */
	const char *path;   /* from the first slash after the host, or "" */
};

static void parts_free(struct parts *parts)
{
	free(parts->host);
	free(parts->authority);
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), tail = strlen(end);

	return len > tail && strcasecmp(text + len - tail, end) == 0;
}

static bool is_loopback(const char *host)
{
	return strcasecmp(host, "localhost") == 0 || ends_with(host, ".localhost") || strcmp(host, "[::1]") == 0 ||
	       (strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == strlen(host));
}

/* Nothing of a URL that may hold a password is repeated, nor what a terminal would take for more than text. */
static int check_bytes(const char *url, struct error *err)
{
	for (const char *p = url; *p != '\0'; p++)
		if ((unsigned char)*p <= 0x20 || *p == 0x7f)
			return error_set(err, 0, "the URL contains a space or control character");
	if (strpbrk(url, "@?#") != NULL)
		return error_set(err, 0, "the URL contains a user name, query or fragment");
	return 0;
}

static int split(struct parts *parts, const char *url, struct error *err)
{
	const char *rest;
	size_t host, port = 0;

	if (check_bytes(url, err) < 0)
		return -1;
	if (strncasecmp(url, "https://", 8) == 0) {
		parts->scheme = "https";
		rest = url + 8;
	} else if (strncasecmp(url, "http://", 7) == 0) {
		parts->scheme = "http";
		rest = url + 7;
	} else {
		return error_set(err, 0, "%s: not an https:// URL", url);
	}
	host = *rest == '[' ? strcspn(rest, "]") + 1 : strspn(rest, HOST_CHARS);
	if (host == 0 || host > strlen(rest))
		return error_set(err, 0, "%s: no host", url);
	if (rest[host] == ':')
		port = 1 + strspn(rest + host + 1, "0123456789");
	if (port == 1 || (rest[host + port] != '/' && rest[host + port] != '\0'))
		return error_set(err, 0, "%s: not a URL", url);
	parts->host = strndup(rest, host);
	parts->authority = strndup(rest, host + port);
	parts->path = rest + host + port;
	if (parts->host == NULL || parts->authority == NULL)
		return error_set(err, ENOMEM, "URL");
	if (strcmp(parts->scheme, "http") == 0 && !is_loopback(parts->host)) {
		error_set(err, 0, "%s: http:// is accepted for loopback hosts only", url);
		return error_hint(err, "use https://: a token must not cross a network in clear text");
	}
	return 0;
}

static char *derive_api(const struct parts *parts)
{
	if (strcasecmp(parts->host, "github.com") == 0 || strcasecmp(parts->host, "www.github.com") == 0)
		return strdup("https://api.github.com");
	if (ends_with(parts->host, ".ghe.com"))
		return format("https://api.%s", parts->authority);
	return format("%s://%s/api/v3", parts->scheme, parts->authority);
}

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int set_entity(struct github_url *parsed, const char *path, struct error *err)
{
	char first[256], second[256], rest;
	int n = sscanf(path, "/%255[" NAME_CHARS "]/%255[" NAME_CHARS "]%c", first, second, &rest);
	/* A one-name path must end there: sscanf(3) stops silently at a byte it does not want. */
	bool whole = n == 2 || (n == 1 && strlen(path) == strlen(first) + 1);

	if (!whole || is_dots(first) || (n == 2 && is_dots(second)) || (n == 1 && strcmp(first, "enterprises") == 0)) {
		error_set(err, 0, "%s: not a repository, organization or enterprise", parsed->url);
		return error_hint(err,
			"https://HOST/OWNER/REPOSITORY, https://HOST/ORGANIZATION or https://HOST/enterprises/NAME");
	}
	if (n == 1) {
		parsed->scope = GITHUB_ORGANIZATION;
		parsed->entity = format("/orgs/%s", first);
	} else if (strcmp(first, "enterprises") == 0) {
		parsed->scope = GITHUB_ENTERPRISE;
		parsed->entity = format("/enterprises/%s", second);
	} else {
		parsed->scope = GITHUB_REPOSITORY;
		parsed->entity = format("/repos/%s/%s", first, second);
	}
	return parsed->entity != NULL ? 0 : error_set(err, ENOMEM, "URL");
}

static char *without_slashes(const char *text)
{
	size_t len = strlen(text);

	while (len > 0 && text[len - 1] == '/')
		len--;
	return strndup(text, len);
}

int github_url_parse(struct github_url *parsed, const char *url, struct error *err)
{
	_cleanup_(parts_free) struct parts parts = {0};

	memset(parsed, 0, sizeof *parsed);
	parsed->url = without_slashes(url);
	if (parsed->url == NULL)
		return error_set(err, ENOMEM, "URL");
	if (split(&parts, parsed->url, err) < 0 || set_entity(parsed, parts.path, err) < 0)
		return -1;
	parsed->api = derive_api(&parts);
	return parsed->api != NULL ? 0 : error_set(err, ENOMEM, "URL");
}

int github_url_set_api(struct github_url *parsed, const char *api, struct error *err)
{
	_cleanup_(parts_free) struct parts parts = {0};
	_cleanup_(freep) char *trimmed = without_slashes(api);

	if (trimmed == NULL)
		return error_set(err, ENOMEM, "URL");
	if (split(&parts, trimmed, err) < 0)
		return -1;
	free(parsed->api);
	parsed->api = take_ptr(trimmed);
	return 0;
}

void github_url_free(struct github_url *parsed)
{
	free(parsed->url);
	free(parsed->entity);
	free(parsed->api);
	memset(parsed, 0, sizeof *parsed);
}
