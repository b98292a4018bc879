#include "sandbox/identity/user.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "sandbox/process/program.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>

#define LINE_MAX_BYTES 4096
#define GETENT_LIMIT_NS INT64_C(10000000000)
#define GETENT_NOT_FOUND 2 /* getent(1) */

static int take(const struct passwd *entry, struct user *user, struct error *err)
{
	*user = (struct user){.name = strdup(entry->pw_name),
		.home = strdup(entry->pw_dir),
		.shell = strdup(entry->pw_shell),
		.uid = entry->pw_uid,
		.gid = entry->pw_gid};
	if (user->name != NULL && user->home != NULL && user->shell != NULL)
		return 1;
	user_free(user);
	return error_set(err, ENOMEM, "user");
}

void user_free(struct user *user)
{
	free(user->name);
	free(user->home);
	free(user->shell);
	*user = (struct user){0};
}

static int search(FILE *file, const char *name, uid_t uid, struct user *user, struct error *err)
{
	const struct passwd *entry;

	while ((entry = fgetpwent(file)) != NULL)
		if (name != NULL ? strcmp(entry->pw_name, name) == 0 : entry->pw_uid == uid)
			return take(entry, user, err);
	return ferror(file) ? error_set(err, errno, "read the users") : 0;
}

int user_in_file(const char *path, const char *name, uid_t uid, struct user *user, struct error *err)
{
	_cleanup_(close_file) FILE *file = open_regular(path, err);
	int found;

	*user = (struct user){0};
	if (file == NULL)
		return err->errnum == ENOENT ? 0 : -1;
	found = search(file, name, uid, user, err);
	return found < 0 ? error_context(err, "%s", path) : found;
}

static int ask_getent(const char *name, uid_t uid, struct user *user, struct error *err)
{
	_cleanup_(freep) char *path = program_find("getent");
	_cleanup_(freep) char *key = name != NULL ? strdup(name) : format("%u", uid);
	char *argv[] = {path, (char[]){"passwd"}, (char[]){"--"}, key, NULL};
	_cleanup_(close_file) FILE *file = NULL;
	char said[LINE_MAX_BYTES];
	struct program program;
	int status;

	if (path == NULL)
		return 0;
	if (key == NULL)
		return error_set(err, ENOMEM, "user");
	if (program_start(&program, argv, err) < 0)
		return -1;
	status = program_finish(&program, GETENT_LIMIT_NS, said, sizeof said, err);
	if (status < 0)
		return -1;
	if (status == GETENT_NOT_FOUND || said[0] == '\0')
		return 0;
	if (status != 0)
		return error_set(err, 0, "getent passwd %s: exit %d", key, status);
	file = fmemopen(said, strlen(said), "re");
	return file != NULL ? search(file, name, uid, user, err) : error_set(err, errno, "getent passwd %s", key);
}

static int find(const char *name, uid_t uid, struct user *user, struct error *err)
{
	int found = user_in_file("/etc/passwd", name, uid, user, err);

	return found != 0 ? found : ask_getent(name, uid, user, err);
}

int user_by_uid(uid_t uid, struct user *user, struct error *err)
{
	return find(NULL, uid, user, err);
}

int user_by_name(const char *name, struct user *user, struct error *err)
{
	return find(name, 0, user, err);
}
