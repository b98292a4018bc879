#include "common/cleanup.h"
#include "common/path.h"
#include "policy/limits.h"
#include "policy/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static int fresh(void **state)
{
	static struct plan plan;
	struct error err;

	*state = &plan;
	return plan_init(&plan, &err);
}

static int release(void **state)
{
	plan_free(*state);
	return 0;
}

static int apply_from(struct plan *plan, const char *key, const char *text, const char *origin, struct error *err)
{
	const struct setting *setting = setting_find(key);

	assert_non_null(setting);
	return setting_apply(plan, setting, text, origin, err);
}

static void accept(struct plan *plan, const char *key, const char *text)
{
	struct error err;

	assert_int_equal(apply_from(plan, key, text, "--test", &err), 0);
}

/* The value is refused with exactly this text. */
static void refuse(struct plan *plan, const char *key, const char *text, const char *expected)
{
	struct error err;

	assert_int_equal(apply_from(plan, key, text, "--test", &err), -1);
	assert_string_equal(err.text, expected);
}

static void table_is_sound(void **state)
{
	(void)state;
	for (size_t i = 0; i < settings_count; i++) {
		const struct setting *setting = setting_at(i);

		assert_ptr_equal(setting_find(setting->key), setting);
		assert_int_equal(setting_index(setting), i);
		assert_non_null(setting->help);
		assert_true(setting->offset == SETTING_NO_FIELD || setting->offset < sizeof(struct plan));
		assert_false((setting->flags & SETTING_CLI_ONLY) != 0 && (setting->flags & SETTING_PROFILE_ONLY) != 0);
	}
	assert_null(setting_find("no such key"));
}

static void degradable_names_match(void **state)
{
	const struct setting *setting = setting_find("allow_degraded");

	(void)state;
	for (unsigned i = 0; i < PLAN_DEGRADABLE_COUNT; i++) {
		const struct setting_choice *choice = setting_choice_find(setting, limit_degradable_name(i));

		assert_non_null(choice);
		assert_int_equal(choice->value, 1u << i);
		assert_null(choice->later);
	}
}

static void numbers(void **state)
{
	struct plan *plan = *state;

	accept(plan, "memory", "4G");
	assert_true(plan->limits.memory == UINT64_C(4) << 30);
	accept(plan, "memory", "none");
	assert_true(plan->limits.memory == 0);
	assert_true(plan->limits.swap == PLAN_SWAP_UNSET);
	accept(plan, "swap", "0");
	assert_true(plan->limits.swap == 0);
	accept(plan, "swap", "none");
	assert_true(plan->limits.swap == PLAN_SWAP_UNSET);
	accept(plan, "pids", "4096");
	assert_true(plan->limits.pids == 4096);
	accept(plan, "cpus", "0.5");
	assert_true(plan->limits.cpus_milli == 500);
	accept(plan, "time", "6h");
	assert_true(plan->limits.time_ns == INT64_C(6) * 3600 * 1000000000);
	assert_true(plan->limits.grace_ns == INT64_C(10) * 1000000000);
	accept(plan, "grace", "0s");
	assert_true(plan->limits.grace_ns == 0);
	accept(plan, "nofile", "64:4096");
	assert_true(plan->limits.nofile == 64 && plan->limits.nofile_hard == 4096);
	accept(plan, "nofile", "1048576");
	assert_true(plan->limits.nofile == 1048576 && plan->limits.nofile_hard == 1048576);
	accept(plan, "disk", "1M");
	assert_true(plan->limits.disk == 1 << 20);

	refuse(plan, "memory", "12Q", "--test: 12Q: not a size");
	refuse(plan, "memory", "0", "--test: 0: must be more than 0");
	refuse(plan, "pids", "1", "--test: 1: less than 2");
	refuse(plan, "pids", "4194305", "--test: 4194305: more than 4194304");
	refuse(plan, "nofile", "1048577", "--test: 1048577: more than 1048576");
	refuse(plan, "nofile", "64:1048577", "--test: 1048577: more than 1048576");
	refuse(plan, "nofile", "8:64", "--test: 8: less than 16");
	refuse(plan, "nofile", "64:63", "--test: 64:63: the hard limit must not be less than the soft one");
	refuse(plan, "nofile", "64:", "--test: : not a whole number");
	refuse(plan, "nofile", "64:none", "--test: none: not a whole number");
	refuse(plan, "nofile", ":64", "--test: : not a whole number");
	refuse(plan, "time", "5", "--test: 5: not a duration");
	refuse(plan, "grace", "none", "--test: none: not a duration");
	refuse(plan, "cpus", "0", "--test: 0: less than 0.01 CPUs");
	refuse(plan, "swap", "18446744073709551615", "--test: 18446744073709551615: more than 18446744073709551614");
	/* What was refused changed nothing. */
	assert_true(plan->limits.pids == 4096 && plan->limits.nofile == 1048576);
}

static void choices(void **state)
{
	struct plan *plan = *state;

	accept(plan, "network", "host");
	assert_int_equal(plan->network, PLAN_NETWORK_HOST);
	accept(plan, "network", "none");
	assert_int_equal(plan->network, PLAN_NETWORK_NONE);
	accept(plan, "tty", "no");
	assert_int_equal(plan->tty, PLAN_TTY_NO);
	accept(plan, "root", "host");
	accept(plan, "root", "overlay");
	assert_int_equal(plan->root.kind, PLAN_ROOT_OVERLAY);
	accept(plan, "root", "/srv//image/");
	assert_int_equal(plan->root.kind, PLAN_ROOT_DIR);
	assert_string_equal(plan->root.dir, "/srv/image");
	accept(plan, "root", "host");
	assert_int_equal(plan->root.kind, PLAN_ROOT_HOST);
	assert_null(plan->root.dir);
	refuse(plan, "root", "image", "--test: image: expected one of host, overlay, image:NAME, DIR");
	refuse(plan, "root", "", "--test: : expected one of host, overlay, image:NAME, DIR");
	refuse(plan, "root", "./image", "--test: ./image: not an absolute path");
	refuse(plan, "root", "/srv/../", "--test: /srv/../: contains \"..\"");
	refuse(plan, "root", "/", "--test: /: must not be the root directory");
	refuse(plan, "root", "/proc/1/root", "--test: /proc/1/root: must not be in /proc");
	refuse(plan, "root", "/dev", "--test: /dev: must not be in /dev");
	accept(plan, "docker", "none");
	accept(plan, "identity", "subuid");
	assert_int_equal(plan->identity.kind, PLAN_IDENTITY_SUBUID);
	accept(plan, "identity", "single");
	assert_true(plan->explain);
	accept(plan, "explain", "no");
	assert_false(plan->explain);
	accept(plan, "explain", "yes");
	assert_true(plan->explain);
	accept(plan, "dry_run", "yes");
	assert_true(plan->dry_run);
	accept(plan, "allow_degraded", "pids");
	accept(plan, "allow_degraded", "memory");
	assert_int_equal(plan->allow_degraded, 1 << PLAN_DEGRADABLE_PIDS | 1 << PLAN_DEGRADABLE_MEMORY);
	accept(plan, "allow_degraded", "none");
	accept(plan, "allow_degraded", "landlock");
	assert_int_equal(plan->allow_degraded, 1 << PLAN_DEGRADABLE_LANDLOCK);
	assert_true(plan->landlock.wanted);
	accept(plan, "landlock", "no");
	assert_false(plan->landlock.wanted);

	refuse(plan, "network", "bridge", "--test: bridge: expected one of none, host, open");
	refuse(plan, "network", "", "--test: : expected one of none, host, open");
	refuse(plan, "network", "none ", "--test: none : expected one of none, host, open");
	refuse(plan, "allow_degraded", "memory,pid",
		"--test: pid: expected one of memory, swap, pids, cpu, disk, io, landlock, explain, network, limits, none");
	refuse(plan, "dry_run", "maybe", "--test: maybe: expected yes or no");
}

static void later_work_is_refused_by_name(void **state)
{
	static const struct {
		const char *key, *text, *expected;
	} cases[] = {
		{"network", "allow", "f.json:1:2: network allow: not supported yet"},
		{"allow", "example.com:443", "f.json:1:2: allow: not supported yet"},
		{"docker", "private", "f.json:1:2: docker private: not supported yet"},
		{"docker", "shared", "f.json:1:2: docker shared: not supported yet"},
		{"docker", "shared=/run/d.sock", "f.json:1:2: docker shared=/run/d.sock: not supported yet"},
	};
	struct plan *plan = *state;
	struct error err;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(apply_from(plan, cases[i].key, cases[i].text, "f.json:1:2", &err), -1);
		assert_string_equal(err.text, cases[i].expected);
		assert_true(err.hint[0] != '\0');
	}
	assert_int_equal(apply_from(plan, "network", "allow", "--network", &err), -1);
	assert_string_equal(err.text, "--network allow: not supported yet");
}

static void names_and_paths(void **state)
{
	static const char too_long[] = "12345678901234567890123456789012345678901234567890123456789012345";
	struct plan *plan = *state;
	struct error err;

	accept(plan, "id", "Job_1.a-b");
	assert_string_equal(plan->id, "Job_1.a-b");
	accept(plan, "hostname", too_long + 1);
	accept(plan, "workspace", "//srv/./w/");
	assert_string_equal(plan->workspace, "/srv/w");
	accept(plan, "workdir", "/");
	assert_string_equal(plan->command.workdir, "/");
	accept(plan, "report", "-");
	assert_string_equal(plan->report, "-");
	refuse(plan, "id", "", "--test: \"\": invalid name");
	refuse(plan, "id", "..", "--test: ..: invalid name");
	refuse(plan, "id", ".x", "--test: .x: invalid name");
	refuse(plan, "id", "-x", "--test: -x: invalid name");
	refuse(plan, "id", "a/b", "--test: a/b: invalid name");
	refuse(plan, "id", "a\n", "--test: a\n: invalid name");
	assert_int_equal(apply_from(plan, "hostname", too_long, "--test", &err), -1);
	refuse(plan, "workspace", "w", "--test: w: not an absolute path");
	refuse(plan, "workspace", "", "--test: empty");
	refuse(plan, "workspace", "/srv/../etc", "--test: /srv/../etc: contains \"..\"");
	refuse(plan, "workspace", "//", "--test: /: must not be the root directory");
	refuse(plan, "workspace", "/proc/self", "--test: /proc/self: must not be in /proc");
	refuse(plan, "workspace", "/dev", "--test: /dev: must not be in /dev");
	refuse(plan, "workspace", "/sys//fs", "--test: /sys/fs: must not be in /sys");
	accept(plan, "workspace", "/process");
	refuse(plan, "workdir", "-", "--test: -: not an absolute path");
}

static void mounts(void **state)
{
	struct plan *plan = *state;

	accept(plan, "ro", "/usr");
	accept(plan, "ro_try", "/opt/");
	accept(plan, "rw", "/srv/data:/data/./x");
	accept(plan, "tmpfs", "/tmp:64M");
	accept(plan, "tmpfs", "/run");
	accept(plan, "hide", "/etc/secret");
	assert_int_equal(plan->root.n_mounts, 6);
	assert_string_equal(plan->root.mounts[0].source, "/usr");
	assert_string_equal(plan->root.mounts[0].target, "/usr");
	assert_false(plan->root.mounts[0].writable || plan->root.mounts[0].optional);
	assert_string_equal(plan->root.mounts[1].target, "/opt");
	assert_true(plan->root.mounts[1].optional && !plan->root.mounts[1].writable);
	assert_string_equal(plan->root.mounts[2].source, "/srv/data");
	assert_string_equal(plan->root.mounts[2].target, "/data/x");
	assert_true(plan->root.mounts[2].writable && !plan->root.mounts[2].optional);
	assert_int_equal(plan->root.mounts[3].kind, PLAN_MOUNT_TMPFS);
	assert_true(plan->root.mounts[3].size == 64 << 20);
	assert_true(plan->root.mounts[4].size == 0);
	assert_int_equal(plan->root.mounts[5].kind, PLAN_MOUNT_HIDE);
	assert_string_equal(plan->root.mounts[5].origin.text, "--test");
}

static void a_colon_in_a_path(void **state)
{
	struct plan *plan = *state;
	const struct plan_mount *mount;

	accept(plan, "ro", "/a\\:b\\c:/x\\:y");
	mount = &plan->root.mounts[plan->root.n_mounts - 1];
	assert_string_equal(mount->source, "/a:b\\c");
	assert_string_equal(mount->target, "/x:y");
	accept(plan, "tmpfs", "/t\\:u:1M");
	mount = &plan->root.mounts[plan->root.n_mounts - 1];
	assert_string_equal(mount->target, "/t:u");
	assert_true(mount->size == 1 << 20);
}

static void bad_mounts_are_refused(void **state)
{
	struct plan *plan = *state;

	refuse(plan, "ro", "usr", "--test: source: usr: not an absolute path");
	refuse(plan, "ro", "/usr:usr", "--test: target: usr: not an absolute path");
	refuse(plan, "ro", "/a:/b:/c", "--test: /a:/b:/c: more than one ':'");
	refuse(plan, "ro", "/a\\:/b:/c:/d", "--test: /a\\:/b:/c:/d: more than one ':'");
	refuse(plan, "ro", "", "--test: source: empty");
	refuse(plan, "ro", "/a:", "--test: target: empty");
	refuse(plan, "ro", "/a/../b", "--test: source: /a/../b: contains \"..\"");
	refuse(plan, "ro", "/a:/b/..", "--test: target: /b/..: contains \"..\"");
	refuse(plan, "ro", "/:/host", "--test: source: /: must not be the root directory");
	refuse(plan, "ro", "/proc/1/root:/host", "--test: source: /proc/1/root: must not be in /proc");
	refuse(plan, "rw", "/a:/", "--test: target: /: must not be the root directory");
	refuse(plan, "rw", "/a:/proc", "--test: target: /proc: must not be in /proc");
	refuse(plan, "rw", "/a:/.//proc/sys", "--test: target: /proc/sys: must not be in /proc");
	refuse(plan, "tmpfs", "/dev/shm", "--test: target: /dev/shm: must not be in /dev");
	refuse(plan, "tmpfs", "/tmp:0", "--test: 0: must be more than 0");
	refuse(plan, "tmpfs", "/tmp:", "--test: \"\": not a size");
	refuse(plan, "hide", "/proc/kcore", "--test: target: /proc/kcore: must not be in /proc");
	assert_int_equal(plan->root.n_mounts, 0);
}

static void same_target_replaces(void **state)
{
	struct plan *plan = *state;

	accept(plan, "ro", "/a");
	accept(plan, "ro", "/b");
	accept(plan, "tmpfs", "/a/");
	assert_int_equal(plan->root.n_mounts, 2);
	assert_string_equal(plan->root.mounts[0].target, "/b");
	assert_string_equal(plan->root.mounts[1].target, "/a");
	assert_int_equal(plan->root.mounts[1].kind, PLAN_MOUNT_TMPFS);
	assert_null(plan->root.mounts[1].source);
}

static void lists_are_bounded(void **state)
{
	struct plan *plan = *state;
	struct error err;
	char text[32];

	for (int i = 0; i < SETTING_LIST_MAX; i++) {
		snprintf(text, sizeof text, "/m%d", i);
		accept(plan, "hide", text);
		snprintf(text, sizeof text, "V%d=1", i);
		accept(plan, "env", text);
	}
	assert_int_equal(apply_from(plan, "hide", "/more", "--hide", &err), -1);
	assert_string_equal(err.text, "--hide: /more: more than 256 mounts");
	assert_int_equal(apply_from(plan, "env", "MORE=1", "--env", &err), -1);
	assert_string_equal(err.text, "--env: MORE: more than 256 variables");
}

static void environment(void **state)
{
	struct plan *plan = *state;

	accept(plan, "env", "A=1=2");
	accept(plan, "env", "B");
	accept(plan, "env", "C=");
	assert_int_equal(plan->command.n_env, 3);
	assert_string_equal(plan->command.env[0].name, "A");
	assert_string_equal(plan->command.env[0].value, "1=2");
	assert_string_equal(plan->command.env[1].name, "B");
	assert_null(plan->command.env[1].value);
	assert_string_equal(plan->command.env[2].value, "");
	accept(plan, "env", "A");
	assert_int_equal(plan->command.n_env, 3);
	assert_null(plan->command.env[0].value);
	refuse(plan, "env", "=x", "--test: =x: expected a name before '='");
	refuse(plan, "env", "", "--test: \"\": expected a name before '='");
}

static void descriptors(void **state)
{
	struct plan *plan = *state;

	accept(plan, "keep_fd", "3");
	accept(plan, "keep_fd", "1023");
	assert_int_equal(plan->fds.n_keep, 2);
	assert_int_equal(plan->fds.keep[1], 1023);
	refuse(plan, "keep_fd", "3", "--test: 3: given more than once");
	refuse(plan, "keep_fd", "2", "--test: 2: less than 3");
	refuse(plan, "keep_fd", "1024", "--test: 1024: more than 1023");
	refuse(plan, "keep_fd", "x", "--test: x: not a whole number");
	assert_int_equal(plan->fds.n_keep, 2);
}

static void origins(void **state)
{
	struct plan *plan = *state;
	size_t row = setting_index(setting_find("memory"));
	struct error err;

	assert_null(plan->origins[row].text);
	assert_int_equal(apply_from(plan, "memory", "1G", "f.json:3:4", &err), 0);
	assert_string_equal(plan->origins[row].text, "f.json:3:4");
	assert_int_equal(apply_from(plan, "memory", "bad", "--memory", &err), -1);
	assert_string_equal(plan->origins[row].text, "f.json:3:4");
	assert_int_equal(apply_from(plan, "memory", "2G", "--memory", &err), 0);
	assert_string_equal(plan->origins[row].text, "--memory");
	assert_int_equal(apply_from(plan, "memory", "2G", NULL, &err), 0);
	assert_null(plan->origins[row].text);
}

static void relative_paths(void **state)
{
	static const struct {
		const char *base, *path, *expected;
	} cases[] = {
		{"/home/u/p", "/abs/../x", "/abs/../x"},
		{"/home/u/p", "x", "/home/u/p/x"},
		{"/home/u/p", ".", "/home/u/p/"},
		{"/home/u/p", "./x", "/home/u/p/x"},
		{"/home/u/p", "..", "/home/u/"},
		{"/home/u/p", "../x", "/home/u/x"},
		{"/home/u/p", "../..//.././../x", "/x"},
		{"/home/u/p", "...", "/home/u/p/..."},
		{"/home/u/p", ".x/../y", "/home/u/p/.x/../y"},
		{"/", "x", "/x"},
		{"/", "../x", "/x"},
	};
	_cleanup_(freep) char *out = NULL;
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		_cleanup_(freep) char *path = path_absolute(cases[i].base, cases[i].path);

		assert_string_equal(path, cases[i].expected);
	}
	assert_int_equal(setting_absolute(setting_find("ro"), "/c", "a:/b", &out, &err), 0);
	assert_string_equal(out, "/c/a:/b");
	freep(&out);
	assert_int_equal(setting_absolute(setting_find("report"), "/c", "-", &out, &err), 0);
	assert_string_equal(out, "-");
	freep(&out);
	assert_int_equal(setting_absolute(setting_find("seccomp"), "/c", "job", &out, &err), 0);
	assert_string_equal(out, "job");
	freep(&out);
	assert_int_equal(setting_absolute(setting_find("seccomp"), "/c", "job.json", &out, &err), 0);
	assert_string_equal(out, "/c/job.json");
	freep(&out);
	/* "/c:/d/a" would be read as /c mounted on /d/a. */
	assert_int_equal(setting_absolute(setting_find("ro"), "/c:/d", "a", &out, &err), 0);
	assert_string_equal(out, "/c\\:/d/a");
	freep(&out);
	assert_int_equal(setting_absolute(setting_find("hide"), "/c", ".git", &out, &err), 0);
	assert_string_equal(out, "/c/.git");
	freep(&out);
	assert_int_equal(setting_absolute(setting_find("ro"), "/c", "~/x", &out, &err), -1);
	assert_string_equal(err.hint, "~ is not expanded here: write $HOME; a file of that name is ./~");
}

static void what_the_command_line_hid_it_does_not_show(void **state)
{
	struct plan *plan = *state;
	struct error err;

	assert_int_equal(apply_from(plan, "rw", "/srv:/a/b", "--rw", &err), 0);
	assert_int_equal(apply_from(plan, "hide", "/a/b", "--hide", &err), 0);
	assert_int_equal(apply_from(plan, "hide", "/c", "--hide", &err), 0);
	assert_int_equal(apply_from(plan, "ro", "/srv:/c", "--ro", &err), -1);
	assert_string_equal(err.text, "--ro: /c: hidden by --hide");
	/* The later of two of one kind counts, and the command line where a profile says otherwise. */
	assert_int_equal(apply_from(plan, "hide", "/c", "--hide", &err), 0);
	assert_int_equal(apply_from(plan, "ro", "/srv:/d", "p.json:1:1", &err), 0);
	assert_int_equal(apply_from(plan, "hide", "/d", "--hide", &err), 0);
	assert_int_equal(apply_from(plan, "hide", "/e", "p.json:1:1", &err), 0);
	assert_int_equal(apply_from(plan, "ro", "/srv:/e", "--ro", &err), 0);
	assert_int_equal(apply_from(plan, "tmpfs", "/f", "--tmpfs", &err), 0);
	assert_int_equal(apply_from(plan, "hide", "/f", "--hide", &err), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, release)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_is_sound),
		cmocka_unit_test(degradable_names_match),
		TEST(numbers),
		TEST(choices),
		TEST(later_work_is_refused_by_name),
		TEST(names_and_paths),
		TEST(mounts),
		TEST(bad_mounts_are_refused),
		TEST(a_colon_in_a_path),
		TEST(same_target_replaces),
		TEST(lists_are_bounded),
		TEST(environment),
		TEST(descriptors),
		TEST(origins),
		cmocka_unit_test(relative_paths),
		TEST(what_the_command_line_hid_it_does_not_show),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
