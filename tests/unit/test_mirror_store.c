#include "sandbox/root/mirror_store.h"

#include "common/cleanup.h"
#include "sandbox/root/mirror_list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <time.h>

#include "tests/unit/place.h"

static char source[128], mirrors[128];

/* A change less than a tick of the clock of files ago makes a list that never holds: so wait for it, by that clock. */
static void let_pass(const struct place *place)
{
	const struct timespec tick = {.tv_nsec = 5000000};
	struct stat first, now;
	int64_t passed_ns;

	place_dir(place, "clock", 0755);
	assert_int_equal(fstatat(place->fd, "clock", &first, 0), 0);
	do {
		nanosleep(&tick, NULL);
		assert_int_equal(unlinkat(place->fd, "clock", AT_REMOVEDIR), 0);
		place_dir(place, "clock", 0755);
		assert_int_equal(fstatat(place->fd, "clock", &now, 0), 0);
		passed_ns = (int64_t)(now.st_ctim.tv_sec - first.st_ctim.tv_sec) * 1000000000 + now.st_ctim.tv_nsec -
			    first.st_ctim.tv_nsec;
	} while (passed_ns < 50000000);
	assert_int_equal(unlinkat(place->fd, "clock", AT_REMOVEDIR), 0);
}

static int make_source(void **state)
{
	const struct place *place;

	if (place_make(state) < 0)
		return -1;
	place = *state;
	umask(022);
	place_dir(place, "from", 0755);
	place_dir(place, "from/bin", 0755);
	place_dir(place, "from/bin/deep", 0700);
	place_file(place, "from/bin/tool", "text", 0755);
	let_pass(place);
	snprintf(source, sizeof source, "%s/from", place->path);
	snprintf(mirrors, sizeof mirrors, "%s/mirrors", place->path);
	return 0;
}

static struct mirror_store open_copying(enum plan_copy copy)
{
	struct plan_mount mounts[2] = {
		{.kind = PLAN_MOUNT_LAYER, .source = source, .target = source, .copy = copy},
		{.kind = PLAN_MOUNT_LAYER, .source = "/nowhere", .target = "/nowhere", .optional = true},
	};
	const struct plan_root root = {
		.kind = PLAN_ROOT_OVERLAY, .mirrors = mirrors, .shares_mirrors = true, .mounts = mounts, .n_mounts = 2};
	struct mirror_store store;

	mirror_store_open(&root, &store);
	return store;
}

static struct mirror_store open_store(void)
{
	return open_copying(PLAN_COPY_DIRECTORIES);
}

static const char *row_name(void)
{
	static char name[sizeof source];

	snprintf(name, sizeof name, "%s", source);
	for (char *c = name; *c != '\0'; c++)
		if (*c == '/')
			*c = '+';
	return name;
}

static bool row_has(const struct mirror_store *store, const char *path)
{
	const struct plan_mount mount = {.source = source};
	_cleanup_(close_fd) int row = mirror_store_open_row(store->path, &mount);

	assert_true(row >= 0);
	return faccessat(row, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void expect_generation(const struct mirror_store *store, const char *number)
{
	assert_non_null(store->path);
	assert_string_equal(strrchr(store->path, '/') + 1, number);
}

static bool exists(const struct place *place, const char *path)
{
	return faccessat(place->fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void made_once_and_used_again(void **state)
{
	struct mirror_store first = open_store(), second;

	(void)state;
	expect_generation(&first, "1");
	assert_true(row_has(&first, "bin/deep"));
	assert_false(row_has(&first, "bin/tool"));
	/* What it is made of was not read again: this file would not be there. */
	assert_int_equal(mkdirat(first.lock, "mark", 0700), 0);
	second = open_store();
	expect_generation(&second, "1");
	assert_int_equal(faccessat(second.lock, "mark", F_OK, 0), 0);
	mirror_store_close(&first);
	mirror_store_close(&second);
}

static void a_change_begins_another_generation(void **state)
{
	static const char *const changes[] = {"from/new", "from/bin/new", "from/bin/deep/new"};
	const struct place *place = *state;
	char number[16];

	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
		struct mirror_store store = open_store();

		snprintf(number, sizeof number, "%zu", i + 1);
		expect_generation(&store, number);
		mirror_store_close(&store);
		place_dir(place, changes[i], 0755);
		let_pass(place);
	}
	assert_int_equal(fchmodat(place->fd, "from/bin", 0700, 0), 0);
	let_pass(place);
	{
		struct mirror_store store = open_store();

		expect_generation(&store, "4");
		assert_true(row_has(&store, "bin/deep/new"));
		mirror_store_close(&store);
	}
}

/* A change that may have the time of the list itself. */
static void a_change_of_the_same_moment_is_not_missed(void **state)
{
	const struct place *place = *state;
	struct mirror_store store;

	place_dir(place, "from/now", 0755);
	store = open_store();
	expect_generation(&store, "1");
	mirror_store_close(&store);
	store = open_store();
	expect_generation(&store, "2");
	mirror_store_close(&store);
}

static void a_copied_file_that_changes_counts(void **state)
{
	const struct place *place = *state;
	struct mirror_store store = open_copying(PLAN_COPY_ALL);
	int fd;

	expect_generation(&store, "1");
	assert_true(row_has(&store, "bin/tool"));
	mirror_store_close(&store);
	fd = openat(place->fd, "from/bin/tool", O_WRONLY | O_CLOEXEC);
	assert_int_equal(write(fd, "TEXT", 4), 4);
	close(fd);
	store = open_copying(PLAN_COPY_ALL);
	expect_generation(&store, "2");
	mirror_store_close(&store);
}

static void far_down_is_compared_once_a_minute(void **state)
{
	const struct place *place = *state;
	const struct timespec long_ago[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
	struct mirror_store store;
	char far[512];

	place_dir(place, "from/bin/deep/3", 0755);
	place_dir(place, "from/bin/deep/3/4", 0755);
	let_pass(place);
	store = open_store();
	mirror_store_close(&store);
	place_dir(place, "from/bin/deep/3/4/5", 0755);
	let_pass(place);
	store = open_store();
	expect_generation(&store, "1");
	snprintf(far, sizeof far, "%s/%s/far", store.path, row_name());
	assert_int_equal(utimensat(AT_FDCWD, far, long_ago, 0), 0);
	mirror_store_close(&store);
	store = open_store();
	expect_generation(&store, "2");
	mirror_store_close(&store);
}

static void one_directory_for_each_package_is_far_down(void **state)
{
	static const struct {
		const char *made;
		const char *generation;
	} changes[] = {
		{"from/share/doc/tool/new", "1"}, {"from/share/doc/another", "2"}, {"from/share/man/man1/new", "3"}};
	const struct place *place = *state;
	struct mirror_store store;

	place_dir(place, "from/share", 0755);
	place_dir(place, "from/share/doc", 0755);
	place_dir(place, "from/share/doc/tool", 0755);
	place_dir(place, "from/share/man", 0755);
	place_dir(place, "from/share/man/man1", 0755);
	let_pass(place);
	store = open_store();
	mirror_store_close(&store);
	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
		place_dir(place, changes[i].made, 0755);
		let_pass(place);
		store = open_store();
		expect_generation(&store, changes[i].generation);
		mirror_store_close(&store);
	}
}

/* A link is not looked at: where it leads is copied once, and another link in its place is a change of its directory.
 */
static void a_link_that_is_replaced_counts(void **state)
{
	const struct place *place = *state;
	struct mirror_store store;
	char list[512], text[4096] = "";
	int fd;

	assert_int_equal(symlinkat("tool", place->fd, "from/bin/link"), 0);
	let_pass(place);
	store = open_copying(PLAN_COPY_ALL);
	expect_generation(&store, "1");
	snprintf(list, sizeof list, "%s/%s/near", store.path, row_name());
	fd = open(list, O_RDONLY | O_CLOEXEC);
	assert_true(read(fd, text, sizeof text - 1) > 0);
	close(fd);
	assert_non_null(memmem(text, sizeof text, "bin/tool", sizeof "bin/tool"));
	assert_null(memmem(text, sizeof text, "bin/link", sizeof "bin/link"));
	mirror_store_close(&store);
	assert_int_equal(symlinkat("deep", place->fd, "from/bin/other"), 0);
	assert_int_equal(renameat(place->fd, "from/bin/other", place->fd, "from/bin/link"), 0);
	let_pass(place);
	store = open_copying(PLAN_COPY_ALL);
	expect_generation(&store, "2");
	mirror_store_close(&store);
}

static void complete_when_nothing_has_to_be_made(void **state)
{
	const struct plan_mount mount = {.source = source};
	struct mirror_store store = open_store();
	char failed[sizeof source + 16];

	(void)state;
	assert_false(store.complete);
	mirror_store_close(&store);
	store = open_store();
	assert_true(store.complete);
	/* What cannot be made is not tried again, and is lacking. */
	snprintf(failed, sizeof failed, "%s.failed", row_name());
	assert_int_equal(renameat(store.lock, row_name(), store.lock, "elsewhere"), 0);
	assert_int_equal(mkdirat(store.lock, failed, 0700), 0);
	mirror_store_close(&store);
	store = open_store();
	expect_generation(&store, "1");
	assert_int_equal(mirror_store_open_row(store.path, &mount), -1);
	assert_false(store.complete);
	mirror_store_close(&store);
}

static void what_is_in_use_stays(void **state)
{
	const struct place *place = *state;
	struct mirror_store used = open_store(), next;

	place_dir(place, "from/new", 0755);
	let_pass(place);
	next = open_store();
	expect_generation(&next, "2");
	assert_true(row_has(&used, "bin/deep"));
	mirror_store_close(&next);
	mirror_store_close(&used);
	place_dir(place, "from/newer", 0755);
	let_pass(place);
	next = open_store();
	expect_generation(&next, "3");
	assert_false(exists(place, "mirrors/1"));
	assert_false(exists(place, "mirrors/2"));
	mirror_store_close(&next);
}

static void who_is_second_does_without(void **state)
{
	const struct place *place = *state;
	_cleanup_(close_fd) int maker = -1;
	struct mirror_store store;

	place_dir(place, "mirrors", 0700);
	maker = openat(place->fd, "mirrors", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(flock(maker, LOCK_EX), 0);
	store = open_store();
	assert_null(store.path);
	mirror_store_close(&store);
}

static void what_a_killed_maker_left_is_made_anew(void **state)
{
	struct mirror_store store = open_store();
	char half[600];

	(void)state;
	snprintf(half, sizeof half, "%s.new", row_name());
	assert_int_equal(renameat(store.lock, row_name(), store.lock, half), 0);
	mirror_store_close(&store);
	store = open_store();
	expect_generation(&store, "1");
	assert_true(row_has(&store, "bin/deep"));
	assert_int_not_equal(faccessat(store.lock, half, F_OK, 0), 0);
	mirror_store_close(&store);
}

/* Ten minutes long nobody tries again what could not be made. */
static void what_cannot_be_made_is_left_for_a_while(void **state)
{
	const struct timespec before[2] = {{.tv_sec = time(NULL) - 660}, {.tv_sec = time(NULL) - 660}};
	const struct plan_mount mount = {.source = source};
	struct rlimit limit, none;
	struct mirror_store store;
	char failed[sizeof source + 16];

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	none = (struct rlimit){.rlim_cur = 0, .rlim_max = limit.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	store = open_store();
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(mirror_store_open_row(store.path, &mount), -1);
	mirror_store_close(&store);
	store = open_store();
	expect_generation(&store, "1");
	assert_int_equal(mirror_store_open_row(store.path, &mount), -1);
	snprintf(failed, sizeof failed, "%s.failed", row_name());
	assert_int_equal(utimensat(store.lock, failed, before, 0), 0);
	mirror_store_close(&store);
	store = open_store();
	expect_generation(&store, "1");
	assert_true(row_has(&store, "bin/deep"));
	mirror_store_close(&store);
}

static void only_a_directory_of_ones_own_is_used(void **state)
{
	const struct place *place = *state;
	struct mirror_store store;

	place_dir(place, "mirrors", 0770);
	store = open_store();
	assert_null(store.path);
	assert_int_equal(unlinkat(place->fd, "mirrors", AT_REMOVEDIR), 0);
	place_dir(place, "elsewhere", 0700);
	assert_int_equal(symlinkat("elsewhere", place->fd, "mirrors"), 0);
	store = open_store();
	assert_null(store.path);
	assert_int_equal(unlinkat(place->fd, "mirrors", 0), 0);
	store = open_store();
	expect_generation(&store, "1");
	mirror_store_close(&store);
}

static void the_callers_umask_takes_no_rights(void **state)
{
	const struct place *place = *state;
	const mode_t before = umask(0777);
	struct mirror_store store = open_store();
	struct stat st;

	assert_int_equal(umask(before), 0777);
	expect_generation(&store, "1");
	assert_int_equal(fstatat(place->fd, "mirrors", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_true(row_has(&store, "bin/deep"));
	mirror_store_close(&store);
}

/* A link leads into the directory that holds them: as a job's own mount it would be a way to change them. */
static void what_the_job_can_write_is_not_used(void **state)
{
	const struct place *place = *state;
	struct plan_mount mounts[2] = {
		{.kind = PLAN_MOUNT_LAYER, .source = source, .target = source, .copy = PLAN_COPY_DIRECTORIES},
		{.kind = PLAN_MOUNT_BIND, .target = "/x", .writable = true},
	};
	const struct plan_root root = {
		.kind = PLAN_ROOT_OVERLAY, .mirrors = mirrors, .shares_mirrors = true, .mounts = mounts, .n_mounts = 2};
	struct mirror_store store;
	char path[160];

	place_dir(place, "else", 0755);
	assert_int_equal(symlinkat(place->path, place->fd, "else/link"), 0);
	mounts[1].source = path;
	for (size_t i = 0; i < 4; i++) {
		static const char *const writable[] = {"", "/else/link", "/mirrors/1", "/else"};

		snprintf(path, sizeof path, "%s%s", place->path, writable[i]);
		mirror_store_open(&root, &store);
		assert_int_equal(store.path != NULL, i == 3);
		mirror_store_close(&store);
	}
	/* Nor are mirrors made in what they mirror. */
	mounts[1] = mounts[0];
	snprintf(path, sizeof path, "%s", place->path);
	mounts[1].source = path;
	mirror_store_open(&root, &store);
	assert_null(store.path);
}

static void a_damaged_list_holds_nothing(void **state)
{
	const struct place *place = *state;
	_cleanup_(close_fd) int from = place_open(place, "from"), dir = -1;

	place_dir(place, "list", 0700);
	dir = place_open(place, "list");
	assert_false(mirror_list_holds(dir, from));
	place_file(place, "list/near", "short", 0600);
	place_file(place, "list/far", "", 0600);
	assert_false(mirror_list_holds(dir, from));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(made_once_and_used_again, make_source, place_remove),
		cmocka_unit_test_setup_teardown(a_change_begins_another_generation, make_source, place_remove),
		cmocka_unit_test_setup_teardown(a_change_of_the_same_moment_is_not_missed, make_source, place_remove),
		cmocka_unit_test_setup_teardown(a_copied_file_that_changes_counts, make_source, place_remove),
		cmocka_unit_test_setup_teardown(far_down_is_compared_once_a_minute, make_source, place_remove),
		cmocka_unit_test_setup_teardown(one_directory_for_each_package_is_far_down, make_source, place_remove),
		cmocka_unit_test_setup_teardown(a_link_that_is_replaced_counts, make_source, place_remove),
		cmocka_unit_test_setup_teardown(complete_when_nothing_has_to_be_made, make_source, place_remove),
		cmocka_unit_test_setup_teardown(what_is_in_use_stays, make_source, place_remove),
		cmocka_unit_test_setup_teardown(who_is_second_does_without, make_source, place_remove),
		cmocka_unit_test_setup_teardown(what_a_killed_maker_left_is_made_anew, make_source, place_remove),
		cmocka_unit_test_setup_teardown(what_cannot_be_made_is_left_for_a_while, make_source, place_remove),
		cmocka_unit_test_setup_teardown(only_a_directory_of_ones_own_is_used, make_source, place_remove),
		cmocka_unit_test_setup_teardown(the_callers_umask_takes_no_rights, make_source, place_remove),
		cmocka_unit_test_setup_teardown(what_the_job_can_write_is_not_used, make_source, place_remove),
		cmocka_unit_test_setup_teardown(a_damaged_list_holds_nothing, make_source, place_remove),
	};

	return cmocka_run_group_tests_name("mirror_store", tests, NULL, NULL);
}
