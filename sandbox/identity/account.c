#include "sandbox/identity/account.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/parse.h"
#include "sandbox/identity/ids.h"
#include "sandbox/identity/user.h"

#include <errno.h>
#include <grp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define GROUPS_MOST 65536 /* NGROUPS_MAX */

/* The group file of `etc`; NULL in *table where there is none. */
static int open_groups(const char *etc, FILE **table, struct error *err)
{
	_cleanup_(freep) char *path = format("%s/group", etc);

	if (path == NULL)
		return error_set(err, ENOMEM, "group");
	*table = open_regular(path, err);
	return *table == NULL && err->errnum != ENOENT ? -1 : 0;
}

/* The next line, or NULL: at the end, and where there is no table. -1: it cannot be read. */
static int next_group(const char *etc, FILE *table, struct group **line, struct error *err)
{
	*line = table != NULL ? fgetgrent(table) : NULL;
	return *line == NULL && table != NULL && ferror(table) ? error_set(err, errno, "%s/group", etc) : 0;
}

/* A number that can be an id: -1 means "none" to the kernel. */
static bool is_id(const char *text, unsigned *id)
{
	struct error ignored; /* a name */
	uint64_t number;

	if (parse_count(text, UINT32_MAX - 1, &number, &ignored) < 0)
		return false;
	*id = (unsigned)number;
	return true;
}

/* A line whose name it is goes before one whose number it is. */
static int find_user(const char *etc, const char *user, struct account *account, struct error *err)
{
	const bool number = is_id(user, &account->uid);
	_cleanup_(freep) char *passwd = format("%s/passwd", etc);
	_cleanup_(user_free) struct user line = {0};
	int found;

	if (passwd == NULL)
		return error_set(err, ENOMEM, "user");
	found = user_in_file(passwd, user, 0, &line, err);
	if (found == 0 && number)
		found = user_in_file(passwd, NULL, account->uid, &line, err);
	if (found < 0)
		return error_context(err, "user %s", user);
	if (found == 0 && !number)
		return error_set(err, 0, "user %s: not in %s", user, passwd);
	if (found > 0) {
		account->uid = line.uid;
		account->gid = line.gid;
	}
	account->name = take_ptr(line.name);
	account->home = found > 0 ? take_ptr(line.home) : strdup("/");
	return account->home == NULL ? error_set(err, ENOMEM, "user") : 0;
}

static int find_group(const char *etc, const char *group, struct account *account, struct error *err)
{
	_cleanup_(close_file) FILE *table = NULL;
	struct group *line;

	if (open_groups(etc, &table, err) < 0)
		return error_context(err, "group %s", group);
	do
		if (next_group(etc, table, &line, err) < 0)
			return error_context(err, "group %s", group);
	while (line != NULL && strcmp(line->gr_name, group) != 0);
	if (line != NULL)
		account->gid = line->gr_gid;
	else if (!is_id(group, &account->gid))
		return error_set(err, 0, "group %s: not in %s/group", group, etc);
	return 0;
}

static int add_group(struct account *account, gid_t gid, struct error *err)
{
	gid_t *grown;

	for (size_t i = 0; i < account->n_groups; i++)
		if (account->groups[i] == gid)
			return 0;
	if (account->n_groups >= GROUPS_MOST)
		return error_set(err, 0, "user: more than %d groups", GROUPS_MOST);
	grown = reallocarray(account->groups, account->n_groups + 1, sizeof *grown);
	if (grown == NULL)
		return error_set(err, ENOMEM, "user");
	account->groups = grown;
	account->groups[account->n_groups++] = gid;
	return 0;
}

static int find_groups(const char *etc, struct account *account, struct error *err)
{
	_cleanup_(close_file) FILE *table = NULL;
	struct group *line;

	if (account->name == NULL)
		return 0;
	if (open_groups(etc, &table, err) < 0)
		return error_context(err, "user %s", account->name);
	for (;;) {
		if (next_group(etc, table, &line, err) < 0)
			return error_context(err, "user %s", account->name);
		if (line == NULL)
			return 0;
		for (char **member = line->gr_mem; *member != NULL; member++)
			if (strcmp(*member, account->name) == 0 && add_group(account, line->gr_gid, err) < 0)
				return -1;
	}
}

int account_find(const char *etc, const char *spec, struct account *account, struct error *err)
{
	const char *group = strchr(spec, ':');
	_cleanup_(freep) char *user = strndup(spec, strcspn(spec, ":"));

	*account = (struct account){0};
	if (user == NULL)
		return error_set(err, ENOMEM, "user");
	if (user[0] == '\0' || (group != NULL && group[1] == '\0'))
		return error_set(err, 0, "user %s: not of the form NAME, UID or UID:GID", spec);
	if (find_user(etc, user, account, err) < 0)
		return -1;
	if (group != NULL)
		return find_group(etc, group + 1, account, err) < 0 ? -1 : add_group(account, account->gid, err);
	return add_group(account, account->gid, err) < 0 ? -1 : find_groups(etc, account, err);
}

/* As container runtimes do: the files behind 0-2 were made by root for whom it starts. So it gives more than
 * give_stdio(), of which a file that has a name is not the launcher's to give, and takes nothing back. */
static void give_streams(const struct account *account)
{
	for (int fd = 0; fd <= 2; fd++) {
		struct stat st;

		if (fstat(fd, &st) == 0 && (S_ISFIFO(st.st_mode) || isatty(fd)) && st.st_uid != account->uid &&
			fchown(fd, account->uid, (gid_t)-1) < 0)
			continue; /* it still works as it is open */
	}
}

static bool is_caller(const struct account *account)
{
	uid_t uid[3];
	gid_t gid[3];

	getresuid(&uid[0], &uid[1], &uid[2]);
	getresgid(&gid[0], &gid[1], &gid[2]);
	for (size_t i = 0; i < 3; i++)
		if (uid[i] != account->uid || gid[i] != account->gid)
			return false;
	return true;
}

int account_become(const struct account *account, struct error *err)
{
	if (is_caller(account) && account->uid != 0)
		return 0;
	give_streams(account);
	if (setgroups(account->n_groups, account->groups) < 0 ||
		setresgid(account->gid, account->gid, account->gid) < 0 ||
		setresuid(account->uid, account->uid, account->uid) < 0) {
		error_set(err, errno, "user: become uid %u, gid %u", account->uid, account->gid);
		if (err->errnum == EPERM)
			return error_hint(
				err, "it requires CAP_SETUID and CAP_SETGID: start the container as root, with both");
		return err->errnum == EINVAL ? error_hint(err, "that id is not mapped into the container") : -1;
	}
	if (ids_check(account->uid, account->gid, account->groups, account->n_groups, err) < 0)
		return error_context(err, "user");
	return 0;
}

void account_free(struct account *account)
{
	free(account->name);
	free(account->home);
	free(account->groups);
	*account = (struct account){0};
}
