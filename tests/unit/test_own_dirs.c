/* Where the caller's images, layers and mirrors are. */
#include "policy/own_dirs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef int (*own_dir)(char *const *environment, char **dir, struct error *err);

/* NULL: none; `refused`: the error. */
static const struct {
	own_dir find;
	const char *environment[4];
	const char *dir, *refused;
} rows[] = {
	{own_dir_images, {"HOME=/home/x", "XDG_DATA_HOME=/data", "COFFERDAM_IMAGES=/srv//images/"}, "/srv/images",
		NULL},
	{own_dir_images, {"COFFERDAM_IMAGES=", "HOME=/home/x", "XDG_DATA_HOME=/data"}, "/data/cofferdam/images", NULL},
	{own_dir_images, {"HOME=/home/x/"}, "/home/x/.local/share/cofferdam/images", NULL},
	{own_dir_images, {"HOME=/"}, "/.local/share/cofferdam/images", NULL},
	{own_dir_images, {"XDG_DATA_HOME=data", "HOME=/home/x"}, "/home/x/.local/share/cofferdam/images", NULL},
	{own_dir_images, {"XDG_DATA_HOME=data"}, NULL, NULL},
	{own_dir_images, {"HOME=/home/../x"}, NULL, "HOME: "},
	{own_dir_images, {"HOME=/home/x", "COFFERDAM_IMAGES=images"}, NULL,
		"COFFERDAM_IMAGES: images: not an absolute path"},
	{own_dir_images, {"COFFERDAM_IMAGES=/"}, "/", NULL},
	{own_dir_images, {"HOMES=/x", "XHOME=/x", "HOME"}, NULL, NULL},
	{own_dir_images, {NULL}, NULL, NULL},
	{own_dir_layers, {"HOME=/home/x", "XDG_CACHE_HOME=/cache", "COFFERDAM_LAYERS=/srv"}, "/srv", NULL},
	{own_dir_layers, {"HOME=/home/x", "XDG_CACHE_HOME=/cache"}, "/cache/cofferdam/layers", NULL},
	{own_dir_layers, {"HOME=/home/x", "COFFERDAM_IMAGES=/srv"}, "/home/x/.cache/cofferdam/layers", NULL},
	{own_dir_mirrors, {"XDG_RUNTIME_DIR=/run/user/1/"}, "/run/user/1/cofferdam-mirrors", NULL},
	{own_dir_mirrors, {"XDG_RUNTIME_DIR=run", "HOME=/home/x"}, NULL, NULL},
	{own_dir_mirrors, {"XDG_RUNTIME_DIR=/run/.."}, NULL, "XDG_RUNTIME_DIR: "},
};

static void the_first_variable_says_where(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct error err = {.text = ""};
		char *dir = NULL;
		const int result = rows[i].find((char *const *)rows[i].environment, &dir, &err);

		if (rows[i].refused != NULL) {
			assert_int_equal(result, -1);
			assert_int_equal(strncmp(err.text, rows[i].refused, strlen(rows[i].refused)), 0);
		} else {
			assert_int_equal(result, 0);
		}
		if (rows[i].dir == NULL)
			assert_null(dir);
		else
			assert_string_equal(dir, rows[i].dir);
		free(dir);
	}
}

static void without_an_environment(void **state)
{
	struct error err;
	char *dir;

	(void)state;
	assert_int_equal(own_dir_images(NULL, &dir, &err), 0);
	assert_null(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_variable_says_where),
		cmocka_unit_test(without_an_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
