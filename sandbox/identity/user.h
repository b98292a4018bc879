/* Looks up users: /etc/passwd, then getent(1) (LDAP and the like, which a static program cannot ask).
 * Runs in: launcher, PID 1, supervisor */
#pragma once

#include "common/error.h"

#include <sys/types.h>

struct user {
	char *name;
	char *home;
	char *shell;
	uid_t uid;
	gid_t gid; /* the primary group */
};

/* The first line of a passwd(5) file with that name or, where `name` is NULL, that uid; no name service. 1: found, the
 * caller frees with user_free(). 0: there is no such line, or no such file. -1: err, for a file that cannot be read. */
int user_in_file(const char *file, const char *name, uid_t uid, struct user *user, struct error *err);

/* As user_in_file() of /etc/passwd, and then of what getent(1) knows. -1, too, where getent fails or takes more than
 * ten seconds. */
int user_by_uid(uid_t uid, struct user *user, struct error *err);
int user_by_name(const char *name, struct user *user, struct error *err);

/* Frees what is in it and leaves it empty: {0} may be given, and the same one twice. */
void user_free(struct user *user);
