/* withhold CALL[,CALL…] COMMAND…: runs the command on a kernel that does not have these system calls: a filter answers
 * them with ENOSYS. "seccomp.notify" is seccomp(2) with SECCOMP_FILTER_FLAG_NEW_LISTENER, answered with EINVAL as by a
 * kernel that does not know the flag. A filter needs no_new_privs, so set-user-ID programs do not work below it. */
#include "tests/escape/probe.h"

#include <linux/seccomp.h>
#include <seccomp.h>
#include <unistd.h>

static int withhold(scmp_filter_ctx filter, const char *name)
{
	int nr;

	if (strcmp(name, "seccomp.notify") == 0)
		return seccomp_rule_add(filter, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(seccomp), 1,
			SCMP_A1(SCMP_CMP_MASKED_EQ, SECCOMP_FILTER_FLAG_NEW_LISTENER,
				SECCOMP_FILTER_FLAG_NEW_LISTENER));
	nr = seccomp_syscall_resolve_name(name);
	if (nr == __NR_SCMP_ERROR)
		misused("%s: no system call", name);
	return seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), nr, 0);
}

int main(int argc, char **argv)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	if (argc < 3 || filter == NULL)
		misused("usage: withhold CALL[,CALL…] COMMAND…");
	for (char *name = strtok(argv[1], ","); name != NULL; name = strtok(NULL, ","))
		if (withhold(filter, name) < 0)
			untried("%s: cannot be withheld", name);
	if (seccomp_load(filter) < 0)
		untried("seccomp_load: not possible here");
	execvp(argv[2], argv + 2);
	untried("%s: %s", argv[2], errno_name(errno));
}
