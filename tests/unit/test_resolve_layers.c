#include "tests/unit/resolve.h"

static char cache[] = "XDG_CACHE_HOME=/var/cache/u", home[] = "HOME=/home/u", relative[] = "XDG_CACHE_HOME=cache",
	    chosen[] = "COFFERDAM_LAYERS=/srv//layers/", not_absolute[] = "COFFERDAM_LAYERS=layers",
	    none[] = "COFFERDAM_LAYERS=", in_opt[] = "COFFERDAM_LAYERS=/opt/layers";

static struct facts facts_with(char *const *environment)
{
	return (struct facts){.environ = environment, .cgroup_reason = "none"};
}

static void layers_on_disk_have_a_directory_of_the_callers_cache(void **state)
{
	static const struct {
		char *environment[4];
		const char *expected;
	} rows[] = {
		{{chosen, cache, home}, "/srv/layers"},
		{{cache, home}, "/var/cache/u/cofferdam/layers"},
		{{home}, "/home/u/.cache/cofferdam/layers"},
		{{none, relative, home}, "/home/u/.cache/cofferdam/layers"},
		{{NULL}, NULL},
	};

	(void)state;
	/* Known also to a launch that has none: its mounts may show another's. */
	for (size_t i = 0; i < 2 * (sizeof rows / sizeof rows[0]); i++) {
		_cleanup_(plan_free) struct plan plan = {0};
		const struct facts facts = facts_with(rows[i / 2].environment);

		MAKE(&plan, {"root", "overlay"},
			{"layer", i % 2 == 0 || rows[i / 2].expected == NULL ? "memory" : "disk"}, {"landlock", "no"});
		resolve(&plan, &facts);
		if (rows[i / 2].expected == NULL)
			assert_null(plan.root.layers);
		else
			assert_string_equal(plan.root.layers, rows[i / 2].expected);
	}
}

static void a_layer_on_disk_that_has_no_place_is_refused(void **state)
{
	char *const at_home[] = {home, NULL}, *const nowhere[] = {NULL}, *const below[] = {in_opt, NULL},
		    *const wrong[] = {not_absolute, home, NULL};
	const struct facts known = facts_with(at_home), unknown = facts_with(nowhere), overlap = facts_with(below),
			   invalid = facts_with(wrong);
	struct plan plan;

	(void)state;
	MAKE(&plan, {"layer", "disk"});
	refused(&plan, &known, "layer disk: requires a throw-away layer", "--layer memory");
	MAKE(&plan, {"root", "overlay"}, {"layer", "disk"});
	refused(&plan, &unknown, "layer disk: requires a directory: neither COFFERDAM_LAYERS nor HOME is set", "ext4");
	MAKE(&plan, {"root", "overlay"}, {"layer", "disk"});
	refused(&plan, &invalid, "COFFERDAM_LAYERS: layers: not an absolute path", "");
	MAKE(&plan, {"root", "/home"}, {"layer", "disk"});
	refused(&plan, &known,
		"layer disk: /home/u/.cache/cofferdam/layers: lies in /home, over which the layer is mounted, or contains it",
		"elsewhere");
	MAKE(&plan, {"root", "overlay"}, {"layer", "disk"});
	assert_int_equal(setting_apply(&plan, setting_find("ro"), "/opt", "profile.json:1:1", &(struct error){0}), 0);
	refused(&plan, &overlap,
		"layer disk: /opt/layers: lies in /opt, over which the layer is mounted, or contains it", "elsewhere");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layers_on_disk_have_a_directory_of_the_callers_cache),
		cmocka_unit_test(a_layer_on_disk_that_has_no_place_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
