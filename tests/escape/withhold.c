/* withhold [ERRNO:]CALL[,CALL…] COMMAND…: runs the command on a kernel that does not have these system calls: a filter
 * answers them with ENOSYS, or with ERRNO, which is for all. "socket.route" is socket(2) for NETLINK_ROUTE.
 * "seccomp.notify" is seccomp(2) with SECCOMP_FILTER_FLAG_NEW_LISTENER, answered with EINVAL as by a kernel that does
 * not know the flag. A filter needs no_new_privs, so set-user-ID programs do not work below it. */
#include "tests/escape/probe.h"

#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

/* Newer than Debian 12's libseccomp. */
enum { NR_OPEN_TREE_ATTR = 467 };

static int withhold(scmp_filter_ctx filter, const char *name, uint16_t errnum)
{
	int nr;

	if (strcmp(name, "socket.route") == 0)
		return seccomp_rule_add(filter, SCMP_ACT_ERRNO(errnum), SCMP_SYS(socket), 2,
			SCMP_A0(SCMP_CMP_EQ, AF_NETLINK), SCMP_A2(SCMP_CMP_EQ, NETLINK_ROUTE));

	if (strcmp(name, "seccomp.notify") == 0)
		return seccomp_rule_add(filter, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(seccomp), 1,
			SCMP_A1(SCMP_CMP_MASKED_EQ, SECCOMP_FILTER_FLAG_NEW_LISTENER,
				SECCOMP_FILTER_FLAG_NEW_LISTENER));
	nr = strcmp(name, "open_tree_attr") == 0 ? NR_OPEN_TREE_ATTR : seccomp_syscall_resolve_name(name);
	if (nr == __NR_SCMP_ERROR)
		misused("%s: no system call", name);
	return seccomp_rule_add(filter, SCMP_ACT_ERRNO(errnum), nr, 0);
}

/* ENOSYS where no name of an errno stands before the calls, which begin at *calls. */
static uint16_t errno_before(char **calls)
{
	char *colon = strchr(*calls, ':');

	if (colon == NULL)
		return ENOSYS;
	*colon = '\0';
	for (uint16_t errnum = 1; errnum < 134; errnum++)
		if (strerrorname_np(errnum) != NULL && strcmp(strerrorname_np(errnum), *calls) == 0) {
			*calls = colon + 1;
			return errnum;
		}
	misused("%s: no errno", *calls);
}

int main(int argc, char **argv)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	uint16_t errnum;
	char *calls;

	if (argc < 3 || filter == NULL)
		misused("usage: withhold [ERRNO:]CALL[,CALL…] COMMAND…");
	calls = argv[1];
	errnum = errno_before(&calls);
	for (char *name = strtok(calls, ","); name != NULL; name = strtok(NULL, ","))
		if (withhold(filter, name, errnum) < 0)
			untried("%s: cannot be withheld", name);
	if (seccomp_load(filter) < 0)
		untried("seccomp_load: not possible here");
	execvp(argv[2], argv + 2);
	untried("%s: %s", argv[2], errno_name(errno));
}
