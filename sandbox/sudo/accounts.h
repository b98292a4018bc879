/* Reads the sandbox's users and groups: text of passwd(5) and group(5), which a job or an image may have written.
 * Runs in: helper */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Longer fields make a row that is not found. */
#define ACCOUNT_NAME_MAX 256
#define ACCOUNT_PATH_MAX 4096

struct account {
	char name[ACCOUNT_NAME_MAX];
	uid_t uid;
	gid_t gid;
	char home[ACCOUNT_PATH_MAX];
	char shell[ACCOUNT_PATH_MAX]; /* /bin/sh where the row has none */
};

/* A decimal number below 2^32 - 1, and nothing else. */
bool sudo_number(const char *text, size_t len, uint32_t *value);

/* The first row with that name, or where `name` is NULL, with that uid. */
bool sudo_find_user(const char *passwd, size_t len, const char *name, uid_t uid, struct account *account);

/* The same for a group: its id, and its name unless that is NULL. */
bool sudo_find_group(const char *group, size_t len, const char *name, gid_t *gid, char found[ACCOUNT_NAME_MAX]);

/* The groups of a user as initgroups(3) sets them: `gid` first, then each whose row names the user. Returns how many,
 * at most `max`. */
size_t sudo_user_groups(const char *group, size_t len, const char *user, gid_t gid, gid_t *groups, size_t max);
