#include "sandbox/sudo/run.h"

#include "sandbox/sudo/calls.h"
#include "sandbox/sudo/environ.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

/* The file is looked for as sudo does: an executable regular file. `path` is where it is. */
struct found {
	char path[ACCOUNT_PATH_MAX];
};

static bool is_executable(const char *path)
{
	struct stat st = {0};

	return RAW4(newfstatat, AT_FDCWD, path, &st, 0) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 0111) != 0;
}

static bool find(const char *name, struct found *found)
{
	const size_t len = strlen(name);

	if (strchr(name, '/') != NULL) {
		if (len >= sizeof found->path || !is_executable(name))
			return false;
		memcpy(found->path, name, len + 1);
		return true;
	}
	for (const char *at = SUDO_SECURE_PATH; len > 0;) {
		const size_t n = strcspn(at, ":");

		if (n + len + 2 > sizeof found->path)
			return false;
		memcpy(found->path, at, n);
		found->path[n] = '/';
		memcpy(found->path + n + 1, name, len + 1);
		if (is_executable(found->path))
			return true;
		if (at[n] == '\0')
			return false;
		at += n + 1;
	}
	return false;
}

int run_list(const struct run *run)
{
	static struct utsname host;
	static struct found found;

	if (run->request.args[0] == NULL) {
		if (RAW1(uname, &host) != 0)
			host.nodename[0] = '\0';
		put_text(1, "User ");
		put_text(1, run->caller.name);
		put_text(1, " may run the following commands on ");
		put_text(1, host.nodename);
		put_text(1, ":\n    (ALL : ALL) NOPASSWD: ALL\n");
		return 0;
	}
	if (!find(run->request.args[0], &found)) {
		say(run->request.args[0], ": command not found", NULL);
		return 1;
	}
	put_text(1, found.path);
	for (char **arg = run->request.args + 1; *arg != NULL; arg++) {
		put_text(1, " ");
		put_text(1, *arg);
	}
	put_text(1, "\n");
	return 0;
}

/* What sudo itself inherits it hands on. More than the sandbox has is not to be had. */
static void set_rlimits(const struct sudo_head *head)
{
	for (unsigned i = 0; i < SUDO_RLIMITS; i++) {
		struct sudo_rlimit own = {0}, wanted = head->rlimits[i];

		if (RAW4(prlimit64, 0, i, 0, &own) != 0)
			continue;
		if (wanted.hard > own.hard)
			wanted.hard = own.hard;
		if (wanted.soft > wanted.hard)
			wanted.soft = wanted.hard;
		if (wanted.soft != own.soft || wanted.hard != own.hard)
			RAW4(prlimit64, 0, i, &wanted, 0);
	}
}

static void set_signals(const struct sudo_head *head)
{
	static const struct raw_sigaction ignore = {.handler = SIG_IGN};
	const signal_bits blocked = head->blocked;

	for (int sig = 1; sig <= 31; sig++)
		if ((head->ignored & SIGNAL_BIT(sig)) != 0)
			RAW4(rt_sigaction, sig, &ignore, 0, sizeof(signal_bits));
	RAW4(rt_sigprocmask, SIG_SETMASK, &blocked, 0, sizeof blocked);
}

static bool become(const struct run *run)
{
	const uid_t uid = run->target.uid;
	const gid_t gid = run->gid;
	long why = RAW2(setgroups, run->n_groups, run->groups);

	if (why == 0)
		why = RAW3(setresgid, gid, gid, gid);
	if (why == 0)
		why = RAW3(setresuid, uid, uid, uid);
	if (why != 0)
		say_errno(why, "unable to change to user ", run->target.name, NULL);
	return why == 0;
}

static bool enter(const struct run *run, int directory, bool entered)
{
	const char *named = run->request.directory;
	const bool home = *named == '\0' && (run->head->flags & SUDO_LOGIN) != 0;
	long why = entered ? 0 : RAW1(fchdir, directory);

	if (!home && *named == '\0') {
		if (why != 0)
			say_errno(why, "unable to enter the working directory", NULL);
		return why == 0;
	}
	why = RAW1(chdir, home ? run->target.home : named);
	if (why != 0)
		say_errno(why, "unable to change directory to ", home ? run->target.home : named, NULL);
	return why == 0 || home;
}

/* As a shell takes it for one word: what is not a letter, a digit, '_', '-' or '$' gets a backslash. */
static char *escape(char *to, const char *text)
{
	for (; *text != '\0'; text++) {
		const bool plain = (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') ||
				   (*text >= '0' && *text <= '9') || *text == '_' || *text == '-' || *text == '$';

		if (!plain)
			*to++ = '\\';
		*to++ = *text;
	}
	return to;
}

/* -i and -s: the command is a shell, which gets what was given as one text. */
static bool by_shell(struct run *run)
{
	const bool login = (run->head->flags & SUDO_LOGIN) != 0;
	const char *shell = login ? NULL : environ_get(run->request.env, "SHELL");
	char **args = call_memory(4 * sizeof *args), *text, *to;

	if (shell == NULL || *shell == '\0')
		shell = login ? run->target.shell : run->caller.shell;
	text = to = call_memory(2 * (size_t)run->head->size + run->head->n_args + 1);
	if (args == NULL || text == NULL)
		return false;
	for (char **arg = run->request.args; *arg != NULL; arg++) {
		to = escape(to, *arg);
		*to++ = ' ';
	}
	args[0] = (char *)(uintptr_t)shell;
	if (to != text) {
		to[-1] = '\0';
		args[1] = (char *)(uintptr_t) "-c";
		args[2] = text;
	}
	run->request.args = args;
	return true;
}

/* argv[0] of a login shell: its last part, after a '-'. */
static char *login_name(const char *path)
{
	static char name[ACCOUNT_PATH_MAX + 1];
	const char *last = path;

	for (; *path != '\0'; path++)
		if (*path == '/')
			last = path + 1;
	name[0] = '-';
	memcpy(name + 1, last, strlen(last) + 1);
	return name;
}

static char **environment(const struct run *run, const char *command)
{
	const size_t room = environ_entries(run->head), size = environ_bytes(run->head) * 3;
	struct environ env = {
		.entries = call_memory(room * sizeof(char *)), .room = room, .text = call_memory(size), .size = size};
	const struct environ_call call = {.request = &run->request,
		.flags = run->head->flags,
		.target = &run->target,
		.caller = &run->caller,
		.command = command};

	return env.entries == NULL || env.text == NULL || !environ_build(&call, &env) ? NULL : env.entries;
}

/* A script without a first line that names its interpreter is the shell's, as execvp(3) has it. */
static long execute(const char *path, char **args, char **env)
{
	const long why = RAW3(execve, path, args, env);
	size_t n = 0;
	char **script;

	if (why != -ENOEXEC)
		return why;
	while (args[n] != NULL)
		n++;
	script = call_memory((n + 3) * sizeof *script);
	if (script == NULL)
		return -ENOMEM;
	script[0] = (char *)(uintptr_t) "sh";
	script[1] = (char *)(uintptr_t)path;
	for (size_t i = 1; i < n; i++)
		script[i + 1] = args[i];
	return RAW3(execve, "/bin/sh", script, env);
}

int run_command(struct run *run, int directory)
{
	static struct found found;
	char **env, **args;
	const char *name;
	bool entered;
	long why;

	RAW1(umask, run->head->umask | 022);
	set_rlimits(run->head);
	if ((run->head->flags & (SUDO_LOGIN | SUDO_SHELL)) != 0 && !by_shell(run)) {
		say_errno(-ENOMEM, "unable to start a shell", NULL);
		return 1;
	}
	/* The sandbox's root enters it, as it may be closed to the user who is become; where the former may not, the
	 * latter may. */
	entered = RAW1(fchdir, directory) == 0;
	if (!become(run) || !enter(run, directory, entered))
		return 1;
	args = run->request.args;
	name = args[0];
	if (!find(name, &found)) {
		say(name, ": command not found", NULL);
		return 1;
	}
	env = environment(run, found.path);
	if (env == NULL) {
		say_errno(-E2BIG, "unable to execute ", found.path, NULL);
		return 1;
	}
	if ((run->head->flags & SUDO_LOGIN) != 0)
		args[0] = login_name(found.path);
	set_signals(run->head);
	RAW3(close_range, 3, ~0u, 0);
	why = execute(found.path, args, env);
	say_errno(why, "unable to execute ", found.path, NULL);
	return 1;
}
