#include "common/builtin.h"
#include "common/cleanup.h"
#include "common/io.h"
#include "common/path.h"
#include "policy/facts.h"
#include "policy/profile.h"
#include "policy/resolve/resolve.h"
#include "policy/settings.h"

#include <fcntl.h>
#include <setjmp.h>
#include <sha256.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

/* A directory for the profiles of one test. */
static char dir[64];

static int make_dir(void **state)
{
	(void)state;
	snprintf(dir, sizeof dir, "/tmp/cofferdam-profile-XXXXXX");
	return mkdtemp(dir) == NULL ? -1 : 0;
}

static int remove_dir(void **state)
{
	static const char *const names[] = {"a.json", "b.json", "sub/c.json", "sub"};
	char path[128];

	(void)state;
	for (int i = 0; i < 12; i++) {
		snprintf(path, sizeof path, "%s/deep%d.json", dir, i);
		remove(path);
	}
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		snprintf(path, sizeof path, "%s/%s", dir, names[i]);
		remove(path);
	}
	return remove(dir);
}

/* The path of a file in the directory; valid until the next call. */
static const char *in_dir(const char *name)
{
	static char path[128];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	return path;
}

static void put(const char *name, const char *text)
{
	_cleanup_(close_fd) int fd = open(in_dir(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write_all(fd, text, strlen(text)), 0);
}

static int load(const char *text, struct plan *plan, struct error *err)
{
	assert_int_equal(plan_init(plan, err), 0);
	return profile_load_text("p.json", text, strlen(text), plan, err);
}

static void refused(const char *text, const char *expected)
{
	_cleanup_(plan_free) struct plan plan = {0};
	struct error err;

	assert_int_equal(load(text, &plan, &err), -1);
	assert_string_equal(err.text, expected);
}

static void a_misspelt_key_is_recognised(void **state)
{
	_cleanup_(plan_free) struct plan plan = {0};
	struct error err;

	(void)state;
	assert_int_equal(load("{\"memroy\": \"1G\"}", &plan, &err), -1);
	assert_string_equal(err.text, "p.json:1:2: unknown key \"memroy\"");
	assert_string_equal(err.hint, "did you mean memory?");
}

static void a_wrong_value_is_answered_with_what_is_expected(void **state)
{
	static const struct {
		const char *json, *hint;
	} cases[] = {
		{"{\"readonly\": []}", "cofferdam-profile(5) lists the keys"},
		{"{\"ro\": \"/usr\"}", "expected [\"PATH[:INSIDE]\"]"},
		{"{\"env\": {}}", "expected [\"NAME[=VALUE]\"]"},
		{"{\"ro\": [\"~/x\"]}", "expected an absolute path; ~ and variables are not expanded here"},
		{"{\"rw\": [\"/c:rel\"]}", "INSIDE is an absolute path; a ':' in a path is written '\\:'"},
		{"{\"env\": [\"HOME=/h\"], \"rw\": [\"/c:~/c\"]}",
			"~ and variables are not expanded here; HOME is /h inside"},
		{"{\"env\": [\"HOME=/h\"], \"rw\": [\"/c:$HOME/c\"]}",
			"~ and variables are not expanded here; HOME is /h inside"},
		{"", "the file is empty"},
		{" \n", "the file is empty"},
		{"\xef\xbb\xbf{}", "the file begins with a byte order mark, which JSON does not have"},
		{"// mine\n{}", "JSON has no comments"},
		{"{\n# mine\n}", "JSON has no comments"},
		{"{'time': '1m'}", "JSON writes strings with \", not with '"},
		{"{\"time\": \"1m\", }", "JSON has no comma behind the last element"},
		{"{\"ro\": [\"/usr\"\n,\n]}", "JSON has no comma behind the last element"},
		{"{\"time\": \"1m\"\n \"pids\": 9}", "perhaps a comma is missing before it"},
		{"{\"ro\": [\"/usr\" \"/etc\"]}", "perhaps a comma is missing before it"},
		{"{\"time\": nan}", ""},
		{"{\"time\": \"1m\"", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		_cleanup_(plan_free) struct plan plan = {0};
		struct error err;

		assert_int_equal(load(cases[i].json, &plan, &err), -1);
		assert_string_equal(err.hint, cases[i].hint);
	}
}

static const char *origin(const struct plan *plan, const char *key)
{
	return plan->origins[setting_index(setting_find(key))].text;
}

static struct facts complete_host(void)
{
	return (struct facts){.cgroup_delegated = true,
		.cgroup_controllers = FACTS_CONTROLLER_MEMORY | FACTS_CONTROLLER_PIDS | FACTS_CONTROLLER_CPU,
		.cgroup_reason = ""};
}

static void shipped_profiles_load_and_resolve(void **state)
{
	static const char *const names[] = {"default", "strict", "build", "job", "listener", "entrypoint"};
	const struct facts facts = complete_host();
	char known[256];

	(void)state;
	builtin_names("profiles", known, sizeof known);
	assert_string_equal(known, "default, strict, build, job, listener, entrypoint, outer, unpack");
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		_cleanup_(plan_free) struct plan plan = {0};
		struct error err;

		assert_int_equal(plan_init(&plan, &err), 0);
		if (profile_load(names[i], &plan, &err) < 0 || plan_resolve(&plan, &facts, &err) < 0)
			fail_msg("%s: %s", names[i], err.text);
		assert_string_equal(plan.profile, names[i]);
		assert_int_equal(strlen(plan.profile_digest), 64);
		assert_true(plan.filter.len > 0);
	}
}

static void shipped_profiles_say_what_they_promise(void **state)
{
	_cleanup_(plan_free) struct plan plan = {0}, job = {0}, strict = {0};
	struct error err;

	(void)state;
	assert_int_equal(plan_init(&plan, &err), 0);
	assert_int_equal(profile_load("default", &plan, &err), 0);
	assert_int_equal(plan.network, PLAN_NETWORK_NONE);
	assert_true(plan.limits.memory == 0 && plan.limits.pids == 0 && plan.limits.cpus_milli == 0);
	assert_true(plan.limits.swap == PLAN_SWAP_UNSET && plan.limits.disk == 0);
	assert_true(plan.limits.nofile == 1024);
	assert_int_equal(plan_init(&job, &err), 0);
	assert_int_equal(profile_load("job", &job, &err), 0);
	assert_int_equal(job.network, PLAN_NETWORK_OPEN);
	assert_true(job.limits.memory == UINT64_C(8) << 30 && job.limits.pids == 4096);
	assert_true(job.limits.cpus_milli == 4000 && job.limits.time_ns == INT64_C(21600000000000));
	assert_string_equal(origin(&job, "seccomp"), "profiles/default.json:4:14");
	assert_int_equal(plan_init(&strict, &err), 0);
	assert_int_equal(profile_load("strict", &strict, &err), 0);
	for (size_t i = 0; i < strict.root.n_mounts; i++)
		assert_false(strict.root.mounts[i].kind == PLAN_MOUNT_BIND &&
			     strcmp(strict.root.mounts[i].target, "/opt") == 0);
}

/* No mount of any shipped profile is writable, and none shows what the host keeps secret. */
static void shipped_profiles_show_no_more_than_the_system(void **state)
{
	static const char *const allowed[] = {"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc",
		"/opt", "/nix", "/var/lib/dpkg", "/sys/devices/system/cpu", "/sys/devices/system/node",
		"/run/systemd/resolve/resolv.conf", "/run/systemd/resolve/stub-resolv.conf",
		"/run/resolvconf/resolv.conf", "/run/NetworkManager/resolv.conf"};
	static const char *const names[] = {"default", "strict", "build", "job", "listener"};

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		_cleanup_(plan_free) struct plan plan = {0};
		struct error err;

		assert_int_equal(plan_init(&plan, &err), 0);
		assert_int_equal(profile_load(names[i], &plan, &err), 0);
		for (size_t m = 0; m < plan.root.n_mounts; m++) {
			bool known = plan.root.mounts[m].kind != PLAN_MOUNT_BIND;

			for (size_t a = 0; a < sizeof allowed / sizeof allowed[0]; a++)
				known = known || strcmp(plan.root.mounts[m].source, allowed[a]) == 0;
			assert_true(known);
			assert_false(plan.root.mounts[m].writable);
		}
	}
}

static void values_and_origins(void **state)
{
	static const char text[] = "{\n"
				   "  \"description\": \"x\",\n"
				   "  \"memory\": \"1G\", \"pids\": 100,\n"
				   "  \"cpus\": 0.3,\n"
				   "  \"swap\": 0,\n"
				   "  \"disk\": 4096,\n"
				   "  \"explain\": false,\n"
				   "  \"ro\": [\"/usr\",\n"
				   "         \"/opt\"],\n"
				   "  \"env\": [ \"A=b\" ]\n"
				   "}\n";
	_cleanup_(plan_free) struct plan plan = {0};
	struct error err;

	(void)state;
	assert_int_equal(load(text, &plan, &err), 0);
	assert_false(plan.explain);
	assert_true(plan.limits.memory == 1 << 30 && plan.limits.pids == 100 && plan.limits.cpus_milli == 300);
	assert_true(plan.limits.swap == 0 && plan.limits.disk == 4096);
	assert_string_equal(origin(&plan, "memory"), "p.json:3:13");
	assert_string_equal(origin(&plan, "pids"), "p.json:3:27");
	assert_string_equal(plan.root.mounts[0].origin.text, "p.json:8:10");
	assert_string_equal(plan.root.mounts[1].origin.text, "p.json:9:10");
	assert_string_equal(plan.command.env[0].origin.text, "p.json:10:12");
	assert_null(origin(&plan, "network"));
	assert_string_equal(plan.profile, "p.json");
}

static void errors_have_positions(void **state)
{
	(void)state;
	refused("{\n  \"memroy\": \"1G\"\n}", "p.json:2:3: unknown key \"memroy\"");
	refused("{\"a/b~c\": 1}", "p.json:1:2: unknown key \"a/b~c\"");
	refused("{\"\": 1}", "p.json:1:2: unknown key \"\"");
	refused("{\"report\": \"x\"}", "p.json:1:2: report: only on the command line");
	refused("{\"profile\": \"job\"}", "p.json:1:2: profile: only on the command line");
	refused("{\"memory\":\n\"12Q\"}", "p.json:2:1: memory: 12Q: not a size");
	refused("{\"memory\": -1}", "p.json:1:12: memory: -1: not a size");
	refused("{\"memory\": 1.5}", "p.json:1:12: memory: must be a size such as \"4G\", or a number of bytes");
	refused("{\"memory\": null}", "p.json:1:12: memory: must be a size such as \"4G\", or a number of bytes");
	refused("{\"cpus\": 1e300}", "p.json:1:10: cpus: 1e+300: not a number of CPUs");
	refused("{\"pids\": 9223372036854775807}", "p.json:1:10: pids: 9223372036854775807: more than 4194304");
	refused("{\"time\": 60}", "p.json:1:10: time: must be a duration such as \"90s\"");
	refused("{\"network\": [\"host\"]}", "p.json:1:13: network: must be a string");
	refused("{\"ro\": \"/usr\"}", "p.json:1:8: ro: must be a list");
	refused("{\"ro\": {\"/usr\": 1}}", "p.json:1:8: ro: must be a list");
	refused("{\"ro\": [\"/usr\", 3]}", "p.json:1:17: ro: must be a string");
	refused("{\"ro\": [\"/usr\", \"rel\"]}", "p.json:1:17: ro: source: rel: not an absolute path");
	refused("{\"explain\": \"no\"}", "p.json:1:13: explain: must be true or false");
	refused("{\"network\": \"allow\"}", "p.json:1:13: network allow: not supported yet");
	refused("{\"docker\": \"private\"}", "p.json:1:12: docker private: not supported yet");
	refused("{\"description\": 7}", "p.json:1:17: description: must be a string");
	refused("[]", "p.json:1:1: a profile must be an object");
	refused("{\"memory\": \"1G\", \"memory\": \"2G\"}", "p.json:1:25: duplicate object key near '\"memory\"'");
	refused("{\"extends\": \"nosuch\"}", "p.json:1:13: extends: profile nosuch: unknown");
	refused("{\"extends\": \"./x.json\"}", "p.json:1:13: extends: ./x.json: unknown profile");
	refused("{\"extends\": 3}", "p.json:1:13: extends: must be a string");
	refused("{\"extends\": \"schema\"}", "p.json:1:13: extends: profile schema: unknown");
}

static void long_profiles_are_refused(void **state)
{
	size_t len = (size_t)10 << 20;
	_cleanup_(freep) char *big = malloc(len + 1);
	_cleanup_(plan_free) struct plan plan = {0};
	struct error err;

	(void)state;
	assert_non_null(big);
	memset(big, ' ', len);
	memcpy(big, "{}", 2);
	big[len] = '\0';
	assert_int_equal(load(big, &plan, &err), -1);
	assert_string_equal(err.text, "p.json: more than 262144 bytes");
	plan_free(&plan);
	put("a.json", big);
	assert_int_equal(plan_init(&plan, &err), 0);
	assert_int_equal(profile_load(in_dir("a.json"), &plan, &err), -1);
	plan_free(&plan);
	big[PROFILE_TEXT_MAX + 1] = '\0';
	put("a.json", big);
	assert_int_equal(plan_init(&plan, &err), 0);
	assert_int_equal(profile_load(in_dir("a.json"), &plan, &err), -1);
	assert_non_null(strstr(err.text, "more than 262144 bytes"));
}

static void long_lists_are_refused(void **state)
{
	char text[2048] = "{\"allow_degraded\": [\"pids\"";
	_cleanup_(plan_free) struct plan plan = {0};
	struct error err;

	(void)state;
	for (int i = 0; i < SETTING_LIST_MAX; i++)
		memcpy(text + strlen(text), ",\"cpu\"", 7);
	memcpy(text + strlen(text), "]}", 3);
	assert_int_equal(load(text, &plan, &err), -1);
	assert_string_equal(err.text, "p.json:1:20: allow_degraded: more than 256 entries");
}

static void extending_overrides_and_adds(void **state)
{
	_cleanup_(freep) char *expected = NULL;
	_cleanup_(plan_free) struct plan plan = {0};
	struct error err;

	(void)state;
	put("a.json", "{\"pids\": 10, \"nofile\": 100, \"ro\": [\"/usr\", \"/opt\"], \"env\": [\"A=1\", \"B=1\"]}");
	/* "extends" counts first wherever it stands. */
	put("b.json", "{\"pids\": 20, \"tmpfs\": [\"/opt\"], \"env\": [\"A=2\"], \"extends\": \"./a.json\"}");
	assert_int_equal(plan_init(&plan, &err), 0);
	assert_int_equal(profile_load(in_dir("b.json"), &plan, &err), 0);
	assert_true(plan.limits.pids == 20 && plan.limits.nofile == 100);
	expected = format("%s:1:10", in_dir("b.json"));
	assert_string_equal(origin(&plan, "pids"), expected);
	freep(&expected);
	expected = format("%s/./a.json:1:24", dir);
	assert_string_equal(origin(&plan, "nofile"), expected);
	assert_int_equal(plan.root.n_mounts, 2);
	assert_string_equal(plan.root.mounts[0].target, "/usr");
	assert_int_equal(plan.root.mounts[1].kind, PLAN_MOUNT_TMPFS);
	assert_int_equal(plan.command.n_env, 2);
	assert_string_equal(plan.command.env[0].value, "2");
	assert_string_equal(plan.command.env[1].value, "1");
}

static void files_are_relative_to_the_profile(void **state)
{
	_cleanup_(freep) char *expected = NULL;
	_cleanup_(plan_free) struct plan plan = {0};
	struct error err;

	(void)state;
	assert_int_equal(mkdir(in_dir("sub"), 0700), 0);
	put("sub/c.json", "{\"extends\": \"../a.json\", \"pids\": 7}");
	put("a.json", "{\"extends\": \"default\", \"seccomp\": \"mine.json\"}");
	assert_int_equal(plan_init(&plan, &err), 0);
	assert_int_equal(profile_load(in_dir("sub/c.json"), &plan, &err), 0);
	assert_true(plan.limits.nofile == 1024 && plan.limits.pids == 7);
	expected = format("%s/mine.json", dir);
	assert_string_equal(plan.seccomp, expected);
}

static void circles_and_depth_are_refused(void **state)
{
	_cleanup_(plan_free) struct plan plan = {0};
	struct error err;
	char name[32], text[64];

	(void)state;
	put("a.json", "{\"extends\": \"./b.json\"}");
	put("b.json", "{\"extends\": \"././/a.json\"}");
	assert_int_equal(plan_init(&plan, &err), 0);
	assert_int_equal(profile_load(in_dir("a.json"), &plan, &err), -1);
	assert_non_null(strstr(err.text, "b.json:1:13: extends: "));
	assert_non_null(strstr(err.text, "a.json: extends itself"));
	plan_free(&plan);
	for (int i = 0; i < 9; i++) {
		snprintf(name, sizeof name, "deep%d.json", i);
		snprintf(text, sizeof text, i == 8 ? "{}" : "{\"extends\": \"deep%d.json\"}", i + 1);
		put(name, text);
	}
	assert_int_equal(plan_init(&plan, &err), 0);
	assert_int_equal(profile_load(in_dir("deep1.json"), &plan, &err), 0);
	plan_free(&plan);
	assert_int_equal(plan_init(&plan, &err), 0);
	assert_int_equal(profile_load(in_dir("deep0.json"), &plan, &err), -1);
	assert_non_null(strstr(err.text, "deep7.json:1:13: extends: more than 8 profiles extend each other"));
}

static void missing_files_are_named(void **state)
{
	_cleanup_(plan_free) struct plan plan = {0};
	struct error err;

	(void)state;
	put("a.json", "{\n\"extends\": \"./none.json\"}");
	assert_int_equal(plan_init(&plan, &err), 0);
	assert_int_equal(profile_load(in_dir("a.json"), &plan, &err), -1);
	assert_non_null(strstr(err.text, "a.json:2:12: extends: open "));
	assert_non_null(strstr(err.text, "/./none.json: No such file or directory"));
	assert_int_equal(profile_load("nosuch", &plan, &err), -1);
	assert_string_equal(err.text, "profile nosuch: unknown");
	assert_non_null(strstr(err.hint, "default, strict, build, job, listener"));
	assert_int_equal(profile_load(dir, &plan, &err), -1);
}

static void digest_covers_the_whole_chain(void **state)
{
	static const char a[] = "{\"pids\": 10}", b[] = "{\"extends\": \"a.json\"}";
	char expected[SHA256_DIGEST_STRING_LENGTH], first[65];
	_cleanup_(plan_free) struct plan plan = {0};
	struct error err;
	SHA2_CTX digest;

	(void)state;
	put("a.json", a);
	put("b.json", b);
	SHA256Init(&digest);
	SHA256Update(&digest, (const uint8_t *)b, strlen(b));
	SHA256Update(&digest, (const uint8_t *)a, strlen(a));
	SHA256End(&digest, expected);
	assert_int_equal(plan_init(&plan, &err), 0);
	assert_int_equal(profile_load(in_dir("b.json"), &plan, &err), 0);
	assert_string_equal(plan.profile_digest, expected);
	memcpy(first, plan.profile_digest, sizeof first);
	plan_free(&plan);
	put("a.json", "{\"pids\": 11}");
	assert_int_equal(plan_init(&plan, &err), 0);
	assert_int_equal(profile_load(in_dir("b.json"), &plan, &err), 0);
	assert_string_not_equal(plan.profile_digest, first);
}

static void collect(const struct error *err, void *context)
{
	char *all = context;

	snprintf(all + strlen(all), 4096 - strlen(all), "%s\n", err->text);
}

static void check_finds_every_error(void **state)
{
	_cleanup_(plan_free) struct plan plan = {0};
	_cleanup_(freep) char *expected = NULL;
	char all[4096] = "";
	struct error err;
	const char *path;

	(void)state;
	put("a.json", "{\n\"x\": 1,\n\"memory\": true,\n\"ro\": [\"a\", \"/usr\", \"/proc\"],\n\"extends\": \"none\"}");
	path = in_dir("a.json");
	assert_int_equal(plan_init(&plan, &err), 0);
	assert_int_equal(profile_check(path, NULL, &plan, collect, all), 5);
	expected = format("%s:5:12: extends: profile none: unknown\n"
			  "%s:2:1: unknown key \"x\"\n"
			  "%s:3:11: memory: must be a size such as \"4G\", or a number of bytes\n"
			  "%s:4:8: ro: source: a: not an absolute path\n"
			  "%s:4:21: ro: source: /proc: must not be in /proc\n",
		path, path, path, path, path);
	assert_string_equal(all, expected);
}

/* Each position is looked for from the start of the text: a file made of errors must not take minutes. */
static void check_gives_up_after_many_errors(void **state)
{
	_cleanup_(plan_free) struct plan plan = {0};
	char text[8192] = "{\"k\": 0", all[4096] = "";
	struct error err;

	(void)state;
	for (int i = 0; i < 500; i++)
		snprintf(text + strlen(text), sizeof text - strlen(text), ",\"k%d\":0", i);
	snprintf(text + strlen(text), sizeof text - strlen(text), "}");
	put("a.json", text);
	assert_int_equal(plan_init(&plan, &err), 0);
	assert_int_equal(profile_check(in_dir("a.json"), NULL, &plan, collect, all), PROFILE_ERRORS_MAX + 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_misspelt_key_is_recognised),
		cmocka_unit_test(a_wrong_value_is_answered_with_what_is_expected),
		cmocka_unit_test(shipped_profiles_load_and_resolve),
		cmocka_unit_test(shipped_profiles_say_what_they_promise),
		cmocka_unit_test(shipped_profiles_show_no_more_than_the_system),
		cmocka_unit_test(values_and_origins),
		cmocka_unit_test(errors_have_positions),
		TEST(long_profiles_are_refused),
		cmocka_unit_test(long_lists_are_refused),
		TEST(extending_overrides_and_adds),
		TEST(files_are_relative_to_the_profile),
		TEST(circles_and_depth_are_refused),
		TEST(missing_files_are_named),
		TEST(digest_covers_the_whole_chain),
		TEST(check_finds_every_error),
		TEST(check_gives_up_after_many_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
