/* The files of /etc that must agree with the sandbox: who the job is, what its host is called, whom names are asked of.
 *
 * Their texts are made here, from what the root has at those places; sandbox/root/etc.c puts them there. Pure.
 * Implemented in policy/etc/etc.c, policy/etc/users.c, policy/etc/account.c, policy/etc/hosts.c and
 * policy/etc/nsswitch.c. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum etc_name { ETC_PASSWD, ETC_GROUP, ETC_HOSTS, ETC_HOSTNAME, ETC_NSSWITCH, ETC_RESOLV_CONF, ETC_COUNT };

/* "passwd": its name in /etc. */
const char *etc_file_name(enum etc_name name);
#define ETC_PATH_MAX 32
void etc_path(enum etc_name name, char path[ETC_PATH_MAX]);

enum etc_place {
	ETC_OVER,  /* covers what is at that place, read-only */
	ETC_BELOW, /* below the throw-away layer, instead of what the root has there: the job can change it */
};

/* Part of the plan. */
struct etc {
	char *texts[ETC_COUNT]; /* NULL: stays as the root has it */
	enum etc_place place;
};

bool etc_is_empty(const struct etc *etc);
void etc_free(struct etc *etc);

/* Who the job is, inside. */
struct etc_user {
	unsigned uid, gid;
	const char *name; /* what it is called outside, or NULL */
	const char *home; /* the value of HOME, or NULL */
	const char
		*shell; /* of a user that is made: it has no password, and needs no row in shadow(5); NULL: /bin/sh */
};

/* A user of the root, or one that is made for it. */
struct etc_account {
	char *name, *home, *shell; /* owned */
	unsigned uid, gid;
	unsigned *groups; /* owned: those that group(5) lists the user in, and gid */
	size_t n_groups;
	bool made; /* the root has no row of it: etc_passwd() and etc_group() add one */
};
#define ETC_GROUPS_MAX 256

/* Finds a user by name, or else by number, in the texts of passwd(5) and group(5) (NULL: no such file). 1: found. 0:
 * not there. -1: out of memory; -2: in more than ETC_GROUPS_MAX groups. etc_account_free() is due in every case. */
int etc_account_find(const char *passwd, const char *group, const char *who, struct etc_account *account);

/* Makes one of this name, with the first uid and the first gid from 1001 on that no row has. 0, or -1: out of memory,
 * or none is free. */
int etc_account_make(const char *passwd, const char *group, const char *name, struct etc_account *account);
void etc_account_free(struct etc_account *account);

/* "root, daemon, bin, …": the first names of a passwd(5) text, as far as they fit. */
void etc_passwd_names(const char *passwd, char *text, size_t size);

/* The texts. Each returns a new string, NULL when memory ran out; `root` is what the root has, NULL: no such file.
 *
 * passwd(5): the row of the job's uid gets its HOME, unless that is no path that such a row can have. Without a row it
 * gets one: its name outside where that is free and can be a name, else "job", "job1", and so on. All other rows stay.
 */
char *etc_passwd(const char *root, const struct etc_user *user);

/* group(5): a row for the job's gid where there is none, named as its user would be; and one for 65534, as which groups
 * appear that are not mapped inside (user_namespaces(7)). */
char *etc_group(const char *root, const struct etc_user *user);

/* hosts(5): the host name, its first label too, is 127.0.0.1 and ::1, and nothing else; localhost is where no row says
 * what it is. All other rows stay. */
char *etc_hosts(const char *root, const char *hostname);

/* hostname(5). */
char *etc_hostname(const char *hostname);

/* nsswitch.conf(5) without the services that ask a daemon or a server of the host's, which no sandbox shows. */
char *etc_nsswitch(const char *root);

/* Whether a row of this passwd(5) text has the uid; whether a service of this nsswitch.conf(5) may know more users than
 * that file. */
bool etc_passwd_has(const char *passwd, unsigned uid);
bool etc_nsswitch_knows_more(const char *nsswitch);
