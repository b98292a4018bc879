/* The user database: /etc/passwd, and where a user is not in it, what getent(1) knows (LDAP and the like, which a
 * static program cannot ask). */
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

/* 1: found, the caller frees with user_free(). 0: there is no such user. -1: err. */
int user_by_uid(uid_t uid, struct user *user, struct error *err);
int user_by_name(const char *name, struct user *user, struct error *err);

void user_free(struct user *user);
