/* Names of images, the store's links, the order of a manifest, and what an OCI index says. */
#include "common/cleanup.h"
#include "common/clock.h"
#include "image/archive.h"
#include "image/collect.h"
#include "image/manifest.h"
#include "image/oci.h"
#include "image/step.h"
#include "image/store.h"
#include "image/unpack.h"
#include "image/verify.h"
#include "policy/image_name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/failing_readdir.h"
#include "tests/unit/place.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void names_are_no_paths(void **state)
{
	static const char *const good[] = {"a", "debian-12", "Node_20.1", "_", "0"};
	static const char *const bad[] = {"", ".", "..", ".x", "-x", "a/b", "/a", "a:b", "a b", "a\n", "\xc3\xa4"};
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		assert_int_equal(image_name_check(good[i], &err), 0);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(image_name_check(bad[i], &err), -1);
}

static void a_tree_is_named_by_its_digest(void **state)
{
	(void)state;
	assert_true(image_tree_is_valid("sha256-" HEX "-subuid"));
	assert_true(image_tree_is_valid("sha256-" HEX "-single"));
	assert_false(image_tree_is_valid("sha256-" HEX "-other"));
	assert_false(image_tree_is_valid("sha256-" HEX "/../-single"));
	assert_false(image_tree_is_valid("sha256-" HEX));
	assert_false(image_tree_is_valid(""));
}

static void names_are_switched_and_removed(void **state)
{
	const struct place *place = *state;
	_cleanup_(image_store_close) struct image_store store = IMAGE_STORE_NONE;
	_cleanup_(image_names_free) struct image_names names = {.n = 0};
	char tree[IMAGE_TREE_SIZE];
	struct error err;

	assert_int_equal(setenv("COFFERDAM_IMAGES", place->path, 1), 0);
	assert_int_equal(image_store_open(&store, false, &err), 0);
	image_store_close(&store);
	assert_int_equal(image_store_open(&store, true, &err), 1);
	assert_int_equal(image_store_read_name(&store, "a", tree, &err), 0);
	assert_int_equal(image_store_set_name(&store, "b", "sha256-" HEX "-single", &err), 0);
	assert_int_equal(image_store_set_name(&store, "a", "sha256-" HEX "-single", &err), 0);
	assert_int_equal(image_store_set_name(&store, "a", "sha256-" HEX "-subuid", &err), 0);
	assert_int_equal(image_store_read_name(&store, "a", tree, &err), 1);
	assert_string_equal(tree, "sha256-" HEX "-subuid");
	assert_int_equal(symlinkat("../../x", store.names, "c"), 0);
	assert_int_equal(image_store_read_name(&store, "c", tree, &err), -1);
	assert_int_equal(image_store_names(&store, &names, &err), 0);
	assert_int_equal(names.n, 3);
	assert_string_equal(names.v[0], "a");
	assert_int_equal(image_store_unknown(&store, "d", &err), -1);
	assert_non_null(strstr(err.hint, "a, b, c"));
	assert_int_equal(image_store_remove_name(&store, "a", &err), 1);
	assert_int_equal(image_store_remove_name(&store, "a", &err), 0);
}

static bool has_tree(const struct image_store *store, const char *tree)
{
	return faccessat(store->trees, tree, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* A tree goes when all names are known, and none is its. */
static void no_tree_is_removed_where_a_name_cannot_be_read(void **state)
{
	static const char named[] = "sha256-" HEX "-single", nameless[] = "sha256-" HEX "-subuid";
	const struct place *place = *state;
	_cleanup_(image_store_close) struct image_store store = IMAGE_STORE_NONE;
	_cleanup_(image_names_free) struct image_names names = {.n = 0};
	struct error err;

	assert_int_equal(setenv("COFFERDAM_IMAGES", place->path, 1), 0);
	assert_int_equal(image_store_open(&store, true, &err), 1);
	assert_int_equal(mkdirat(store.trees, named, 0700), 0);
	assert_int_equal(mkdirat(store.trees, nameless, 0700), 0);
	assert_int_equal(image_store_set_name(&store, "a", named, &err), 0);
	/* A name that is no link: whose was it? */
	assert_int_equal(mkdirat(store.names, "b", 0700), 0);
	assert_int_equal(image_collect(&store, &err), -1);
	assert_non_null(strstr(err.text, "/names/b: not a link to an image"));
	assert_true(has_tree(&store, named));
	assert_true(has_tree(&store, nameless));
	assert_int_equal(unlinkat(store.names, "b", AT_REMOVEDIR), 0);
	/* The names end in an error: at "new", then at "names". */
	for (int at = 0; at < 6; at++) {
		readdir_fails_at = at;
		(void)image_collect(&store, &err);
		assert_true(has_tree(&store, named));
	}
	readdir_fails_at = 1;
	assert_int_equal(image_store_names(&store, &names, &err), -1);
	assert_int_equal(err.errnum, EIO);
	readdir_fails_at = -1;
	(void)mkdirat(store.trees, nameless, 0700);
	assert_int_equal(image_collect(&store, &err), 0);
	assert_true(has_tree(&store, named));
	assert_false(has_tree(&store, nameless));
}

static void a_directory_comes_before_what_is_in_it(void **state)
{
	static const char *const ordered[] = {
		".", "./a", "./a/b", "./a/b/c", "./a!", "./a-b", "./a.b", "./ab", "./b", "./\\x0a"};

	(void)state;
	for (size_t i = 0; i < sizeof ordered / sizeof ordered[0] - 1; i++) {
		const bool less = image_manifest_order(ordered[i], ordered[i + 1]) < 0;

		/* '\\' is after all letters but the small ones. */
		assert_true(i == sizeof ordered / sizeof ordered[0] - 2 ? !less : less);
	}
	assert_int_equal(image_manifest_order("./a", "./a"), 0);
}

static int sign(int number)
{
	return (number > 0) - (number < 0);
}

/* Names are sorted as they are, and compared with a manifest in which they are escaped. */
static void names_have_the_order_of_their_escaped_forms(void **state)
{
	char names[256 * 2][3];
	char escaped[256 * 2][12];

	(void)state;
	for (unsigned i = 0; i < 512; i++) {
		const unsigned char c = i % 256 == 0 || i % 256 == '/' ? 'x' : (unsigned char)(i % 256);
		const bool plain = c > ' ' && c < 0x7f && c != '\\';

		snprintf(names[i], sizeof names[i], "%c%s", c, i < 256 ? "" : "b");
		snprintf(escaped[i], sizeof escaped[i], plain ? "%c%s" : "\\x%02x%s", c, i < 256 ? "" : "b");
	}
	for (unsigned i = 0; i < 512; i++)
		for (unsigned j = 0; j < 512; j++)
			assert_int_equal(sign(image_manifest_name_order(names[i], names[j])),
				sign(image_manifest_order(escaped[i], escaped[j])));
}

static void a_line_has_seven_words(void **state)
{
	static const char good[] = "- 0644 0 0 5 abc ./x\\x20y";
	static const char *const bad[] = {"", " ", "./x", "- ./x", "- 0644 0 0 5 ./x", "- 0644 0 0 5 abc ",
		"- 0644 0 0 5  ./x", "- 0644 0 0 5 abc ./x y", "- 0644 0 0 5 abc"};

	(void)state;
	assert_ptr_equal(image_manifest_path(good), strstr(good, "./x"));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_null(image_manifest_path(bad[i]));
}

/* An image with one file, and that manifest: what verify says of it. */
static int64_t verify(const struct place *place, const char *manifest, size_t len, struct error *err)
{
	_cleanup_(image_store_close) struct image_store store = IMAGE_STORE_NONE;
	int fd;

	assert_int_equal(setenv("COFFERDAM_IMAGES", place->path, 1), 0);
	assert_int_equal(image_store_open(&store, true, err), 1);
	assert_int_equal(image_store_lock(&store, err), 0);
	(void)mkdirat(store.trees, "sha256-" HEX "-single", 0700);
	(void)mkdirat(store.trees, "sha256-" HEX "-single/root", 0755);
	assert_int_equal(image_store_set_name(&store, "a", "sha256-" HEX "-single", err), 0);
	fd = openat(store.trees, "sha256-" HEX "-single/manifest", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, manifest, len), (ssize_t)len);
	close(fd);
	return image_verify(&store, "a", err);
}

static void a_damaged_manifest_is_an_error(void **state)
{
	static const char *const damaged[] = {"x\n", "d ./x\n", "d 0755 .\n", "d 0755 0 0 0 .\n"};
	const struct place *place = *state;
	char good[64];
	struct error err;

	for (size_t i = 0; i < sizeof damaged / sizeof damaged[0]; i++) {
		assert_int_equal(verify(place, damaged[i], strlen(damaged[i]), &err), -1);
		assert_non_null(strstr(err.text, "manifest: a damaged line"));
	}
	snprintf(good, sizeof good, "d 0755 %u %u 0 - .\n", getuid(), getgid());
	assert_int_equal(verify(place, good, strlen(good), &err), 0);
	/* It ends within a line. */
	assert_int_equal(verify(place, good, strlen(good) - 3, &err), -1);
	if (verify(place, "", 0, &err) != 1)
		fail_msg("%s", err.text);
}

static void a_step_leaves_no_option_out(void **state)
{
	char tar[] = "/bin/tar";
	char *const argv[] = {tar, NULL};
	struct image_step step = {.program = "tar", .package = "tar", .argv = argv, .input = -1};
	struct error err;

	(void)state;
	for (unsigned i = 0; i <= IMAGE_STEP_OPTIONS / 2; i++)
		image_step_option(&step, "--env", "A=%u", i);
	assert_int_equal(image_step_run(&step, &err), -1);
	assert_non_null(strstr(err.text, "tar: more than 48 words of options"));
	assert_int_equal(step.n_options, 0);
}

static void a_warning_is_no_failure(void **state)
{
	static const char *const none[] = {"time=\"x\" level=warning msg=\"x\"", "level=info msg=\"y\"", "level=debug"};
	static const char *const failures[] = {"time=\"x\" level=fatal msg=\"x\"", "level=error msg=\"x\"",
		"level=panic", "cofferdam: x", "skopeo: x"};
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
		assert_int_equal(image_complaint_of_skopeo(NULL, none[i], &err), 1);
	for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++)
		assert_int_equal(image_complaint_of_skopeo(NULL, failures[i], &err), 0);
}

#define JOINED 256

static int join(void *context, const char *line, const char *path, struct error *err)
{
	char *text = context;
	const size_t used = strlen(text);

	(void)err;
	(void)line;
	snprintf(text + used, JOINED - used, "%s\n", path);
	return 0;
}

static void a_walk_has_limits(void **state)
{
	const struct place *place = *state;
	struct image_size most = {.bytes = 10, .entries = 4}, size;
	const int fd = open(place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char text[JOINED] = "";
	struct error err;
	int file;

	assert_int_equal(mkdirat(fd, "d", 0755), 0);
	assert_int_equal(mkdirat(fd, "d/x\n", 0755), 0);
	file = openat(fd, "d.f", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	assert_int_equal(ftruncate(file, 10), 0);
	assert_int_equal(image_manifest_walk(fd, &most, join, text, &size, &err), 0);
	assert_string_equal(text, ".\n./d\n./d/x\\x0a\n./d.f\n");
	assert_int_equal(size.entries, 4);
	most.entries = 3;
	assert_int_equal(image_manifest_walk(fd, &most, join, text, &size, &err), -1);
	most.entries = 4;
	assert_int_equal(ftruncate(file, INT64_C(1) << 40), 0); /* a hole */
	assert_int_equal(image_manifest_walk(fd, &most, join, text, &size, &err), -1);
	assert_non_null(strstr(err.text, "more than 10 bytes"));
	close(file);
	close(fd);
}

static int copy_line(void *context, const char *line, const char *path, struct error *err)
{
	(void)err;
	if (strcmp(path, "./closed") == 0)
		snprintf(context, JOINED, "%s", line);
	return 0;
}

static void a_closed_directory_is_noted(void **state)
{
	static const struct image_size most = {UINT64_MAX, UINT64_MAX};
	const struct place *place = *state;
	const int fd = open(place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char line[JOINED] = "", expected[JOINED];
	struct image_size size;
	struct error err;

	place_dir(place, "closed", 0);
	assert_int_equal(image_manifest_walk(fd, &most, copy_line, line, &size, &err), 0);
	snprintf(expected, sizeof expected, "d 0000 %u %u 0 ? ./closed", getuid(), getgid());
	assert_string_equal(line, expected);
	assert_int_equal(fchmodat(fd, "closed", 0500, 0), 0);
	assert_int_equal(image_manifest_walk(fd, &most, copy_line, line, &size, &err), 0);
	assert_non_null(strstr(line, " 0 - ./closed"));
	close(fd);
}

static void an_index_names_one_image_by_its_digest(void **state)
{
	static const char good[] = "{\"manifests\": [{\"digest\": \"sha256:" HEX "\"}]}";
	static const char other[] = "{\"manifests\": [{\"digest\": \"sha512:" HEX "\"}]}";
	static const char *const bad[] = {"", "[]", "{}", "{\"manifests\": []}", "{\"manifests\": [{}, {}]}",
		"{\"manifests\": [{\"digest\": 1}]}", "{\"manifests\": [{\"digest\": \"sha256:../x\"}]}", other};
	static const char layers[] =
		"{\"layers\": [{\"digest\": \"sha256:" HEX "\"}, {\"digest\": \"sha256:" HEX "\"}]}";
	_cleanup_(oci_image_free) struct oci_image image = {.n_layers = 0};
	struct error err;

	(void)state;
	assert_int_equal(oci_index_parse(good, strlen(good), &image, &err), 0);
	assert_string_equal(image.digest, HEX);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(oci_index_parse(bad[i], strlen(bad[i]), &image, &err), -1);
	assert_int_equal(oci_manifest_parse("{\"layers\": []}", 14, &image, &err), -1);
	assert_int_equal(oci_manifest_parse(layers, strlen(layers), &image, &err), 0);
	assert_int_equal(image.n_layers, 2);
	assert_string_equal(image.layers[1], HEX);
	assert_int_equal(oci_image_first(&image, 0), 0);
	assert_int_equal(oci_image_first(&image, 1), 0);
	image.layers[1][0] = 'f';
	assert_int_equal(oci_image_first(&image, 1), 1);
}

static void entries_are_counted_without_a_way_round(void **state)
{
	const struct image_size most = {.entries = 10};
	uint64_t entries = 0;
	struct error err;

	(void)state;
	assert_int_equal(image_count_again(10, &most, &entries, &err), 0);
	assert_int_equal(entries, 10);
	assert_int_equal(image_count_again(1, &most, &entries, &err), -1);
	entries = 1;
	assert_int_equal(image_count_again(UINT64_MAX, &most, &entries, &err), -1);
}

static void no_layer_is_counted_when_the_time_of_all_is_over(void **state)
{
	const struct image_size most = {.entries = 10};
	_cleanup_(close_fd) int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	uint64_t entries = 0;
	struct error err;

	(void)state;
	assert_int_equal(image_tar_count(fd, &most, clock_monotonic_ns(), &entries, &err), -1);
	assert_int_equal(err.errnum, ETIMEDOUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_no_paths),
		cmocka_unit_test(entries_are_counted_without_a_way_round),
		cmocka_unit_test(no_layer_is_counted_when_the_time_of_all_is_over),
		cmocka_unit_test(a_tree_is_named_by_its_digest),
		cmocka_unit_test_setup_teardown(names_are_switched_and_removed, place_make, place_remove),
		cmocka_unit_test_setup_teardown(
			no_tree_is_removed_where_a_name_cannot_be_read, place_make, place_remove),
		cmocka_unit_test(a_directory_comes_before_what_is_in_it),
		cmocka_unit_test(names_have_the_order_of_their_escaped_forms),
		cmocka_unit_test(a_line_has_seven_words),
		cmocka_unit_test_setup_teardown(a_damaged_manifest_is_an_error, place_make, place_remove),
		cmocka_unit_test(a_warning_is_no_failure),
		cmocka_unit_test(a_step_leaves_no_option_out),
		cmocka_unit_test_setup_teardown(a_walk_has_limits, place_make, place_remove),
		cmocka_unit_test_setup_teardown(a_closed_directory_is_noted, place_make, place_remove),
		cmocka_unit_test(an_index_names_one_image_by_its_digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
