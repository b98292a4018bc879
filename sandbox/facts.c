#include "sandbox/facts.h"

#include "sandbox/cgroup.h"

#include <unistd.h>

void facts_look(struct facts *facts, char **cgroup_parent)
{
	*facts = (struct facts){.uid = geteuid(), .gid = getegid(), .environ = environ};
	cgroup_look(facts, cgroup_parent);
}
