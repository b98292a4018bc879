/* A hostile mount table: lines of a letter and the text of a setting, as a profile or an option would give them. Each
 * is taken or refused with a text; what is taken is resolved. What must hold of every table is checked: where mounts
 * may be, in which order, which sources are distrusted, and what the choice of a root does to it. */
#include "common/path.h"
#include "policy/resolve/resolve.h"
#include "policy/settings.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)          \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

/* Upper case: asked for by an option. */
static const struct {
	char letter;
	const char *key;
} settings_of[] = {
	{'r', "ro"},
	{'y', "ro_try"},
	{'w', "rw"},
	{'t', "tmpfs"},
	{'h', "hide"},
	{'o', "root"},
	{'k', "workspace"},
	{'c', "changes"},
	{'p', "report"},
	{'d', "disk"},
};

static void apply_line(struct plan *plan, const char *line)
{
	struct error err = {.text = ""};

	for (size_t i = 0; i < sizeof settings_of / sizeof settings_of[0]; i++) {
		const struct setting *setting = setting_find(settings_of[i].key);
		bool option = line[0] == settings_of[i].letter - 'a' + 'A';

		if (line[0] != settings_of[i].letter && !option)
			continue;
		if (setting_apply(plan, setting, line + 1, option ? "--option" : "fuzz:1:1", &err) < 0)
			CHECK(err.text[0] != '\0');
	}
}

static bool is_normal(const char *path)
{
	struct error err;
	char *normal = NULL;
	bool same = path_normalise(path, &normal, &err) == 0 && strcmp(path, normal) == 0;

	free(normal);
	return same;
}

static bool job_can_write(const struct plan *plan, const struct plan_mount *but, const char *path)
{
	for (size_t i = 0; i < plan->root.n_mounts; i++) {
		const struct plan_mount *mount = &plan->root.mounts[i];

		if (mount != but && mount->kind == PLAN_MOUNT_BIND && mount->writable &&
			path_is_within(path, mount->source))
			return true;
	}
	return false;
}

/* A directory of the host's system that nobody asked for by an option. */
static bool is_system(const struct plan_mount *mount)
{
	return (strcmp(mount->target, "/usr") == 0 || strcmp(mount->target, "/etc") == 0) &&
	       strcmp(mount->source, mount->target) == 0 && !mount->writable &&
	       strncmp(mount->origin.text, "--", 2) != 0;
}

static void check_mount(const struct plan *plan, size_t i)
{
	const struct plan_mount *mount = &plan->root.mounts[i];

	CHECK(is_normal(mount->target) && strcmp(mount->target, "/") != 0);
	CHECK(!path_is_within(mount->target, "/proc") && !path_is_within(mount->target, "/dev"));
	for (size_t k = 0; k < i; k++)
		CHECK(!path_is_within(plan->root.mounts[k].target, mount->target));
	if (mount->kind != PLAN_MOUNT_BIND && mount->kind != PLAN_MOUNT_LAYER)
		return;
	CHECK(is_normal(mount->source) && !path_is_within(mount->source, "/proc"));
	CHECK(mount->nofollow == job_can_write(plan, mount, mount->source));
	CHECK(mount->kind == PLAN_MOUNT_BIND || plan->root.kind == PLAN_ROOT_OVERLAY);
	CHECK(mount->kind == PLAN_MOUNT_BIND || (!mount->writable && strcmp(mount->source, mount->target) == 0));
	CHECK(plan->root.kind == PLAN_ROOT_HOST || mount->kind == PLAN_MOUNT_LAYER || !is_system(mount));
}

static void check_plan(const struct plan *plan)
{
	for (size_t i = 0; i < plan->root.n_mounts; i++)
		check_mount(plan, i);
	CHECK((plan->root.kind == PLAN_ROOT_DIR) == (plan->root.dir != NULL || plan->root.image != NULL));
	if (plan->root.dir != NULL) {
		CHECK(is_normal(plan->root.dir) && strcmp(plan->root.dir, "/") != 0);
		CHECK(!path_is_within(plan->root.dir, "/proc"));
		CHECK(plan->root.nofollow == job_can_write(plan, NULL, plan->root.dir));
	}
	if (plan->changes != NULL)
		CHECK(plan_has_layer(&plan->root) && !job_can_write(plan, NULL, plan->changes));
	if (plan->report != NULL && strcmp(plan->report, "-") != 0)
		CHECK(!job_can_write(plan, NULL, plan->report));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct facts facts = {.cgroup_reason = "none here"};
	struct error err = {.text = ""};
	char *text = malloc(size + 1), *rest = text;
	struct plan plan;

	CHECK(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	CHECK(plan_init(&plan, &err) == 0);
	for (char *line; (line = strsep(&rest, "\n")) != NULL;)
		apply_line(&plan, line);
	if (plan_resolve(&plan, &facts, &err) == 0)
		check_plan(&plan);
	else
		CHECK(err.text[0] != '\0');
	plan_free(&plan);
	free(text);
	return 0;
}
