#include "sandbox/identity/become.h"

#include "common/cleanup.h"
#include "sandbox/identity/give_stdio.h"
#include "sandbox/identity/ids.h"
#include "sandbox/identity/user.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

static int change_ids(const struct user *user, struct error *err)
{
	if (setgroups(1, &user->gid) < 0)
		return error_set(err, errno, "set the supplementary groups");
	if (setresgid(user->gid, user->gid, user->gid) < 0)
		return error_set(err, errno, "become gid %u", user->gid);
	if (setresuid(user->uid, user->uid, user->uid) < 0)
		return error_set(err, errno, "become uid %u", user->uid);
	return 0;
}

/* setresuid(2) takes the capabilities of root away, unless securebits of the caller's keep it from that. The
 * inheritable ones stay in any case, and a program with file capabilities would take them up. */
static int drop_capabilities(struct error *err)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};

	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 || capset(&header, none) < 0)
		return error_set(err, errno, "give the capabilities up");
	return 0;
}

static int check_root_is_lost(const struct user *user, struct error *err)
{
	if (ids_check(user->uid, user->gid, &user->gid, 1, err) < 0)
		return -1;
	if (setresuid((uid_t)-1, 0, (uid_t)-1) == 0 || setresuid(0, (uid_t)-1, (uid_t)-1) == 0 || setuid(0) == 0)
		return error_set(err, 0, "root privileges could be regained");
	return 0;
}

static int tell_environment(const struct user *user, struct error *err)
{
	static const char *const of_a_session[] = {
		"DBUS_SESSION_BUS_ADDRESS", "MAIL", "SSH_AUTH_SOCK", "XAUTHORITY", "XDG_RUNTIME_DIR", "XDG_SESSION_ID"};

	for (size_t i = 0; i < sizeof of_a_session / sizeof of_a_session[0]; i++)
		unsetenv(of_a_session[i]);
	if (setenv("HOME", user->home, 1) < 0 || setenv("USER", user->name, 1) < 0 ||
		setenv("LOGNAME", user->name, 1) < 0 || setenv("SHELL", user->shell, 1) < 0)
		return error_set(err, errno, "environment");
	return 0;
}

int become_user(const char *name, struct error *err)
{
	_cleanup_(user_free) struct user user = {0};
	int found = user_by_name(name, &user, err);

	if (found < 0)
		return error_context(err, "--user %s", name);
	if (found == 0)
		return error_set(err, 0, "--user %s: unknown user", name);
	if (user.uid == 0) {
		error_set(err, 0, "--user %s: is root", name);
		return error_hint(err, "Cofferdam is rootless: name an unprivileged user");
	}
	if (geteuid() != 0) {
		if (user.uid == geteuid() && user.uid == getuid())
			return 0;
		error_set(err, 0, "--user %s: only root can become another user", name);
		return error_hint(err, "run as that user");
	}
	if (change_ids(&user, err) < 0 || drop_capabilities(err) < 0 || check_root_is_lost(&user, err) < 0 ||
		tell_environment(&user, err) < 0)
		return error_context(err, "--user %s", name);
	return 0;
}

static int check_capabilities(struct error *err)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};

	if (capget(&header, data) < 0)
		return error_set(err, errno, "capget");
	for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		if ((data[i].effective | data[i].permitted | data[i].inheritable) != 0)
			return error_set(err, 0, "capabilities are still there");
	return 0;
}

int become_inside(const struct etc_account *user, struct error *err)
{
	give_stdio(0, user->uid);
	if (setgroups(user->n_groups, user->groups) < 0 || setresgid(user->gid, user->gid, user->gid) < 0 ||
		setresuid(user->uid, user->uid, user->uid) < 0)
		return error_set(err, errno, "user %s: become uid %u, gid %u", user->name, user->uid, user->gid);
	/* setresuid(2) gives the memory, which another process may share until the command executes, the value of
	 * fs.suid_dumpable. proc(5) */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return error_set(err, errno, "user %s: PR_SET_DUMPABLE", user->name);
	if (ids_check(user->uid, user->gid, user->groups, user->n_groups, err) < 0 || check_capabilities(err) < 0)
		return error_context(err, "user %s", user->name);
	return 0;
}
