/* Where we may make a leaf: reads /proc/self/cgroup and mountinfo, changes nothing. */
#include "sandbox/cgroup.h"
#include "sandbox/cgroup_parse.h"

#include "common/cleanup.h"
#include "common/io.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROC_TEXT_MAX ((size_t)1 << 20)

char *cgroup_parse_own(char *text)
{
	for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
		if (strncmp(line, "0::", 3) == 0)
			return line + 3;
	return NULL;
}

bool cgroup_parse_mount(char *text, char **root, char **point)
{
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
		char *field[5], *rest = line, *separator = strstr(line, " - cgroup2 ");
		size_t n = 0;

		if (separator == NULL)
			continue;
		*separator = '\0';
		while (n < 5 && (field[n] = strsep(&rest, " ")) != NULL)
			n++;
		if (n < 5)
			continue;
		*root = field[3];
		*point = field[4];
		return true;
	}
	return false;
}

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
	static const struct {
		const char *name;
		enum facts_controller bit;
	} known[] = {
		{"memory", FACTS_CONTROLLER_MEMORY},
		{"pids", FACTS_CONTROLLER_PIDS},
		{"cpu", FACTS_CONTROLLER_CPU},
		{"io", FACTS_CONTROLLER_IO},
	};
	_cleanup_(freep) char *path = format("%s/cgroup.controllers", dir);
	_cleanup_(freep) char *text = NULL;
	struct error ignored; /* no file: no controllers, and the caller says so */
	unsigned found = 0;
	size_t len;

	if (path == NULL || read_file_at(AT_FDCWD, path, PROC_TEXT_MAX, &text, &len, &ignored) < 0)
		return 0;
	for (char *word = strtok(text, " \n"); word != NULL; word = strtok(NULL, " \n"))
		for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
			if (strcmp(word, known[i].name) == 0)
				found |= known[i].bit;
	return found;
}

/* Our own cgroup's directory in the file system, or NULL with the reason in *why. */
static char *own_directory(const char **why)
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
	*why = "cgroup v2 is not mounted";
	if (read_file_at(AT_FDCWD, "/proc/self/mountinfo", PROC_TEXT_MAX, &mounts, &len, &ignored) < 0 ||
		!cgroup_parse_mount(mounts, &root, &point))
		return NULL;
	if (strcmp(root, "/") != 0) {
		*why = "our cgroup lies outside of what is mounted";
		len = strlen(root);
		if (strncmp(path, root, len) != 0 || (path[len] != '/' && path[len] != '\0'))
			return NULL;
		path += len;
	}
	if (strcmp(path, "/") == 0)
		path = "";
	return format("%s%s", point, path);
}

char *cgroup_leaf_path(const char *parent, const char *id)
{
	return format("%s/cofferdam-%s", parent, id);
}

void cgroup_look(struct facts *facts, char **parent)
{
	const char *why;
	_cleanup_(freep) char *own = own_directory(&why);
	_cleanup_(freep) char *above = own != NULL ? strdup(own) : NULL;
	char *slash = above != NULL ? strrchr(above, '/') : NULL;

	*parent = NULL;
	facts->cgroup_delegated = false;
	facts->cgroup_controllers = 0;
	facts->cgroup_reason = why;
	if (slash == NULL)
		return;
	*slash = '\0';
	/* We sit in a leaf of a delegated subtree, or at its top. */
	if (is_delegated(above))
		*parent = take_ptr(above);
	else if (is_delegated(own))
		*parent = take_ptr(own);
	facts->cgroup_reason = "our cgroup is not delegated to this user";
	if (*parent == NULL)
		return;
	facts->cgroup_delegated = true;
	facts->cgroup_controllers = controllers(*parent);
	facts->cgroup_reason = "the delegated cgroup does not have every controller";
}
