#include "runner/distribution/entry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void paths(void **state)
{
	static const struct {
		const char *path, *clean; /* NULL: refused */
	} rows[] = {{"./", ""}, {".", ""}, {"", ""}, {"./bin/", "bin"}, {"bin//x", "bin/x"}, {"./a/./b", "a/b"},
		{"a..b/..c/d..", "a..b/..c/d.."}, {"...", "..."}, {" x", " x"}, {"/bin", NULL}, {"//", NULL},
		{"..", NULL}, {"a/..", NULL}, {"a/../b", NULL}, {"../a", NULL}, {"a\nb", NULL}, {"a\033[2J", NULL},
		{"a\177", NULL}};
	char clean[ENTRY_PATH_SIZE], deep[3 * ENTRY_DEPTH_MAX + 8] = "", *large;
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_int_equal(entry_path(rows[i].path, clean, &err), rows[i].clean != NULL ? 0 : -1);
		if (rows[i].clean != NULL)
			assert_string_equal(clean, rows[i].clean);
	}
	for (size_t i = 0; i < 2 * ENTRY_DEPTH_MAX; i++)
		deep[i] = "a/"[i % 2];
	assert_int_equal(entry_path(deep, clean, &err), 0);
	deep[2 * ENTRY_DEPTH_MAX] = 'b';
	assert_int_equal(entry_path(deep, clean, &err), -1);
	large = malloc(2 * ENTRY_PATH_SIZE);
	assert_non_null(large);
	memset(large, 'x', 256);
	large[255] = '\0';
	assert_int_equal(entry_path(large, clean, &err), 0);
	large[255] = 'x';
	large[256] = '\0';
	assert_int_equal(entry_path(large, clean, &err), -1);
	memset(large, '/', 2 * ENTRY_PATH_SIZE - 1);
	large[0] = '.';
	large[2 * ENTRY_PATH_SIZE - 1] = '\0';
	assert_int_equal(entry_path(large, clean, &err), -1);
	free(large);
}

static int check(enum entry_kind kind, const char *path, const char *target, mode_t mode)
{
	const struct entry entry = {path, target, kind, mode, 0};
	char clean[ENTRY_PATH_SIZE], clean_target[ENTRY_PATH_SIZE];
	struct error err;

	return entry_check(&entry, clean, clean_target, &err);
}

static void links(void **state)
{
	static const struct {
		const char *path, *target;
		int result;
	} rows[] = {{"a", "b", 0}, {"a", "b/c", 0}, {"a", ".", 0}, {"a/b", "..", 0}, {"a/b", "../c", 0},
		{"a/b", "./../c", 0}, {"a/b/c", "../../d/e", 0}, {"./a//b", "../c", 0}, {"a", "..", -1},
		{"./a", "../b", -1}, {"a/b", "../../c", -1}, {"a", "/etc", -1}, {"a", "b/../c", -1},
		{"a/b/c", "d/../../e", -1}, {"a", "", -1}, {"a", "b\nc", -1}, {"a", NULL, -1}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal(check(ENTRY_SYMLINK, rows[i].path, rows[i].target, 0777), rows[i].result);
	assert_int_equal(check(ENTRY_HARDLINK, "a", "./b/c", 0), 0);
	assert_int_equal(check(ENTRY_HARDLINK, "a", "../b", 0), -1);
	assert_int_equal(check(ENTRY_HARDLINK, "a", "/b", 0), -1);
	assert_int_equal(check(ENTRY_HARDLINK, "a", "./", 0), -1);
	assert_int_equal(check(ENTRY_HARDLINK, "a", NULL, 0), -1);
}

static void kinds(void **state)
{
	(void)state;
	assert_int_equal(check(ENTRY_FILE, "a", NULL, 0755), 0);
	assert_int_equal(check(ENTRY_FILE, "./", NULL, 0644), -1);
	assert_int_equal(check(ENTRY_FILE, "a", NULL, 04755), -1);
	assert_int_equal(check(ENTRY_FILE, "a", NULL, 02755), -1);
	assert_int_equal(check(ENTRY_FILE, "a", NULL, 01755), -1);
	assert_int_equal(check(ENTRY_DIRECTORY, "./", NULL, 02755), 0);
	assert_int_equal(check(ENTRY_OTHER, "a", NULL, 0644), -1);
	assert_int_equal(entry_mode(0644), 0444);
	assert_int_equal(entry_mode(0600), 0444);
	assert_int_equal(entry_mode(0700), 0555);
	assert_int_equal(entry_mode(0666 | 01), 0555);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(paths), cmocka_unit_test(links), cmocka_unit_test(kinds)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
