#include "sandbox/sudo/calls.h"
#include "sandbox/sudo/run.h"

#include <errno.h>
#include <string.h>

#define PASSWD "/etc/passwd"
#define GROUP "/etc/group"
#define FILE_MAX ((size_t)4 << 20) /* a job or an image may have written them */

struct file {
	const char *text;
	size_t len;
};

/* One that is not there has no rows. */
static bool read_file(const char *path, struct file *file)
{
	long why;

	file->len = 0;
	file->text = call_file(path, FILE_MAX, &file->len, &why);
	if (file->text != NULL || why == -ENOENT)
		return true;
	say_errno(why, path, NULL);
	return false;
}

/* "#1000", or NULL. */
static const char *id_text(const char *name)
{
	return name[0] == '#' ? name + 1 : NULL;
}

static bool find_target(const struct file *passwd, const char *name, struct account *target)
{
	const char *digits = id_text(name);
	uint32_t uid;

	if (digits != NULL ? sudo_number(digits, strlen(digits), &uid) &&
				     sudo_find_user(passwd->text, passwd->len, NULL, uid, target)
			   : sudo_find_user(passwd->text, passwd->len, name, 0, target))
		return true;
	say("unknown user ", name, NULL);
	return false;
}

static bool find_group(const struct file *group, const char *name, gid_t *gid)
{
	const char *digits = id_text(name);

	if (digits != NULL ? sudo_number(digits, strlen(digits), gid)
			   : sudo_find_group(group->text, group->len, name, gid, NULL))
		return true;
	say("unknown group ", name, NULL);
	return false;
}

/* A caller without a row is its number. */
static void invent(struct account *caller, uid_t uid, gid_t gid)
{
	memset(caller, 0, sizeof *caller);
	caller->uid = uid;
	caller->gid = gid;
	*raw_decimal(caller->name, uid) = '\0';
	memcpy(caller->home, "/", 2);
	memcpy(caller->shell, "/bin/sh", 8);
}

/* Even a sandbox whose passwd says nothing of it has a root. */
static void invent_root(struct account *root)
{
	invent(root, 0, 0);
	memcpy(root->name, "root", 5);
	memcpy(root->home, "/root", 6);
}

bool run_resolve(struct run *run, uid_t caller, gid_t caller_gid)
{
	const struct sudo_request *request = &run->request;
	struct file passwd, group;

	if (!read_file(PASSWD, &passwd) || !read_file(GROUP, &group))
		return false;
	if (!sudo_find_user(passwd.text, passwd.len, NULL, caller, &run->caller))
		invent(&run->caller, caller, caller_gid);
	run->caller.gid = caller_gid; /* what it is, whatever the file says */
	if (*request->user != '\0') {
		if (!find_target(&passwd, request->user, &run->target))
			return false;
	} else if (*request->group != '\0') {
		run->target = run->caller;
	} else if (!sudo_find_user(passwd.text, passwd.len, NULL, 0, &run->target)) {
		invent_root(&run->target);
	}
	run->gid = run->target.gid;
	if (*request->group != '\0' && !find_group(&group, request->group, &run->gid))
		return false;
	if ((run->head->flags & SUDO_PRESERVE_GROUPS) == 0)
		run->n_groups = sudo_user_groups(
			group.text, group.len, run->target.name, run->target.gid, run->groups, RUN_GROUPS_MAX);
	return true;
}
