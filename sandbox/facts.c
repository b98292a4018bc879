#include "sandbox/facts.h"

#include "sandbox/cgroup.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

int facts_look(struct facts *facts, char **cgroup_parent, struct error *err)
{
	static char cwd[PATH_MAX];

	*facts = (struct facts){.uid = geteuid(), .gid = getegid(), .cwd = cwd, .environ = environ};
	if (getcwd(cwd, sizeof cwd) == NULL)
		return error_set(err, errno, "current directory");
	cgroup_look(facts, cgroup_parent);
	return 0;
}
