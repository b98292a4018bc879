/* What is said of a plan that its caller has probably not meant. */
#include "policy/advice.h"

#include "common/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define HOME "/home/u"

static char given[] = "--ro", shipped[] = "job:1:1";

static struct plan_mount bind_of(char *source, char *target)
{
	return (struct plan_mount){.kind = PLAN_MOUNT_BIND, .source = source, .target = target, .origin.text = given};
}

static void the_whole_home_directory(void **state)
{
	struct plan_mount mount = bind_of("/home", "/x");

	(void)state;
	assert_true(advice_shows_home(&mount, HOME));
	mount.source = HOME;
	assert_true(advice_shows_home(&mount, HOME));
	assert_false(advice_shows_home(&mount, NULL));
	mount.origin.text = shipped;
	assert_false(advice_shows_home(&mount, HOME));
	mount = bind_of(HOME "/src", "/x");
	assert_false(advice_shows_home(&mount, HOME));
	mount = bind_of(HOME "r", "/x");
	assert_false(advice_shows_home(&mount, HOME));
	mount = bind_of(NULL, "/x");
	mount.kind = PLAN_MOUNT_TMPFS;
	assert_false(advice_shows_home(&mount, HOME));
}

/* In a plan whose HOME is INSIDE, with a command of these two words. */
static const char *below(const char *inside, struct plan_mount mount, char *workspace, char *word)
{
	struct plan_env env[] = {{.name = "LANG", .value = "C"}, {.name = "HOME", .value = (char *)inside}};
	char *argv[] = {"npm", word, NULL};
	const struct plan plan = {
		.workspace = workspace, .command = {.argv = argv, .env = env, .n_env = inside != NULL ? 2 : 1}};
	const char *home = NULL, *found = advice_other_home(&plan, &mount, HOME, &home);

	if (inside == NULL)
		assert_null(home);
	else
		assert_string_equal(home, inside);
	return found;
}

static void a_cache_in_the_home_directory_of_the_caller(void **state)
{
	const struct plan_mount cache = bind_of(HOME "/.npm", HOME "/.npm");
	struct plan_mount other = cache;

	(void)state;
	assert_string_equal(below("/home/job", cache, NULL, "ci"), "/.npm");
	assert_string_equal(below("/home/job", cache, "/srv", "ci"), "/.npm");
	/* It is there that the tool looks, or it is told, or the workspace is around it. */
	assert_null(below(HOME, cache, NULL, "ci"));
	assert_null(below(NULL, cache, NULL, "ci"));
	assert_null(below("/home/job", cache, NULL, "--cache=" HOME "/.npm"));
	assert_null(below("/home/job", cache, HOME "/.npm/here", "ci"));
	/* Not of a tool's; not by the command line; not a mount of the host's. */
	assert_null(below("/home/job", bind_of(HOME "/src", HOME "/src"), NULL, "ci"));
	assert_null(below("/home/job", bind_of(HOME "/.npm", "/home/job/.npm"), NULL, "ci"));
	other.origin.text = shipped;
	assert_null(below("/home/job", other, NULL, "ci"));
	other = cache;
	other.kind = PLAN_MOUNT_TMPFS;
	assert_null(below("/home/job", other, NULL, "ci"));
}

static void told_by_a_variable(void **state)
{
	struct plan_env env[] = {{.name = "HOME", .value = "/home/job"}, {.name = "CACHE"}};
	char *argv[] = {"npm", NULL};
	const struct plan plan = {.command = {.argv = argv, .env = env, .n_env = 2}};
	const struct plan_mount mount = bind_of(HOME "/.npm", HOME "/.npm");
	const char *inside;

	(void)state;
	assert_non_null(advice_other_home(&plan, &mount, HOME, &inside));
	env[1].value = HOME "/.npm";
	assert_null(advice_other_home(&plan, &mount, HOME, &inside));
	env[1].value = NULL;
	assert_null(advice_other_home(&plan, &mount, NULL, &inside));
	assert_null(advice_other_home(&plan, &mount, "/", &inside));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_whole_home_directory),
		cmocka_unit_test(a_cache_in_the_home_directory_of_the_caller),
		cmocka_unit_test(told_by_a_variable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
