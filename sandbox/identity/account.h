/* Looks up users of the container in its /etc/passwd and /etc/group.
 * No name service, no network. passwd(5)
 * Runs in: PID 1 */
#pragma once

#include "common/error.h"

#include <sys/types.h>

struct account {
	uid_t uid;
	gid_t gid;
	char *name; /* NULL: a number that has no line */
	char *home; /* "/" when there is no line */
	gid_t *groups;
	size_t n_groups; /* the primary group among them */
};

/* Finds NAME, UID, NAME:GROUP or UID:GID, each a name or a number, in the passwd and group files of the directory
 * `etc`. A user without a line must be a number, and gets group 0 unless GID is there, as container runtimes do. With a
 * group there are no supplementary ones. One file that is not there is
 * an empty one; one that cannot be read is an error. account_free() is due in every case. */
int account_find(const char *etc, const char *spec, struct account *account, struct error *err);

/* Becomes the account, for good: groups, then gid, then uid, real, effective and saved. Nothing is
 * done, and supplementary groups stay the runtime's, when the caller has its uid and gid and is not root; else
 * CAP_SETUID and CAP_SETGID are needed. Pipes and terminals on descriptors 0-2 become the account's, so that it can
 * open /dev/stdout again. */
int account_become(const struct account *account, struct error *err);

/* Frees what is in it and leaves it empty: {0} may be given, and the same one twice. */
void account_free(struct account *account);
