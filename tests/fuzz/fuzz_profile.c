/* A hostile profile: loading it and resolving it must end, and either gives a plan or an error with a text. What must
 * hold of every plan is checked, so that the fuzzer also looks for profiles that get past a rule. */
#include "common/path.h"
#include "policy/plan_json.h"
#include "policy/profile.h"
#include "policy/resolve/resolve.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)          \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

static void check_plan(const struct plan *plan)
{
	for (size_t i = 0; i < plan->root.n_mounts; i++) {
		const struct plan_mount *mount = &plan->root.mounts[i];
		char *normal = NULL;
		struct error err;

		CHECK(path_normalise(mount->target, &normal, &err) == 0 && strcmp(normal, mount->target) == 0);
		free(normal);
		CHECK(strcmp(mount->target, "/") != 0);
		CHECK(!path_is_within(mount->target, "/proc") && !path_is_within(mount->target, "/dev"));
		CHECK(mount->source == NULL || !path_is_within(mount->source, "/proc"));
		for (size_t k = 0; k < i; k++) {
			CHECK(strcmp(plan->root.mounts[k].target, mount->target) != 0);
			CHECK(!path_is_within(plan->root.mounts[k].target, mount->target));
		}
	}
	CHECK(plan->network == PLAN_NETWORK_NONE || plan->network == PLAN_NETWORK_HOST);
	CHECK((plan->root.kind == PLAN_ROOT_DIR) == (plan->root.dir != NULL || plan->root.image != NULL));
	CHECK(plan->docker == PLAN_DOCKER_NONE);
	CHECK((plan->identity.capabilities != 0) == (plan->identity.kind == PLAN_IDENTITY_SUBUID));
	CHECK(plan->filter.len > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char ranges[] = "1001:100000:65536", all[] = "0 0 4294967295";
	static const struct facts_idmap idmap = {.subuid = ranges,
		.subgid = ranges,
		.primary = 1001,
		.parent_uids = all,
		.parent_gids = all,
		.newuidmap = IDMAP_PROGRAM_OK,
		.newgidmap = IDMAP_PROGRAM_OK};
	const struct facts facts = {
		.uid = 1001,
		.gid = 1001,
		.idmap = &idmap,
		.cgroup_delegated = true,
		.cgroup_controllers = FACTS_CONTROLLER_MEMORY,
		.cgroup_reason = "the others are missing",
	};
	struct plan plan;
	struct error err = {0};
	char *text = malloc(size + 1);
	json_t *json;

	CHECK(text != NULL);
	memcpy(text, data, size);
	CHECK(plan_init(&plan, &err) == 0);
	if (profile_load_text("fuzz", text, size, &plan, &err) < 0) {
		CHECK(err.text[0] != '\0');
	} else if (plan.seccomp == NULL || !path_is_file_reference(plan.seccomp)) { /* no files of the host */
		if (plan_resolve(&plan, &facts, &err) < 0) {
			CHECK(err.text[0] != '\0');
		} else {
			check_plan(&plan);
			json = plan_to_json(&plan);
			CHECK(json != NULL);
			json_decref(json);
		}
	}
	plan_free(&plan);
	free(text);
	return 0;
}
