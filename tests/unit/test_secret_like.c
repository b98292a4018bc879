#include "policy/resolve/secret_like.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void names_of_secrets(void **state)
{
	static const char *const names[] = {"TOKEN", "GITHUB_TOKEN", "github_token", "GitHubToken", "githubToken",
		"NPM_CONFIG__AUTHTOKEN", "npm_config__authToken", "ACTIONS_RUNTIME_TOKEN", "CI_JOB_TOKEN", "TOKEN2",
		"TOKENS", "ACCESS_TOKEN_PROD", "VAULT-TOKEN", "gh.token", "PASSWORD", "PGPASSWORD", "pgpassword",
		"DB_PASSWORD", "DbPassword", "PASSWORDS", "MYSQL_ROOT_PASSWORD", "PASS", "DB_PASS", "dbPass", "SSHPASS",
		"DBPASS", "DB_PASS_1", "PASSWD", "DB_PASSWD", "PWD_PASSWD", "MYSQL_PWD", "MYSQLPWD", "PASSPHRASE",
		"SIGNING_PASSPHRASE", "gpgPassphrase", "SECRET", "SECRETS", "SECRET_KEY", "SECRET_KEY_BASE",
		"CLIENT_SECRET", "clientSecret", "APPSECRET", "AWS_SECRET_ACCESS_KEY", "aws_secret_access_key",
		"API_KEY", "APIKEY", "apiKey", "APIKey", "OPENAI_API_KEY", "API_KEYS", "API_KEY_PROD", "ENCRYPTION_KEY",
		"RAILS_MASTER_KEY", "APP_KEY", "SSH_KEY", "SSH_PRIVATE_KEY", "PRIVATEKEY", "DEPLOY_PRIVATE_KEY",
		"ACCESSKEY", "AWS_ACCESS_KEY", "KEY", "STORAGE_ACCOUNT_KEY", "SSH_KEY_BASE64", "CREDENTIAL",
		"APPLICATION_CREDENTIALS", "AWS_CREDS", "CRED", "GH_PAT", "PAT", "CI_PAT", "DB_PW", "REGISTRY_AUTH",
		"DOCKER_AUTH_CONFIG", "OAUTH", "BASIC_AUTH", "SESSION_JWT", "AUTH_SALT", "TOTP", "WALLET_MNEMONIC"};

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (!secret_like(names[i], "canary"))
			fail_msg("passes: %s", names[i]);
}

static void other_names(void **state)
{
	static const struct {
		const char *name, *value;
	} others[] = {{"PATH", "/bin"}, {"PWD", "/home"}, {"OLDPWD", "/"}, {"HOME", "/root"}, {"KEYBOARD", "de"},
		{"KEYMAP", "us"}, {"MONKEY", "see"}, {"TURKEY", "x"}, {"PASSENGER_APP_ENV", "production"},
		{"COMPASS", "n"}, {"COMPASS_MODE", "n"}, {"BYPASS", "x"}, {"PASSTHROUGH", "x"},
		{"TOKENIZERS_PARALLELISM", "false"}, {"TOKENIZER", "bpe"}, {"TOKENIZERS", "x"}, {"MAX_TOKENS", "4096"},
		{"AUTHOR", "a"}, {"GIT_AUTHOR_NAME", "a"}, {"XAUTHORITY", "/x"}, {"POSTGRES_HOST_AUTH_METHOD", "trust"},
		{"AUTH_URL", "https://login.example"}, {"PATTERN", "x"}, {"PATCH", "1"}, {"COMPAT", "x"},
		{"PW_TEST", "1"}, {"AWS_ACCESS_KEY_ID", "canary"}, {"KEY_VAULT_NAME", "x"}, {"PUBLIC_KEY", "x"},
		{"SSH_PUBLIC_KEY", "x"}, {"CACHE_KEY", "linux"}, {"SSH_ASKPASS", "/usr/bin/askpass"},
		{"POSTGRES_PASSWORD_FILE", "/run/secrets/db"}, {"AWS_WEB_IDENTITY_TOKEN_FILE", "/var/run/t"},
		{"SSL_CERT_FILE", "/etc/ssl/ca.pem"}, {"MYSQL_ALLOW_EMPTY_PASSWORD", "yes"}, {"USE_OAUTH", "True"},
		{"TOKEN", ""}, {"DISPLAY", ":0"}, {"CI", "true"}, {"TZ", "UTC"}, {"LS_COLORS", "di=01;34:*.pem=31"},
		{"", "x"}, {"_", "/usr/bin/env"}};

	(void)state;
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		if (secret_like(others[i].name, others[i].value))
			fail_msg("withheld: %s=%s", others[i].name, others[i].value);
}

/* Under a name that says nothing: what stands before a sign and a value, written as many programs write it. */
static void values_with_names_of_secrets(void **state)
{
	static const char *const values[] = {"Server=h;Password = x", "Server=h;User Id=u;PWD\t=\tx",
		"host=h user=u password = x", "password: x", "a: b\npassword:\tx", "{\"pass\":\"abc\"}",
		"{\"pass\" : \"abc\"}", "{\"db_pwd\":\"abc\"}", "{\"a\":{\"clientSecret\":\"abc\"}}",
		"{'apiKey': 'abc'}", "{\\\"pass\\\":\\\"abc\\\"}", "['password' => 'x']", "//registry/:_authToken = x",
		"//registry/:_password=x", "[default]\naws_secret_access_key = x", "EndpointUrl=h;AccountKey = x",
		"Endpoint=sb://h/;SharedAccessKey=x", "PrivateKey = x", "https://h/?api_key=x",
		"https://h/a?b=c&token=x", "-Djavax.net.ssl.trustStorePassword=x", "--password x",
		"serve --db-password x --port 1", "<password>x</password>", "login=u,pw=x",
		"sentinel password=true,password=x"};

	(void)state;
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
		if (!secret_like("SETTING", values[i]))
			fail_msg("passes: %s", values[i]);
}

static void values_with_other_names(void **state)
{
	static const char *const values[] = {"password=", "password = ;user=u", "{\"password\": null}",
		"{\"password\": \"\"}", "password: false", "Enter the password:", "{\"key\": \"linux\"}", "key=linux",
		"{\"passed\": 3}", "{\"author\": \"a\"}", "max_tokens=4096", "sort_key=name", "sslkey=/etc/ssl/k.pem",
		"--ssl-key /k.pem", "password_file=/run/secrets/db", "keyboard=de", "monkey=x",
		"System.Xml, Version=4.0.0.0, Culture=neutral, PublicKeyToken=b77a5c561934e089", "--password --port 1",
		"--no-token", "token", "di=01;34:*.pem=31", "-Dfile.encoding=UTF-8", "<password></password>",
		"<token/>", "a=b=c", "===", ": : :", "\"\":\"\""};

	(void)state;
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
		if (secret_like("SETTING", values[i]))
			fail_msg("withheld: %s", values[i]);
}

/* Under a name that says nothing. Written in two parts, so that nobody takes these for real ones. */
static void values_of_secrets(void **state)
{
	static const char *const values[] = {"postgres://u:p@h", "postgres://u:p@h/db", "redis://:pass@host:6379/0",
		"amqp://guest:guest@mq", "mongodb+srv://u:p%40ss@h/?x=1", "http://proxy.example,https://u:p@proxy:8080",
		"postgres://u:pa/ss@h/db", "postgres://u:123@h", "postgres://u@server:p@h/db", "jdbc:mysql://u:p@h/db",
		"jdbc:postgresql://h/db?user=u&password=p", "u:p@tcp(h:3306)/db", "u:p@unix(/run/s)/db",
		"jdbc:oracle:thin:scott/tiger@//h:1521/x", "jdbc:oracle:thin:scott/tiger@tns", "scott/tiger@//h:1521/x",
		"scott/tiger@h:1521/x", "scott/tiger@(DESCRIPTION=x)", "redis://SECRET@h", "rediss://SECRET@h:6379/0",
		"a,redis://u@h:6379", "https://0123456789abcdef0123456789abcdef@h/o/r", "default login u password p",
		"# a comment\nmachine h login u password p", "https://h/c?sv=1&sig=x", "https://b/?X-Amz-Signature=x",
		"https://discord.com/api/webhooks/1/x", "Server=h;Database=d;User Id=u;Password=p;",
		"host=h user=u password=p", "AccountName=a;AccountKey=b", "https://h/?access_token=x",
		"-----BEGIN "
		"PRIVATE KEY-----\nMII",
		"-----BEGIN RSA "
		"PRIVATE KEY-----",
		"-----BEGIN OPENSSH "
		"PRIVATE KEY-----",
		"-----BEGIN PGP "
		"PRIVATE KEY BLOCK-----",
		"---- BEGIN SSH2 ENCRYPTED "
		"PRIVATE KEY ----",
		"-----BEGIN OpenVPN "
		"Static key V1-----",
		"-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n-----BEGIN EC "
		"PRIVATE KEY-----",
		"LS0tLS1CRUdJTi"
		"BPUEVOU1NI",
		/* A certificate and then the key, in base64: the words at each place of a group of three bytes, and
		 * where a line ends in them. */
		"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCnh4Ci0tLS0tQkVHSU4g"
		"UFJJVkFURSBLRVktLS0tLQo=",
		"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCnh4eAotLS0tLUJFR0lOI"
		"FBSSVZBVEUgS0VZLS0tLS0K",
		"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCnh4eHgKLS0tLS1CRUdJTi"
		"BQUklWQVRFIEtFWS0tLS0tCg==",
		"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCnh4Ci0tLS0tQkVHSU4g"
		"UFJJV\nkFURS\r\nBLRVktLS0tLQo=",
		"ghp_"
		"0123456789abcdef",
		"gho_"
		"0123456789abcdef",
		"ghs_"
		"0123456789abcdef",
		"github_pat_"
		"11AAAA_bbbb",
		"glpat-"
		"abcdefgh",
		"xoxb-"
		"1-2-abc",
		"AKIA"
		"IOSFODNN7EXAMPLE",
		"eyJ"
		"hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
		"sk-"
		"abcdefghijklmnopqrstuvwxyz",
		"sk_test_"
		"0123456789abcdef",
		"sk_live_"
		"0123456789abcdef",
		"rk_test_"
		"0123456789abcdef",
		"npm_"
		"abcdefghijklmnopqrstuvwxyz0123456789",
		"https://x-access-token:ghs_"
		"abcdef@github.com/o/r",
		"token=ghp_"
		"0123456789abcdef",
		"https://hooks.slack.com/services/T/B/x", "Authorization: x", "Bearer abc", "Basic dTpw",
		"machine h login u password p", "{\"auths\": {\"ghcr.io\": {\"auth\": \"dTpw\"}}}",
		"{\"type\": \"service_account\", \"private_key\": \"x\"}", "//registry.npmjs.org/:_authToken=x"};

	(void)state;
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
		if (!secret_like("SETTING", values[i]))
			fail_msg("passes: %s", values[i]);
}

static void other_values(void **state)
{
	static const char *const values[] = {"https://example.com/", "http://proxy.example:3128",
		"http://proxy.example:3128/x@y", "ssh://git@github.com/o/r", "git@github.com:o/r.git",
		"docker://registry:5000/image@sha256:0123", "postgres://h/db", "postgres://u@h/db", "redis://h:6379",
		"redis://default:@h", "https://my-organization@dev.azure.com/o", "ssh://deploy-user-0123456789@h",
		"docker.io/library/nginx@sha256:01", "actions/checkout@v4", "@scope/package@1.2.3", "/srv/a@h:22",
		"a/b/c@h:80/d", "nginx:1.25@sha256:0123", "mailto:a@example.com", "12:30", "a:b:c", "/usr/bin:/bin",
		"-----BEGIN CERTIFICATE-----", "-----BEGIN PGP PUBLIC KEY BLOCK-----", "where is the private key",
		"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t", "ghp_", "sk-learn", "AKIA", "eyJ", "task-runner", "basically",
		"npm_config", "{\"a\": 1}", "maskghp_0123456789", "0123456789abcdef0123456789abcdef01234567"};

	(void)state;
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
		if (secret_like("SETTING", values[i]))
			fail_msg("withheld: %s", values[i]);
}

/* However long: only the end of a word and the last words are looked at. */
static void long_names(void **state)
{
	char name[1024];

	(void)state;
	memset(name, 'A', sizeof name);
	memcpy(name + 900, "TOKEN", sizeof "TOKEN");
	assert_true(secret_like(name, "canary"));
	for (size_t i = 0; i + 2 < sizeof name; i += 2)
		memcpy(name + i, "A_", 2);
	name[sizeof name - 2] = '\0';
	assert_false(secret_like(name, "canary"));

	/* The last words count, however many come before. */
	memcpy(name + sizeof name - 10, "PASSWORD", sizeof "PASSWORD");
	assert_true(secret_like(name, "canary"));
	memcpy(name + sizeof name - 16, "PASSWORD_A_B", sizeof "PASSWORD_A_B");
	assert_true(secret_like(name, "canary"));
}

/* The name says that it is a place, and the value is none. */
static void what_is_called_a_place(void **state)
{
	(void)state;
	assert_true(secret_like("POSTGRES_PASSWORD_FILE", "canary"));
	assert_false(secret_like("POSTGRES_PASSWORD_FILE", "./db"));
	assert_false(secret_like("SSH_KEY_PATH", "~/.ssh/id"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_secrets),
		cmocka_unit_test(other_names),
		cmocka_unit_test(values_with_names_of_secrets),
		cmocka_unit_test(values_with_other_names),
		cmocka_unit_test(values_of_secrets),
		cmocka_unit_test(other_values),
		cmocka_unit_test(long_names),
		cmocka_unit_test(what_is_called_a_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
