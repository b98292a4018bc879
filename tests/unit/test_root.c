#include "common/cleanup.h"
#include "policy/resolve/resolve.h"
#include "policy/resolve/root.h"
#include "policy/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct row {
	const char *key, *text, *origin;
};

static void make(struct plan *plan, const struct row *rows)
{
	struct error err;

	assert_int_equal(plan_init(plan, &err), 0);
	for (; rows->key != NULL; rows++)
		if (setting_apply(plan, setting_find(rows->key), rows->text, rows->origin, &err) < 0)
			fail_msg("%s", err.text);
}
#define MAKE(plan, ...) make(plan, (const struct row[]){__VA_ARGS__, {NULL, NULL, NULL}})

static void resolve(struct plan *plan)
{
	struct error err;

	if (root_resolve(plan, &err) < 0)
		fail_msg("%s", err.text);
}

static bool has(const struct plan *plan, const char *target)
{
	for (size_t i = 0; i < plan->root.n_mounts; i++)
		if (strcmp(plan->root.mounts[i].target, target) == 0)
			return true;
	return false;
}

static const struct plan_mount *at(const struct plan *plan, const char *target)
{
	size_t i = 0;

	while (i < plan->root.n_mounts - 1 && strcmp(plan->root.mounts[i].target, target) != 0)
		i++;
	assert_string_equal(plan->root.mounts[i].target, target);
	return &plan->root.mounts[i];
}

#define PROFILE "p.json:1:1"

static void host_changes_nothing(void **state)
{
	_cleanup_(plan_free) struct plan plan = {0};

	(void)state;
	MAKE(&plan, {"ro", "/usr", PROFILE}, {"root", "host", "--root"});
	resolve(&plan);
	assert_int_equal(plan.root.n_mounts, 1);
	assert_int_equal(plan.root.mounts[0].kind, PLAN_MOUNT_BIND);
	assert_false(plan_has_layer(&plan.root));
}

static void overlay_makes_layers_of_the_system(void **state)
{
	_cleanup_(plan_free) struct plan plan = {0};

	(void)state;
	MAKE(&plan, {"ro", "/usr", PROFILE}, {"ro_try", "/etc", PROFILE}, {"ro", "/opt", "--ro"},
		{"ro", "/srv", PROFILE}, {"ro", "/elsewhere:/nix", PROFILE}, {"rw", "/lib", PROFILE},
		{"root", "overlay", "--root"});
	resolve(&plan);
	assert_int_equal(at(&plan, "/usr")->kind, PLAN_MOUNT_LAYER);
	assert_int_equal(at(&plan, "/usr")->copy, PLAN_COPY_DIRECTORIES);
	assert_int_equal(at(&plan, "/etc")->kind, PLAN_MOUNT_LAYER);
	assert_int_equal(at(&plan, "/etc")->copy, PLAN_COPY_ALL);
	/* What an option asks for stays as it asks for it, and so does what is not the system's. */
	assert_int_equal(at(&plan, "/opt")->kind, PLAN_MOUNT_BIND);
	assert_int_equal(at(&plan, "/srv")->kind, PLAN_MOUNT_BIND);
	assert_int_equal(at(&plan, "/nix")->kind, PLAN_MOUNT_BIND);
	assert_int_equal(at(&plan, "/lib")->kind, PLAN_MOUNT_BIND);
	assert_true(plan_has_layer(&plan.root) && plan_keeps_scratch(&plan));
}

/* Of the host's /var only what installing a package needs. */
static void overlay_adds_the_databases(void **state)
{
	static const char *const shown[] = {"/var/lib/dpkg", "/var/cache/debconf", "/var/lib/pam", "/var/lib/ucf"};
	_cleanup_(plan_free) struct plan plan = {0};

	(void)state;
	MAKE(&plan, {"root", "overlay", "--root"});
	resolve(&plan);
	assert_int_equal(plan.root.n_mounts, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_true(has(&plan, shown[i]));
		assert_true(at(&plan, shown[i])->optional);
	}
	plan_free(&plan);
	/* What a profile shows of them is a layer once. */
	MAKE(&plan, {"root", "overlay", "--root"}, {"ro_try", "/var/lib/dpkg", PROFILE});
	resolve(&plan);
	assert_int_equal(plan.root.n_mounts, 4);
	assert_int_equal(at(&plan, "/var/lib/dpkg")->kind, PLAN_MOUNT_LAYER);
	assert_int_equal(at(&plan, "/var/lib/dpkg")->copy, PLAN_COPY_TOP);
	plan_free(&plan);
	MAKE(&plan, {"root", "overlay", "--root"}, {"hide", "/var/lib", PROFILE},
		{"tmpfs", "/var/cache/debconf", "--tmpfs"});
	resolve(&plan);
	assert_int_equal(plan.root.n_mounts, 2);
	assert_int_equal(at(&plan, "/var/cache/debconf")->kind, PLAN_MOUNT_TMPFS);
}

static void an_image_is_not_mounted_over(void **state)
{
	_cleanup_(plan_free) struct plan plan = {0};

	(void)state;
	MAKE(&plan, {"ro", "/usr", PROFILE}, {"ro_try", "/etc", PROFILE}, {"ro", "/opt", "--ro"},
		{"tmpfs", "/tmp", PROFILE}, {"ro_try", "/sys/devices/system/cpu", PROFILE},
		{"hide", "/etc/shadow", PROFILE}, {"root", "/srv/image", "--root"});
	resolve(&plan);
	assert_int_equal(plan.root.n_mounts, 4);
	assert_false(has(&plan, "/usr"));
	assert_false(has(&plan, "/etc"));
	assert_true(has(&plan, "/opt"));
	assert_true(has(&plan, "/tmp"));
	assert_true(has(&plan, "/sys/devices/system/cpu"));
	assert_true(has(&plan, "/etc/shadow"));
}

/* What a shipped profile hides is the host's; what anybody else hides stays hidden. */
static void an_image_has_its_own_secrets(void **state)
{
	static const char shipped[] = "profiles/default.json:26:33";
	_cleanup_(plan_free) struct plan plan = {0};

	(void)state;
	MAKE(&plan, {"hide_try", "/etc/shadow", shipped}, {"hide", "/etc/gshadow", shipped},
		{"hide_try", "/etc/one", PROFILE}, {"hide", "/etc/two", "./profiles/default.json:1:1"},
		{"hide", "/etc/three", "--hide"}, {"root", "/srv/image", "--root"});
	resolve(&plan);
	assert_int_equal(plan.root.n_mounts, 3);
	assert_true(has(&plan, "/etc/one") && has(&plan, "/etc/two") && has(&plan, "/etc/three"));
	plan_free(&plan);
	MAKE(&plan, {"hide_try", "/etc/shadow", shipped}, {"root", "overlay", "--root"});
	resolve(&plan);
	assert_true(has(&plan, "/etc/shadow"));
}

static void changes_need_a_layer(void **state)
{
	_cleanup_(plan_free) struct plan plan = {0};
	struct error err;

	(void)state;
	MAKE(&plan, {"changes", "/tmp/list", "--changes"});
	assert_int_equal(root_resolve(&plan, &err), -1);
	assert_string_equal(err.text, "--changes: requires a throw-away layer");
	assert_non_null(strstr(err.hint, "--root overlay"));
}

/* The list must not be written where the job could have put a link. */
static void changes_and_image_where_the_job_writes(void **state)
{
	const struct facts facts = {.cgroup_reason = ""};
	_cleanup_(plan_free) struct plan plan = {0};
	struct error err;

	(void)state;
	MAKE(&plan, {"changes", "/srv/w/list", "--changes"}, {"root", "overlay", "--root"},
		{"workspace", "/srv/w", "--workspace"});
	assert_int_equal(plan_resolve(&plan, &facts, &err), -1);
	assert_string_equal(err.text, "--changes: /srv/w/list: lies in /srv/w, where the job can write");
	plan_free(&plan);
	MAKE(&plan, {"root", "/srv/w/image", "--root"}, {"workspace", "/srv/w", "--workspace"});
	assert_int_equal(plan_resolve(&plan, &facts, &err), 0);
	assert_true(plan.root.nofollow);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(host_changes_nothing),
		cmocka_unit_test(overlay_makes_layers_of_the_system),
		cmocka_unit_test(overlay_adds_the_databases),
		cmocka_unit_test(an_image_is_not_mounted_over),
		cmocka_unit_test(an_image_has_its_own_secrets),
		cmocka_unit_test(changes_need_a_layer),
		cmocka_unit_test(changes_and_image_where_the_job_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
