#include "runner/config/github_url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void taken(void **state)
{
	static const struct {
		const char *url;
		enum github_scope scope;
		const char *entity;
		const char *api;
	} rows[] = {
		{"https://github.com/o/r", GITHUB_REPOSITORY, "/repos/o/r", "https://api.github.com"},
		{"https://www.github.com/o/r", GITHUB_REPOSITORY, "/repos/o/r", "https://api.github.com"},
		{"HTTPS://GitHub.COM/O/R", GITHUB_REPOSITORY, "/repos/O/R", "https://api.github.com"},
		{"https://github.com/o", GITHUB_ORGANIZATION, "/orgs/o", "https://api.github.com"},
		{"https://github.com/enterprises/e", GITHUB_ENTERPRISE, "/enterprises/e", "https://api.github.com"},
		{"https://github.com/my-org.x_1/.github", GITHUB_REPOSITORY, "/repos/my-org.x_1/.github",
			"https://api.github.com"},
		/* a tenant of GHE.com */
		{"https://octo.ghe.com/o/r", GITHUB_REPOSITORY, "/repos/o/r", "https://api.octo.ghe.com"},
		{"https://octo.GHE.com/enterprises/e", GITHUB_ENTERPRISE, "/enterprises/e", "https://api.octo.GHE.com"},
		/* a server of one's own */
		{"https://git.example.org/o/r", GITHUB_REPOSITORY, "/repos/o/r", "https://git.example.org/api/v3"},
		{"https://git.example.org:8443/o", GITHUB_ORGANIZATION, "/orgs/o",
			"https://git.example.org:8443/api/v3"},
		{"https://ghe.com/o", GITHUB_ORGANIZATION, "/orgs/o", "https://ghe.com/api/v3"},
		{"https://.ghe.com/o", GITHUB_ORGANIZATION, "/orgs/o", "https://.ghe.com/api/v3"},
		{"https://notghe.com/o", GITHUB_ORGANIZATION, "/orgs/o", "https://notghe.com/api/v3"},
		{"https://github.com.evil.example/o/r", GITHUB_REPOSITORY, "/repos/o/r",
			"https://github.com.evil.example/api/v3"},
		{"https://evilgithub.com/o/r", GITHUB_REPOSITORY, "/repos/o/r", "https://evilgithub.com/api/v3"},
		/* clear text stays on this host */
		{"http://localhost/o/r", GITHUB_REPOSITORY, "/repos/o/r", "http://localhost/api/v3"},
		{"http://LOCALHOST:8080/o", GITHUB_ORGANIZATION, "/orgs/o", "http://LOCALHOST:8080/api/v3"},
		{"http://github.localhost/o", GITHUB_ORGANIZATION, "/orgs/o", "http://github.localhost/api/v3"},
		{"http://127.0.0.1:1234/o/r", GITHUB_REPOSITORY, "/repos/o/r", "http://127.0.0.1:1234/api/v3"},
		{"http://[::1]:1234/o/r", GITHUB_REPOSITORY, "/repos/o/r", "http://[::1]:1234/api/v3"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		static const char *const slashes[] = {"", "/", "///"};

		for (size_t k = 0; k < sizeof slashes / sizeof slashes[0]; k++) {
			char url[256];
			struct github_url parsed;
			struct error err;

			snprintf(url, sizeof url, "%s%s", rows[i].url, slashes[k]);
			assert_int_equal(github_url_parse(&parsed, url, &err), 0);
			assert_int_equal(parsed.scope, rows[i].scope);
			assert_string_equal(parsed.url, rows[i].url);
			assert_string_equal(parsed.entity, rows[i].entity);
			assert_string_equal(parsed.api, rows[i].api);
			github_url_free(&parsed);
			assert_null(parsed.url);
		}
	}
}

static void refused(void **state)
{
	static const struct {
		const char *url;
		const char *text;
	} rows[] = {
		{"", ": not an https:// URL"},
		{"github.com/o/r", "github.com/o/r: not an https:// URL"},
		{"ssh://git@github.com/o/r", NULL},
		{"ftp://github.com/o/r", "ftp://github.com/o/r: not an https:// URL"},
		{"https:/github.com/o/r", "https:/github.com/o/r: not an https:// URL"},
		{"https://", NULL},
		{"https:///o/r", "https:///o/r: no host"},
		{"https://:443/o/r", "https://:443/o/r: no host"},
		{"https://[::1/o/r", "https://[::1/o/r: no host"},
		{"https://github.com", NULL},
		{"https://github.com/", NULL},
		{"https://github.com:/o/r", "https://github.com:/o/r: not a URL"},
		{"https://github.com:port/o/r", "https://github.com:port/o/r: not a URL"},
		{"https://github.com:443x/o/r", "https://github.com:443x/o/r: not a URL"},
		{"https://github.com o/r", "the URL contains a space or control character"},
		{"https://github.com\\o/r", "https://github.com\\o/r: not a URL"},
		{"https://[::1]evil/o/r", "https://[::1]evil/o/r: not a URL"},
		{"https://github.com//o", NULL},
		{"https://github.com/o//r", NULL},
		{"https://github.com/o/r/settings", NULL},
		{"https://github.com/enterprises/e/x", NULL},
		{"https://github.com/../r", NULL},
		{"https://github.com/./r", NULL},
		{"https://github.com/..", NULL},
		{"https://github.com/o/..", NULL},
		{"https://github.com/o/.", NULL},
		{"https://github.com/enterprises/..", NULL},
		{"https://github.com/enterprises", NULL},
		{"https://github.com/o r", NULL},
		{"https://github.com/o/r r", NULL},
		{"https://github.com/o/r%2f", NULL},
		{"https://github.com/o%00/r", NULL},
		{"https://github.com/o\n/r", NULL},
		{"https://github.com/o/r\n", NULL},
		{"https://github.com/\xc3\xa4/r", NULL},
		/* none of these is repeated: it may hold a password */
		{"https://user:secret@github.com/o/r", "the URL contains a user name, query or fragment"},
		{"https://secret@github.com/o", "the URL contains a user name, query or fragment"},
		{"https://github.com/o/r?token=secret", "the URL contains a user name, query or fragment"},
		{"https://github.com/o/r#secret", "the URL contains a user name, query or fragment"},
		{"ssh://user:secret@github.com/o/r", "the URL contains a user name, query or fragment"},
		{"user:secret@github.com", "the URL contains a user name, query or fragment"},
		{"https:///?secret", "the URL contains a user name, query or fragment"},
		{"https://github.com/\x1b[2Jo", "the URL contains a space or control character"},
		{"\x7f", "the URL contains a space or control character"},
		/* clear text */
		{"http://github.com/o/r", "http://github.com/o/r: http:// is accepted for loopback hosts only"},
		{"http://10.0.0.1/o/r", "http://10.0.0.1/o/r: http:// is accepted for loopback hosts only"},
		{"http://127.evil.example/o/r",
			"http://127.evil.example/o/r: http:// is accepted for loopback hosts only"},
		{"http://1127.0.0.1/o/r", "http://1127.0.0.1/o/r: http:// is accepted for loopback hosts only"},
		{"http://localhost.evil.example/o",
			"http://localhost.evil.example/o: http:// is accepted for loopback hosts only"},
		{"http://notlocalhost/o", "http://notlocalhost/o: http:// is accepted for loopback hosts only"},
		{"http://.localhost/o/r", "http://.localhost/o/r: http:// is accepted for loopback hosts only"},
		{"http://[::2]/o/r", "http://[::2]/o/r: http:// is accepted for loopback hosts only"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct github_url parsed;
		struct error err = {0};

		assert_true(github_url_parse(&parsed, rows[i].url, &err) < 0);
		assert_true(err.text[0] != '\0');
		if (rows[i].text != NULL)
			assert_string_equal(err.text, rows[i].text);
		assert_null(parsed.api);
		github_url_free(&parsed);
	}
}

/* Names as long as the buffers that take them, and one longer: refused, never cut. */
static void long_names(void **state)
{
	(void)state;
	for (int second = 0; second < 2; second++)
		for (size_t n = 254; n <= 257; n++) {
			struct github_url parsed;
			struct error err;
			char name[258], url[512];

			memset(name, 'a', n);
			name[n] = '\0';
			snprintf(url, sizeof url, "https://github.com/%s%s", second ? "o/" : "", name);
			if (n <= 255) {
				char entity[512];

				assert_int_equal(github_url_parse(&parsed, url, &err), 0);
				snprintf(entity, sizeof entity, "%s%s", second ? "/repos/o/" : "/orgs/", name);
				assert_string_equal(parsed.entity, entity);
			} else {
				assert_true(github_url_parse(&parsed, url, &err) < 0);
			}
			github_url_free(&parsed);
		}
}

static void api_by_hand(void **state)
{
	static const char *const bad[] = {"", "api.github.com", "http://api.github.com", "https://user@host/api",
		"https://host/api?x", "https:///api", "https://host:x/api"};
	struct github_url parsed;
	struct error err;

	(void)state;
	assert_int_equal(github_url_parse(&parsed, "https://github.com/o/r", &err), 0);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_true(github_url_set_api(&parsed, bad[i], &err) < 0);
		assert_string_equal(parsed.api, "https://api.github.com");
	}
	assert_int_equal(github_url_set_api(&parsed, "http://127.0.0.1:8080/base/", &err), 0);
	assert_string_equal(parsed.api, "http://127.0.0.1:8080/base");
	assert_int_equal(github_url_set_api(&parsed, "https://proxy.example", &err), 0);
	assert_string_equal(parsed.api, "https://proxy.example");
	assert_string_equal(parsed.entity, "/repos/o/r");
	github_url_free(&parsed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(taken),
		cmocka_unit_test(refused),
		cmocka_unit_test(long_names),
		cmocka_unit_test(api_by_hand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
