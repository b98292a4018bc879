#include "runner/config/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LIST(...)                 \
	(const char *const[])     \
	{                         \
		__VA_ARGS__, NULL \
	}
#define TOKEN (1U << CREDENTIAL_TOKEN)
#define ACCESS (1U << CREDENTIAL_ACCESS_TOKEN)
#define JIT (1U << CREDENTIAL_JIT)
#define APP (1U << CREDENTIAL_APP)
#define REPOSITORY "GITHUB_URL=https://github.com/o/r"
#define ORGANIZATION "GITHUB_URL=https://github.com/o"
#define HOME "HOME=/home/u"

static const char *lookup(void *context, const char *name)
{
	size_t len = strlen(name);

	for (const char *const *e = context; *e != NULL; e++)
		if (strncmp(*e, name, len) == 0 && (*e)[len] == '=')
			return *e + len + 1;
	return NULL;
}

static struct config_facts facts_of(const char *const *environment, unsigned given)
{
	struct config_facts facts = {.lookup = lookup, .context = (void *)environment, .hostname = "host"};

	for (size_t i = 0; i < CREDENTIAL_COUNT; i++)
		facts.given[i] = given >> i & 1;
	return facts;
}

static void read_good(struct config *config, unsigned given, const char *const *environment)
{
	const struct config_facts facts = facts_of(environment, given);
	struct problems problems = {0};

	config_read(config, &facts, &problems);
	for (size_t i = 0; i < problems.n; i++)
		print_error("%s\n", problems.lines[i]);
	assert_int_equal(problems.n, 0);
	problems_free(&problems);
}

/* Exactly these lines, in this order. */
static void expect_problems(unsigned given, const char *const *environment, const char *const *lines)
{
	const struct config_facts facts = facts_of(environment, given);
	struct problems problems = {0};
	struct config config;
	size_t n = 0;

	config_read(&config, &facts, &problems);
	for (; n < problems.n && lines[n] != NULL; n++)
		assert_string_equal(problems.lines[n], lines[n]);
	if (lines[n] != NULL)
		fail_msg("not reported: %s", lines[n]);
	if (n < problems.n)
		fail_msg("reported, too: %s", problems.lines[n]);
	problems_free(&problems);
	config_free(&config);
}

static void defaults(void **state)
{
	struct config config;

	(void)state;
	read_good(&config, TOKEN, LIST(REPOSITORY, HOME));
	assert_int_equal(config.credential, CREDENTIAL_TOKEN);
	assert_true(config.has_url);
	assert_string_equal(config.github.entity, "/repos/o/r");
	assert_string_equal(config.github.api, "https://api.github.com");
	assert_string_equal(config.name, "host");
	assert_false(config.name_is_given);
	assert_null(config.workdir);
	assert_null(config.pools.v[0].group);
	assert_int_equal(config.pools.v[0].n_labels, 0);
	assert_null(config.pools.v[0].labels);
	assert_true(config.is_alone);
	assert_false(config.pools.v[0].ephemeral);
	assert_false(config.replace);
	assert_false(config.wants_update);
	assert_string_equal(config.runner_dir, "/home/runner/actions-runner");
	assert_string_equal(config.pools.v[0].profile, "job");
	assert_int_equal(config.pools.v[0].slots, 1);
	assert_string_equal(config.state_dir, "/home/u/.local/state/cofferdam");
	assert_null(config.layers);
	assert_true(config.drain_ns == INT64_C(6) * 3600 * 1000000000);
	config_free(&config);
}

static void everything(void **state)
{
	struct config config;

	(void)state;
	read_good(&config, ACCESS,
		LIST(ORGANIZATION, HOME, "XDG_STATE_HOME=/state", "RUNNER_NAME=box-1", "RUNNER_WORKDIR=/work",
			"RUNNER_GROUP=my group", "RUNNER_LABELS=gpu, big box ,x", "EPHEMERAL=true",
			"REPLACE_EXISTING=yes", "DISABLE_AUTO_UPDATE=false", "RUNNER_DIR=/opt/runner",
			"COFFERDAM_PROFILE=strict", "COFFERDAM_SLOTS=128", "COFFERDAM_STATE_DIR=/var/lib/cofferdam",
			"COFFERDAM_IMAGES=/srv/images", "COFFERDAM_LAYERS=/srv/layers", "COFFERDAM_DRAIN=90s",
			"GITHUB_API_URL=http://localhost:8080/"));
	assert_int_equal(config.credential, CREDENTIAL_ACCESS_TOKEN);
	assert_int_equal(config.github.scope, GITHUB_ORGANIZATION);
	assert_string_equal(config.github.api, "http://localhost:8080");
	assert_string_equal(config.name, "box-1");
	assert_true(config.name_is_given);
	assert_string_equal(config.workdir, "/work");
	assert_string_equal(config.pools.v[0].group, "my group");
	assert_int_equal(config.pools.v[0].n_labels, 3);
	assert_string_equal(config.pools.v[0].labels[0], "gpu");
	assert_string_equal(config.pools.v[0].labels[1], "big box");
	assert_string_equal(config.pools.v[0].labels[2], "x");
	assert_null(config.pools.v[0].labels[3]);
	assert_true(config.pools.v[0].ephemeral);
	assert_true(config.replace);
	assert_true(config.wants_update);
	assert_string_equal(config.runner_dir, "/opt/runner");
	assert_string_equal(config.pools.v[0].profile, "strict");
	assert_int_equal(config.pools.v[0].slots, 128);
	assert_string_equal(config.state_dir, "/var/lib/cofferdam");
	assert_string_equal(config.layers, "/srv/layers");
	assert_true(config.drain_ns == INT64_C(90) * 1000000000);
	config_free(&config);
}

static void state_directory(void **state)
{
	struct config config;

	(void)state;
	read_good(&config, TOKEN, LIST(REPOSITORY, HOME, "XDG_STATE_HOME=/s"));
	assert_string_equal(config.state_dir, "/s/cofferdam");
	config_free(&config);
	read_good(&config, TOKEN, LIST(REPOSITORY, "COFFERDAM_STATE_DIR=/d"));
	assert_string_equal(config.state_dir, "/d");
	config_free(&config);
	read_good(&config, TOKEN, LIST(REPOSITORY, HOME, "XDG_STATE_HOME=", "COFFERDAM_STATE_DIR="));
	assert_string_equal(config.state_dir, "/home/u/.local/state/cofferdam");
	config_free(&config);
}

/* Compose files pass on a variable that is not set as an empty one. */
static void empty_is_not_set(void **state)
{
	struct config config;

	(void)state;
	read_good(&config, JIT,
		LIST("GITHUB_URL=", HOME, "RUNNER_NAME=", "RUNNER_WORKDIR=", "RUNNER_GROUP=", "RUNNER_LABELS=",
			"EPHEMERAL=", "REPLACE_EXISTING=", "DISABLE_AUTO_UPDATE=", "RUNNER_DIR=", "COFFERDAM_PROFILE=",
			"COFFERDAM_SLOTS=", "COFFERDAM_DRAIN=", "GITHUB_API_URL=", "APP_ID=", "COFFERDAM_LISTEN="));
	assert_false(config.has_url);
	assert_int_equal(config.credential, CREDENTIAL_JIT);
	assert_string_equal(config.name, "host");
	assert_null(config.pools.v[0].group);
	assert_true(config.pools.v[0].ephemeral); /* a JIT configuration is for one job */
	assert_string_equal(config.pools.v[0].profile, "job");
	config_free(&config);
}

static void booleans(void **state)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {{"true", true}, {"True", true}, {"TRUE", true}, {"1", true}, {"yes", true}, {"YES", true},
		{"false", false}, {"False", false}, {"0", false}, {"no", false}, {"No", false}};
	static const char *const bad[] = {
		"2", "on", "off", "y", "n", "t", "truee", "tru", " true", "true ", "maybe", "-1"};

	(void)state;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		char ephemeral[64], replace[64], update[64];
		struct config config;

		snprintf(ephemeral, sizeof ephemeral, "EPHEMERAL=%s", words[i].word);
		snprintf(replace, sizeof replace, "REPLACE_EXISTING=%s", words[i].word);
		snprintf(update, sizeof update, "DISABLE_AUTO_UPDATE=%s", words[i].word);
		read_good(&config, TOKEN, LIST(REPOSITORY, HOME, ephemeral, replace, update));
		assert_int_equal(config.pools.v[0].ephemeral, words[i].value);
		assert_int_equal(config.replace, words[i].value);
		assert_int_equal(config.wants_update, !words[i].value);
		config_free(&config);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		char variable[64], line[128];

		snprintf(variable, sizeof variable, "EPHEMERAL=%s", bad[i]);
		snprintf(line, sizeof line, "EPHEMERAL: %s: not a boolean (expected true or false)", bad[i]);
		expect_problems(TOKEN, LIST(REPOSITORY, HOME, variable), LIST(line));
	}
}

#define NO_CREDENTIAL                                                                                \
	"no credential: set TOKEN, ACCESS_TOKEN, APP_PRIVATE_KEY or ACTIONS_RUNNER_INPUT_JITCONFIG " \
	"(each also as NAME_FILE or as a systemd credential)"
#define NO_URL "GITHUB_URL: required (such as https://github.com/OWNER/REPOSITORY)"
#define TWO(names) "more than one credential: " names " (set only one)"

static void missing(void **state)
{
	(void)state;
	expect_problems(0, LIST(HOME), LIST(NO_CREDENTIAL, NO_URL));
	expect_problems(0, LIST(HOME, REPOSITORY), LIST(NO_CREDENTIAL));
	expect_problems(TOKEN, LIST(HOME), LIST(NO_URL));
	expect_problems(ACCESS, LIST(HOME, "GITHUB_URL="), LIST(NO_URL));
	expect_problems(0, (const char *const[]){NULL},
		LIST(NO_CREDENTIAL, NO_URL, "COFFERDAM_STATE_DIR: required if neither XDG_STATE_HOME nor HOME is set"));
}

static void contradictory(void **state)
{
	static const char fixed[] =
		"RUNNER_NAME, RUNNER_GROUP, RUNNER_LABELS, REPLACE_EXISTING: a JIT configuration has "
		"fixed these already (unset them)";

	(void)state;
	expect_problems(TOKEN | ACCESS, LIST(REPOSITORY, HOME), LIST(TWO("TOKEN ACCESS_TOKEN")));
	expect_problems(TOKEN | JIT, LIST(REPOSITORY, HOME), LIST(TWO("TOKEN ACTIONS_RUNNER_INPUT_JITCONFIG")));
	expect_problems(ACCESS | JIT, LIST(HOME), LIST(TWO("ACCESS_TOKEN ACTIONS_RUNNER_INPUT_JITCONFIG"), NO_URL));
	expect_problems(TOKEN | ACCESS | JIT, LIST(REPOSITORY, HOME),
		LIST(TWO("TOKEN ACCESS_TOKEN ACTIONS_RUNNER_INPUT_JITCONFIG")));
	expect_problems(JIT, LIST(HOME, "COFFERDAM_SLOTS=2"),
		LIST("COFFERDAM_SLOTS: a JIT configuration is for one runner (use ACCESS_TOKEN, which requests one for each slot)"));
	expect_problems(
		JIT, LIST(HOME, "EPHEMERAL=no"), LIST("EPHEMERAL: a JIT configuration is for one job (unset it)"));
	expect_problems(JIT, LIST(HOME, "RUNNER_NAME=x"), LIST(fixed));
	expect_problems(JIT, LIST(HOME, "RUNNER_GROUP=x"), LIST(fixed));
	expect_problems(JIT, LIST(HOME, "RUNNER_LABELS=x"), LIST(fixed));
	expect_problems(JIT, LIST(HOME, "REPLACE_EXISTING=1"), LIST(fixed));
	expect_problems(TOKEN, LIST(REPOSITORY, HOME, "RUNNER_GROUP=x"),
		LIST("RUNNER_GROUP: a repository has no runner groups (unset it)"));
	/* what is the same either way is no contradiction */
	expect_problems(JIT,
		LIST(HOME, "EPHEMERAL=true", "REPLACE_EXISTING=no", "COFFERDAM_SLOTS=1", "RUNNER_WORKDIR=w"),
		(const char *const[]){NULL});
}

static void wrong_values(void **state)
{
	static const struct {
		const char *variable;
		const char *line;
	} rows[] = {
		{"RUNNER_NAME=a b", "RUNNER_NAME: contains a space or control character"},
		{"RUNNER_NAME=a\nb", "RUNNER_NAME: contains a space or control character"},
		{"RUNNER_NAME=a\xff\xc0", "RUNNER_NAME: not UTF-8"},
		{"RUNNER_LABELS=a,\xff", "RUNNER_LABELS: not UTF-8"},
		{"RUNNER_NAME=a\x7f", "RUNNER_NAME: contains a space or control character"},
		{"RUNNER_NAME=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
			"RUNNER_NAME: longer than 64 bytes"},
		{"RUNNER_WORKDIR=.",
			"RUNNER_WORKDIR: .: contains an empty component, \".\", \"..\", a colon or a newline"},
		{"RUNNER_WORKDIR=./w",
			"RUNNER_WORKDIR: ./w: contains an empty component, \".\", \"..\", a colon or a newline"},
		{"RUNNER_WORKDIR=w/./x",
			"RUNNER_WORKDIR: w/./x: contains an empty component, \".\", \"..\", a colon or a newline"},
		{"RUNNER_WORKDIR=w//x",
			"RUNNER_WORKDIR: w//x: contains an empty component, \".\", \"..\", a colon or a newline"},
		{"RUNNER_WORKDIR=/",
			"RUNNER_WORKDIR: /: contains an empty component, \".\", \"..\", a colon or a newline"},
		{"RUNNER_WORKDIR=../w",
			"RUNNER_WORKDIR: ../w: contains an empty component, \".\", \"..\", a colon or a newline"},
		{"RUNNER_WORKDIR=w/../../x",
			"RUNNER_WORKDIR: w/../../x: contains an empty component, \".\", \"..\", a colon or a newline"},
		{"RUNNER_WORKDIR=/w/..",
			"RUNNER_WORKDIR: /w/..: contains an empty component, \".\", \"..\", a colon or a newline"},
		{"RUNNER_WORKDIR=/a:b",
			"RUNNER_WORKDIR: /a:b: contains an empty component, \".\", \"..\", a colon or a newline"},
		{"RUNNER_DIR=opt/runner", "RUNNER_DIR: opt/runner: not an absolute path"},
		{"RUNNER_DIR=/opt/../runner", "RUNNER_DIR: /opt/../runner: contains \"..\", a colon or a newline"},
		{"COFFERDAM_STATE_DIR=state", "COFFERDAM_STATE_DIR: state: not an absolute path"},
		{"COFFERDAM_STATE_DIR=/a:b", "COFFERDAM_STATE_DIR: /a:b: contains \"..\", a colon or a newline"},
		{"COFFERDAM_IMAGES=images", "COFFERDAM_IMAGES: images: not an absolute path"},
		{"COFFERDAM_LAYERS=layers", "COFFERDAM_LAYERS: layers: not an absolute path"},
		{"RUNNER_LABELS=,a", "RUNNER_LABELS: a label is empty or longer than 256 bytes"},
		{"RUNNER_LABELS=a,,b", "RUNNER_LABELS: a label is empty or longer than 256 bytes"},
		{"RUNNER_LABELS=a, ,b", "RUNNER_LABELS: a label is empty or longer than 256 bytes"},
		{"RUNNER_LABELS=  ", "RUNNER_LABELS: a label is empty or longer than 256 bytes"},
		{"COFFERDAM_SLOTS=0", "COFFERDAM_SLOTS: 0: must be at least 1"},
		{"COFFERDAM_SLOTS=129", "COFFERDAM_SLOTS: 129: more than 128"},
		{"COFFERDAM_SLOTS=-1", "COFFERDAM_SLOTS: -1: not a whole number"},
		{"COFFERDAM_SLOTS=two", "COFFERDAM_SLOTS: two: not a whole number"},
		{"REPLACE_EXISTING=maybe", "REPLACE_EXISTING: maybe: not a boolean (expected true or false)"},
		{"DISABLE_AUTO_UPDATE=maybe", "DISABLE_AUTO_UPDATE: maybe: not a boolean (expected true or false)"},
		{"GITHUB_API_URL=http://api.example",
			"GITHUB_API_URL: http://api.example: http:// is accepted for loopback hosts only (use https://: a token must not cross a network in clear text)"},
		{"APP_ID=1", "APP_PRIVATE_KEY: required with APP_ID (or unset it)"},
		{"COFFERDAM_LISTEN=:9000",
			"COFFERDAM_LISTEN: :9000: not an address with a port (expected ADDRESS:PORT, such as 127.0.0.1:9464 or [::1]:9464, or none)"},
		{"ACTIONS_RUNNER_INPUT_TOKEN=withheld", "ACTIONS_RUNNER_INPUT_TOKEN: not supported yet (use TOKEN)"},
		{"ACTIONS_RUNNER_INPUT_PAT=withheld", "ACTIONS_RUNNER_INPUT_PAT: not supported yet (use ACCESS_TOKEN)"},
		{"ACTIONS_RUNNER_INPUT_URL=x", "ACTIONS_RUNNER_INPUT_URL: not supported yet (use GITHUB_URL)"},
		{"ACTIONS_RUNNER_INPUT_NAME=x", "ACTIONS_RUNNER_INPUT_NAME: not supported yet (use RUNNER_NAME)"},
		{"ACTIONS_RUNNER_INPUT_LABELS=x", "ACTIONS_RUNNER_INPUT_LABELS: not supported yet (use RUNNER_LABELS)"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		expect_problems(TOKEN, LIST(REPOSITORY, HOME, rows[i].variable), LIST(rows[i].line));
}

static void app(void **state)
{
	static const char hint[] = "(the number that GitHub shows as App ID, or the Client ID)";
	static const char *const good[] = {"APP_ID=1", "APP_ID=Iv23liABC_d.e-9"};
	static const char *const bad[] = {
		"1 2", "\"", "1\n", "a/b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
	struct config config;
	char line[256], variable[128];

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		read_good(&config, APP, LIST(REPOSITORY, HOME, good[i]));
		assert_int_equal(config.credential, CREDENTIAL_APP);
		assert_string_equal(config.app_id, good[i] + strlen("APP_ID="));
		config_free(&config);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		snprintf(variable, sizeof variable, "APP_ID=%s", bad[i]);
		snprintf(line, sizeof line, "APP_ID: %s: not the id of an App %s", bad[i], hint);
		expect_problems(APP, LIST(REPOSITORY, HOME, variable), LIST(line));
	}
	snprintf(line, sizeof line, "APP_ID: required with APP_PRIVATE_KEY %s", hint);
	expect_problems(APP, LIST(REPOSITORY, HOME), LIST(line));
	expect_problems(APP | ACCESS, LIST(REPOSITORY, HOME, "APP_ID=1"), LIST(TWO("ACCESS_TOKEN APP_PRIVATE_KEY")));
	expect_problems(APP, LIST(HOME, "APP_ID=1"), LIST(NO_URL));
}

/* What is wrong with one is said although the other is wrong or missing, and each with the variable that holds it. */
static void urls_and_directories(void **state)
{
	(void)state;
	expect_problems(TOKEN, LIST("GITHUB_URL=github.com/o/r", "GITHUB_API_URL=api", HOME),
		LIST("GITHUB_URL: github.com/o/r: not an https:// URL", "GITHUB_API_URL: api: not an https:// URL"));
	expect_problems(JIT, LIST("GITHUB_API_URL=https://api.example", HOME),
		LIST("GITHUB_API_URL: requires GITHUB_URL (unset it)"));
	expect_problems(
		TOKEN, LIST(REPOSITORY, "XDG_STATE_HOME=s"), LIST("XDG_STATE_HOME: s/cofferdam: not an absolute path"));
	expect_problems(
		TOKEN, LIST(REPOSITORY, "HOME=h"), LIST("HOME: h/.local/state/cofferdam: not an absolute path"));
	/* A file that could not be read has its own line: it is not the same as none. */
	expect_problems(0, LIST(REPOSITORY, HOME, "TOKEN_FILE=/unreadable"), (const char *const[]){NULL});
}

static void drain(void **state)
{
	static const char *const bad[] = {"90", "-1s", "forever"};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		char variable[64];
		const char *const environment[] = {REPOSITORY, HOME, variable, NULL};
		const struct config_facts facts = facts_of(environment, TOKEN);
		struct problems problems = {0};
		struct config config;

		snprintf(variable, sizeof variable, "COFFERDAM_DRAIN=%s", bad[i]);
		config_read(&config, &facts, &problems);
		assert_int_equal(problems.n, 1);
		assert_true(strncmp(problems.lines[0], "COFFERDAM_DRAIN: ", 17) == 0);
		assert_non_null(strstr(problems.lines[0], bad[i]));
		problems_free(&problems);
		config_free(&config);
	}
}

/* Nobody wants to mend a configuration one line at a time. */
static void all_at_once(void **state)
{
	static const char two[] = TWO("TOKEN ACCESS_TOKEN");

	(void)state;
	expect_problems(TOKEN | ACCESS,
		LIST("GITHUB_URL=github.com/o/r", "RUNNER_NAME=a b", "RUNNER_WORKDIR=..", "RUNNER_LABELS=,",
			"EPHEMERAL=x", "REPLACE_EXISTING=x", "DISABLE_AUTO_UPDATE=x", "RUNNER_DIR=r",
			"COFFERDAM_SLOTS=x", "COFFERDAM_STATE_DIR=s", "APP_ID=1"),
		LIST("GITHUB_URL: github.com/o/r: not an https:// URL", two,
			"APP_PRIVATE_KEY: required with APP_ID (or unset it)",
			"RUNNER_NAME: contains a space or control character",
			"RUNNER_WORKDIR: ..: contains an empty component, \".\", \"..\", a colon or a newline",
			"RUNNER_LABELS: a label is empty or longer than 256 bytes",
			"EPHEMERAL: x: not a boolean (expected true or false)",
			"COFFERDAM_SLOTS: x: not a whole number",
			"REPLACE_EXISTING: x: not a boolean (expected true or false)",
			"DISABLE_AUTO_UPDATE: x: not a boolean (expected true or false)",
			"RUNNER_DIR: r: not an absolute path", "COFFERDAM_STATE_DIR: s: not an absolute path"));
}

#define CONTRADICTS ": contradicts /p.json, which says it for each pool (unset it)"

static void a_file_instead_of_variables(void **state)
{
	struct config config;

	(void)state;
	read_good(&config, ACCESS, LIST(REPOSITORY, HOME, "COFFERDAM_CONFIG=/p.json", "RUNNER_LABELS="));
	assert_string_equal(config.file, "/p.json");
	assert_int_equal(config.pools.n, 0);
	assert_false(config.is_alone);
	config_free(&config);
	expect_problems(ACCESS,
		LIST(REPOSITORY, HOME, "COFFERDAM_CONFIG=/p.json", "RUNNER_LABELS=x", "RUNNER_GROUP=x",
			"EPHEMERAL=true", "COFFERDAM_PROFILE=job", "COFFERDAM_SLOTS=1"),
		LIST("RUNNER_LABELS" CONTRADICTS, "RUNNER_GROUP" CONTRADICTS, "EPHEMERAL" CONTRADICTS,
			"COFFERDAM_PROFILE" CONTRADICTS, "COFFERDAM_SLOTS" CONTRADICTS));
	expect_problems(JIT, LIST(REPOSITORY, HOME, "COFFERDAM_CONFIG=/p.json"),
		LIST("--config: a JIT configuration is for one runner (describe its runner by environment variables)"));
}

static void names_that_may_be(void **state)
{
	struct config config;

	(void)state;
	read_good(&config, TOKEN,
		LIST(REPOSITORY, HOME, "RUNNER_NAME=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
			"RUNNER_WORKDIR=a/..b/c../...", "RUNNER_DIR=/"));
	assert_int_equal(strlen(config.name), CONFIG_NAME_MAX);
	assert_string_equal(config.workdir, "a/..b/c../...");
	config_free(&config);
}

static void label_limits(void **state)
{
	static const char variable[] = "RUNNER_LABELS=";
	char most[sizeof variable + 2 * CONFIG_LABELS_MAX + 2], longest[sizeof variable + 257];
	struct config config;

	(void)state;
	memcpy(most, variable, sizeof variable);
	for (size_t i = 0; i <= CONFIG_LABELS_MAX; i++)
		memcpy(most + sizeof variable - 1 + 2 * i, "x,", 3);
	expect_problems(TOKEN, LIST(REPOSITORY, HOME, most), LIST("RUNNER_LABELS: more than 96 labels"));
	most[sizeof variable - 1 + 2 * CONFIG_LABELS_MAX] = '\0'; /* ends with a comma, which is nothing */
	read_good(&config, TOKEN, LIST(REPOSITORY, HOME, most));
	assert_int_equal(config.pools.v[0].n_labels, CONFIG_LABELS_MAX);
	assert_null(config.pools.v[0].labels[CONFIG_LABELS_MAX]);
	config_free(&config);

	memset(longest, 'x', sizeof longest - 1);
	memcpy(longest, variable, sizeof variable - 1);
	longest[sizeof longest - 1] = '\0';
	expect_problems(TOKEN, LIST(REPOSITORY, HOME, longest),
		LIST("RUNNER_LABELS: a label is empty or longer than 256 bytes"));
	longest[sizeof longest - 2] = '\0';
	read_good(&config, TOKEN, LIST(REPOSITORY, HOME, longest));
	assert_int_equal(strlen(config.pools.v[0].labels[0]), 256);
	config_free(&config);
}

/* `sweep` needs no credential, and is not kept from its work by settings that are not its own. */
static void for_sweep(void **state)
{
	const struct config_facts facts = facts_of(LIST(HOME, "EPHEMERAL=x", "COFFERDAM_SLOTS=x", "APP_ID=1"), 0);
	const struct config_facts with = facts_of(LIST(ORGANIZATION, "COFFERDAM_STATE_DIR=s"), ACCESS);
	struct problems problems = {0};
	struct config config;

	(void)state;
	config_read_for_sweep(&config, &facts, &problems);
	assert_int_equal(problems.n, 0);
	assert_false(config.has_url);
	assert_string_equal(config.state_dir, "/home/u/.local/state/cofferdam");
	config_free(&config);
	config_read_for_sweep(&config, &with, &problems);
	assert_int_equal(problems.n, 1);
	assert_string_equal(problems.lines[0], "COFFERDAM_STATE_DIR: s: not an absolute path");
	assert_true(config.has_url);
	assert_int_equal(config.credential, CREDENTIAL_ACCESS_TOKEN);
	problems_free(&problems);
	config_free(&config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(everything),
		cmocka_unit_test(state_directory),
		cmocka_unit_test(empty_is_not_set),
		cmocka_unit_test(booleans),
		cmocka_unit_test(missing),
		cmocka_unit_test(contradictory),
		cmocka_unit_test(wrong_values),
		cmocka_unit_test(app),
		cmocka_unit_test(urls_and_directories),
		cmocka_unit_test(drain),
		cmocka_unit_test(all_at_once),
		cmocka_unit_test(a_file_instead_of_variables),
		cmocka_unit_test(names_that_may_be),
		cmocka_unit_test(label_limits),
		cmocka_unit_test(for_sweep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
