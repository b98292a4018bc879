#include "policy/container.h"

#include "policy/environment.h"
#include "policy/path.h"
#include "policy/resolve.h"

#include <string.h>

static const char *const taken[] = {"$schema", "description", "extends", "profile", "ro", "ro_try", "rw", "workdir",
	"env", "unset_env", "nofile", "time", "grace", "seccomp", "allow_unknown_syscalls", "landlock",
	"allow_degraded", "report", "dry_run", "keep_fd", "id", "user"};

static const struct container_meaning meanings[] = {
	{"profile", "NAME|FILE", "start from this profile; options change it (default: entrypoint)"},
	{"ro", "PATH", "can be read, by Landlock; with any of these three nothing else can be opened"},
	{"ro_try", "PATH", "can be read, if it exists"},
	{"rw", "PATH", "can be read, written and changed"},
	{"workdir", "DIR", "the working directory (default: the container's)"},
	{"allow_degraded", "landlock|none",
		"what may be missing in this container; none takes back what the profile allows"},
	{"id", "NAME", "the name of the job in the report"},
	{"user", "NAME|UID[:GID]", "become this user of the container"},
};

/* Whose affair the others are. */
static const struct {
	const char *key, *instead;
} runtime[] = {
	{"root", "the image is the root"},
	{"tmpfs", "docker run --tmpfs, or an emptyDir with medium: Memory"},
	{"hide", "mount something over it: docker run --tmpfs"},
	{"hide_try", "mount something over it: docker run --tmpfs"},
	{"workspace", "docker run --volume and --workdir; --rw lets the command write to a path"},
	{"identity", "--user chooses among the users of the container"},
	{"hostname", "docker run --hostname"},
	{"memory", "docker run --memory, or resources.limits of the pod"},
	{"swap", "docker run --memory-swap"},
	{"pids", "docker run --pids-limit"},
	{"cpus", "docker run --cpus, or resources.limits of the pod"},
	{"changes", "docker diff"},
	{"io_read", "docker run --device-read-bps"},
	{"io_write", "docker run --device-write-bps"},
	{"disk", "docker run --storage-opt size=, or ephemeral-storage of the pod"},
	{"network", "docker run --network, or a NetworkPolicy"},
	{"network_open", "a NetworkPolicy"},
	{"allow", "a NetworkPolicy, or a proxy in front of the container's network"},
	{"docker", "mount no Docker socket into the container"},
	{"explain", "cofferdam run names what is denied; an entrypoint has nobody outside to listen"},
	{"tty", "docker run --tty"},
};

bool container_takes(const struct setting *setting)
{
	for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++)
		if (strcmp(taken[i], setting->key) == 0)
			return true;
	return false;
}

const struct container_meaning *container_meaning(const struct setting *setting)
{
	for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
		if (strcmp(meanings[i].key, setting->key) == 0)
			return &meanings[i];
	return NULL;
}

int container_admit(const struct setting *setting, const char *label, struct error *err)
{
	if (container_takes(setting))
		return 0;
	error_set(err, 0, "%s: not an entrypoint's: it is decided where the container is started", label);
	for (size_t i = 0; i < sizeof runtime / sizeof runtime[0]; i++)
		if (strcmp(runtime[i].key, setting->key) == 0)
			return error_hint(err, "%s", runtime[i].instead);
	return error_hint(err, "cofferdam run has it");
}

/* A path of a Landlock rule has one name. */
static int check_paths(const struct plan *plan, struct error *err)
{
	for (size_t i = 0; i < plan->n_mounts; i++) {
		const struct plan_mount *mount = &plan->mounts[i];

		if (strcmp(mount->source, mount->target) == 0)
			continue;
		error_set(err, 0, "%s: %s:%s: an entrypoint moves nothing to another place", mount->origin.text,
			mount->source, mount->target);
		return error_hint(err, "docker run --volume %s:%s", mount->source, mount->target);
	}
	if (plan->n_mounts > 0 && !plan->landlock)
		return error_set(err, 0, "%s: %s: needs Landlock, which --no-landlock leaves out",
			plan->mounts[0].origin.text, plan->mounts[0].target);
	return 0;
}

static int check_landlock(struct plan *plan, const struct container_facts *container, struct error *err)
{
	const unsigned bit = 1u << PLAN_DEGRADABLE_LANDLOCK;
	bool by_filter = container->filtered && container->landlock_errnum != 0;

	plan->degraded = 0;
	plan->landlock_abi = plan->landlock ? container->landlock_abi : 0;
	if (!plan->landlock || container->landlock_abi > 0)
		return 0;
	if ((plan->allow_degraded & bit) != 0) {
		plan->degraded |= bit;
		return 0;
	}
	error_set(err, container->landlock_errnum, "landlock: %s",
		by_filter ? "a seccomp filter around us refuses it" : "this kernel cannot restrict files");
	return error_hint(err, "%s; or let it be missing with --allow-degraded landlock",
		by_filter ? "docker run --security-opt seccomp=docker-outer.json"
			  : "it needs Linux 5.19 with landlock in the kernel's lsm= list");
}

int container_resolve(
	struct plan *plan, const struct facts *facts, const struct container_facts *container, struct error *err)
{
	plan->in_container = true;
	plan->explain = false; /* nobody stands outside to listen, and a filter that waits for nobody says ENOSYS */
	plan->uid = facts->uid;
	plan->gid = facts->gid;
	plan->kernel = facts->kernel;
	if (check_paths(plan, err) < 0 || check_landlock(plan, container, err) < 0 ||
		environment_resolve(plan, facts->environ, err) < 0)
		return -1;
	return plan_resolve_seccomp(plan, err);
}
