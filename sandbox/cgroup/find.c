/* Where we may make a leaf: reads /proc/self/cgroup and mountinfo, changes nothing. */
#include "sandbox/cgroup/cgroup.h"
#include "sandbox/cgroup/parse.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "policy/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/statfs.h>
#include <unistd.h>

#define PROC_TEXT_MAX ((size_t)1 << 20)

/* A directory whose subtree is ours: we may make leaves in it, move processes, and switch controllers. A slice belongs
 * to a service manager even where its permissions would let us in. */
static bool is_delegated(const char *dir)
{
	_cleanup_(freep) char *procs = format("%s/cgroup.procs", dir);
	_cleanup_(freep) char *control = format("%s/cgroup.subtree_control", dir);
	const char *name = strrchr(dir, '/');
	size_t len = name != NULL ? strlen(name) : 0;

	if (procs == NULL || control == NULL || (len > 6 && strcmp(name + len - 6, ".slice") == 0))
		return false;
	return access(dir, W_OK) == 0 && access(procs, W_OK) == 0 && access(control, W_OK) == 0;
}

static unsigned controllers(const char *dir)
{
	_cleanup_(freep) char *path = format("%s/cgroup.controllers", dir);
	_cleanup_(freep) char *text = NULL;
	struct error ignored; /* no file: no controllers, and the caller says so */
	unsigned found = 0;
	size_t len;

	if (path == NULL || read_file_at(AT_FDCWD, path, PROC_TEXT_MAX, &text, &len, &ignored) < 0)
		return 0;
	for (unsigned i = 0; i < LIMIT_CONTROLLERS; i++)
		if (cgroup_parse_has(text, limit_controllers[i].name))
			found |= limit_controllers[i].bit;
	return found;
}

char *cgroup_own_directory(const char **why)
{
	_cleanup_(freep) char *cgroups = NULL;
	_cleanup_(freep) char *mounts = NULL;
	char *path, *root, *point;
	struct error ignored;
	size_t len;

	*why = "/proc/self/cgroup has no cgroup v2 line";
	if (read_file_at(AT_FDCWD, "/proc/self/cgroup", PROC_TEXT_MAX, &cgroups, &len, &ignored) < 0)
		return NULL;
	path = cgroup_parse_own(cgroups);
	if (path == NULL)
		return NULL;
	*why = "/proc/self/mountinfo cannot be read";
	if (read_file_at(AT_FDCWD, "/proc/self/mountinfo", PROC_TEXT_MAX, &mounts, &len, &ignored) < 0)
		return NULL;
	switch (cgroup_parse_mount(mounts, path, &root, &point)) {
	case CGROUP_MOUNT_NONE:
		*why = "cgroup v2 is not mounted";
		return NULL;
	case CGROUP_MOUNT_OUTSIDE:
		*why = "the launcher's cgroup is outside of the mounted hierarchy";
		return NULL;
	case CGROUP_MOUNT_FOUND:
		break;
	}
	if (strcmp(root, "/") != 0)
		path += strlen(root);
	if (strcmp(path, "/") == 0)
		path = "";
	return format("%s%s", point, path);
}

char *cgroup_leaf_path(const char *parent, const char *id)
{
	return format("%s/" CGROUP_LEAF_PREFIX "%s", parent, id);
}

char *cgroup_helpers_path(const char *parent, const char *id)
{
	return format("%s/" CGROUP_LEAF_PREFIX "%s" CGROUP_HELPERS_SUFFIX, parent, id);
}

/* What cgroup_attach_permissions() in kernel/cgroup/cgroup.c asks for besides: the common ancestor's cgroup.procs. */
static bool can_reach(const char *own, const char *parent)
{
	_cleanup_(freep) char *procs = NULL;
	size_t common = 0;

	for (size_t i = 0;; i++) {
		if ((own[i] == '\0' || own[i] == '/') && (parent[i] == '\0' || parent[i] == '/'))
			common = i;
		if (own[i] != parent[i] || own[i] == '\0')
			break;
	}
	procs = format("%.*s/cgroup.procs", (int)common, own);
	return procs != NULL && access(procs, W_OK) == 0;
}

static const char *inspect_given(const char *dir, const char *own)
{
	struct statfs fs;

	if (statfs(dir, &fs) < 0)
		return errno == ENOENT ? "no such directory" : "it cannot be inspected";
	if (fs.f_type != CGROUP2_SUPER_MAGIC)
		return "not a cgroup v2 directory";
	if (!is_delegated(dir))
		return "it is not delegated to this user, who must be able to write the directory, its cgroup.procs and its cgroup.subtree_control";
	if (own != NULL && !can_reach(own, dir))
		return "it is delegated, but the launcher is outside of it, and a process can be moved only below a common ancestor delegated to its user";
	return NULL;
}

/* Where the launcher would have to be, or be allowed to be. */
static const char *remedy_by_hand(const char *why)
{
	return strstr(why, "outside of it") != NULL
		       ? "start Cofferdam from a process inside that directory, or omit the option"
		       : "name a cgroup v2 directory that is delegated to this user, or omit the option";
}

/* Whether a controller is attached to a hierarchy of cgroup v1, where no cgroup v2 can have it. */
static bool controllers_are_in_v1(void)
{
	_cleanup_(freep) char *text = NULL;
	struct error ignored; /* then it is not known */
	size_t len;

	if (read_file_at(AT_FDCWD, "/proc/self/cgroup", PROC_TEXT_MAX, &text, &len, &ignored) < 0)
		return false;
	return strstr(text, ":memory:") != NULL || strstr(text, ":pids:") != NULL;
}

const char *cgroup_remedy(const char *by_hand, const struct facts *facts, bool in_full)
{
	if (by_hand != NULL && !facts->cgroup_delegated)
		return remedy_by_hand(facts->cgroup_reason);
	if (controllers_are_in_v1())
		return "this host has them in cgroup v1: boot it with systemd.unified_cgroup_hierarchy=1";
	if (access("/run/systemd/system", F_OK) < 0)
		return "no systemd here: root must make a cgroup v2 directory with these controllers, give it and its cgroup.procs and cgroup.subtree_control to this user, and start Cofferdam there";
	if (facts->cgroup_delegated)
		return in_full ? "as root: mkdir -p /etc/systemd/system/user@.service.d; printf '[Service]\\nDelegate=cpu cpuset io memory pids\\n' >/etc/systemd/system/user@.service.d/delegate.conf; systemctl daemon-reload; log in again"
			       : "set Delegate=cpu io memory pids for user@.service, and log in again";
	return "run under systemd-run --user --scope -p Delegate=yes; where no user manager runs: loginctl enable-linger USER";
}

/* We sit in a leaf of a delegated subtree, or at its top (as in a container whose cgroup namespace begins there). */
static char *find_delegated(char *own)
{
	_cleanup_(freep) char *above = strdup(own);
	char *slash = above != NULL ? strrchr(above, '/') : NULL;

	if (slash == NULL)
		return NULL;
	*slash = '\0';
	if (is_delegated(above) && can_reach(own, above))
		return take_ptr(above);
	return is_delegated(own) ? strdup(own) : NULL;
}

void cgroup_detect(const char *by_hand, struct facts *facts, char **parent)
{
	const char *why = NULL;
	_cleanup_(freep) char *own = cgroup_own_directory(&why);

	*parent = NULL;
	facts->cgroup_delegated = false;
	facts->cgroup_controllers = 0;
	if (by_hand != NULL) {
		why = inspect_given(by_hand, own);
		if (why == NULL)
			*parent = strdup(by_hand);
	} else if (own != NULL) {
		why = "the launcher's cgroup is not delegated to this user";
		*parent = find_delegated(own);
	}
	facts->cgroup_reason = why;
	if (*parent == NULL)
		return;
	facts->cgroup_delegated = true;
	facts->cgroup_controllers = controllers(*parent);
	facts->cgroup_reason = "the delegated cgroup lacks some controllers";
}
