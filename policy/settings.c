#include "policy/settings.h"

#include "policy/image_name.h"
#include "policy/limits.h"

#include <stdio.h>
#include <string.h>

#define FIELD(member) .offset = offsetof(struct plan, member)
#define NO_FIELD .offset = SETTING_NO_FIELD

#define NOFILE_MOST 1048576               /* fs.nr_open as the kernel sets it */
#define NS_MOST ((uint64_t)INT64_MAX / 2) /* parse_duration() */

static const struct setting_choice roots[] = {
	{.name = "host", .value = PLAN_ROOT_HOST},
	{.name = "overlay", .value = PLAN_ROOT_OVERLAY},
	{.name = IMAGE_PREFIX "NAME", .value = PLAN_ROOT_DIR, .form = ':'},
	{.name = "DIR", .value = PLAN_ROOT_DIR, .form = '/'},
	{.name = NULL},
};

static const struct setting_choice layers[] = {
	{.name = "memory", .value = PLAN_LAYER_MEMORY},
	{.name = "disk", .value = PLAN_LAYER_DISK},
	{.name = NULL},
};

static const struct setting_choice identities[] = {
	{.name = "single", .value = PLAN_IDENTITY_SINGLE},
	{.name = "subuid", .value = PLAN_IDENTITY_SUBUID},
	{.name = NULL},
};

static const struct setting_choice sudos[] = {
	{.name = "none", .value = PLAN_SUDO_NONE},
	{.name = "all", .value = PLAN_SUDO_ALL},
	{.name = NULL},
};

static const struct setting_choice networks[] = {
	{.name = "none", .value = PLAN_NETWORK_NONE},
	{.name = "host", .value = PLAN_NETWORK_HOST},
	{.name = "open", .value = PLAN_NETWORK_OPEN},
	{.name = "allow",
		.value = PLAN_NETWORK_ALLOW,
		.later = "open works: it has no list of host names, but refuses private ranges"},
	{.name = NULL},
};

static const struct setting_choice dockers[] = {
	{.name = "none", .value = PLAN_DOCKER_NONE},
	{.name = "private", .value = PLAN_DOCKER_PRIVATE, .later = "none works"},
	{.name = "shared", .value = PLAN_DOCKER_SHARED, .later = "none works", .form = '='},
	{.name = NULL},
};

static const struct setting_choice ttys[] = {
	{.name = "auto", .value = PLAN_TTY_AUTO},
	{.name = "no", .value = PLAN_TTY_NO},
	{.name = "yes", .value = PLAN_TTY_YES},
	{.name = NULL},
};

/* In the order in which the help lists them: the limits of policy/limits.c are between these two. */
static const struct setting first[] = {
	{.key = "$schema",
		.type = SETTING_STRING,
		.flags = SETTING_PROFILE_ONLY,
		NO_FIELD,
		.arg = "URI",
		.help = "the JSON Schema of this file, for editors"},
	{.key = "description",
		.type = SETTING_STRING,
		.flags = SETTING_PROFILE_ONLY,
		NO_FIELD,
		.help = "what the profile is for"},
	{.key = "extends",
		.type = SETTING_REFERENCE,
		.flags = SETTING_PROFILE_ONLY,
		NO_FIELD,
		.shipped = "profiles",
		.help = "profile to start from; a relative file is relative to this file's directory"},
	{.key = "profile",
		.type = SETTING_REFERENCE,
		.flags = SETTING_CLI_ONLY,
		FIELD(profile),
		.shipped = "profiles",
		.help = "profile to start from; options override it (default: default)"},
	{.key = "ro",
		.type = SETTING_BIND,
		.flags = SETTING_LIST,
		NO_FIELD,
		.help = "mount a file or directory of the host read-only"},
	{.key = "ro_try",
		.type = SETTING_BIND,
		.flags = SETTING_LIST | SETTING_OPTIONAL,
		NO_FIELD,
		.help = "mount a file or directory of the host read-only, if it exists"},
	{.key = "view",
		.type = SETTING_BIND,
		.flags = SETTING_LIST | SETTING_VIEW,
		NO_FIELD,
		.help = "mount a directory (or a file of up to 1 MiB) read-only with inodes of its own: locks and watches inside do not affect the host's files"},
	{.key = "execute_only",
		.type = SETTING_BIND,
		.flags = SETTING_LIST | SETTING_EXECUTE_ONLY,
		NO_FIELD,
		.help = "mount a program read-only, and refuse to start if a process inside could read it: other processes cannot inspect those that execute it"},
	{.key = "rw",
		.type = SETTING_BIND,
		.flags = SETTING_LIST | SETTING_WRITABLE,
		NO_FIELD,
		.help = "mount a file or directory of the host writable"},
	{.key = "tmpfs", .type = SETTING_TMPFS, .flags = SETTING_LIST, NO_FIELD, .help = "mount a new empty tmpfs"},
	{.key = "hide",
		.type = SETTING_HIDE,
		.flags = SETTING_LIST,
		NO_FIELD,
		.help = "cover a path with an empty read-only directory or file; below a writable mount the path must exist"},
	{.key = "hide_try",
		.type = SETTING_HIDE,
		.flags = SETTING_LIST | SETTING_OPTIONAL,
		NO_FIELD,
		.help = "cover a path with an empty read-only directory or file, if it exists"},
	{.key = "device",
		.type = SETTING_DEVICE,
		.flags = SETTING_LIST,
		NO_FIELD,
		.help = "grant a device of the host: /dev/kvm, /dev/fuse, /dev/net/tun, /dev/dri/…, /dev/kfd, /dev/nvidia…"},
	{.key = "root",
		.type = SETTING_ROOT,
		FIELD(root.kind),
		.choices = roots,
		.help = "host = a read-only view of the system; overlay = the same with a throw-away writable layer; image:NAME, DIR = an image with such a layer: one of `cofferdam image list`, or a directory"},
	{.key = "layer",
		.type = SETTING_ENUM,
		FIELD(root.layer),
		.choices = layers,
		.help = "where the throw-away layer lies: memory (default), or disk = a directory of the job's own, which counts to --disk"},
	{.key = "workspace",
		.letter = 'w',
		.type = SETTING_PATH,
		.flags = SETTING_NOT_SYSTEM,
		FIELD(workspace),
		.help = "writable directory, also the working directory (default: a new empty one)"},
	{.key = "changes",
		.type = SETTING_PATH,
		.flags = SETTING_CLI_ONLY | SETTING_FILE,
		FIELD(changes),
		.arg = "FILE",
		.help = "list the job's changes in the throw-away layer: A, M or D, and the path"},
	{.key = "identity",
		.type = SETTING_ENUM,
		FIELD(identity.kind),
		.choices = identities,
		.help = "single = only the caller's uid and gid; subuid = a root and other users of its own"},
	{.key = "sudo",
		.type = SETTING_ENUM,
		FIELD(root.sudo),
		.choices = sudos,
		.help = "all = a sudo without password for every user inside; requires identity subuid (default: none)"},
	{.key = "as",
		.profile_key = "user",
		.type = SETTING_NAME,
		FIELD(identity.as),
		.arg = "USER",
		.help = "run the command as this user of the image, by name or uid; runner is made where the image has none; with identity subuid"},
	{.key = "give_back",
		.type = SETTING_BOOL,
		.flags = SETTING_CLI_ONLY | SETTING_NEGATABLE,
		FIELD(root.gives_back),
		.help = "with --as: what the job may write of the host, which belongs to the user meanwhile, is the caller's again at the end (default: yes)"},
	{.key = "hostname", .type = SETTING_NAME, FIELD(hostname), .help = "host name inside (default: cofferdam)"},
	{.key = "workdir",
		.type = SETTING_PATH,
		FIELD(command.workdir),
		.help = "working directory inside (default: the workspace)"},
	{.key = "env",
		.letter = 'e',
		.type = SETTING_ENV,
		.flags = SETTING_LIST,
		NO_FIELD,
		.help = "set a variable, or pass on the caller's: a name, or a pattern with *"},
	{.key = "unset_env",
		.type = SETTING_ENV,
		.flags = SETTING_LIST | SETTING_UNSET,
		NO_FIELD,
		.arg = "NAME",
		.help = "do not pass on the caller's variable: a name, or, against patterns of env, a pattern with * or @secrets"},
};

static const struct setting last[] = {
	{.key = "disk",
		.type = SETTING_SIZE,
		.flags = SETTING_NONE,
		FIELD(limits.disk),
		.min = 1,
		.help = "disk limit: what the job may store in all directories of the host together, and as much again in memory (tmpfs rows with a size not counted)"},
	{.key = "nofile",
		.type = SETTING_NOFILE,
		.flags = SETTING_NONE,
		FIELD(limits.nofile),
		.min = 16,
		.max = NOFILE_MOST,
		.help = "limit of open files per process (RLIMIT_NOFILE); SOFT:HARD = a process may raise its own from SOFT to HARD"},
	{.key = "time",
		.type = SETTING_DURATION,
		.flags = SETTING_NONE,
		FIELD(limits.time_ns),
		.min = 1,
		.max = NS_MOST,
		.help = "time limit; the job is then ended with status 124"},
	{.key = "grace",
		.type = SETTING_DURATION,
		FIELD(limits.grace_ns),
		.max = NS_MOST,
		.help = "time between SIGTERM and SIGKILL (default: 10s)"},
	{.key = "network",
		.type = SETTING_ENUM,
		FIELD(network),
		.choices = networks,
		.help = "none = only a loopback interface of its own; open = the internet, but not this host and its networks; host = the caller's network"},
	{.key = "network_open",
		.type = SETTING_OPEN,
		.flags = SETTING_LIST,
		NO_FIELD,
		.help = "with network open: allow this destination too; NAME: metadata, host, lan, private, link-local, reserved; 127.0.0.1:PORT: a port of this host"},
	{.key = "allow",
		.type = SETTING_STRING,
		.flags = SETTING_LIST,
		NO_FIELD,
		.arg = "HOST[:PORT]",
		.help = "allow this host",
		.later = "network open works: --network-open ADDRESS adds addresses to it"},
	{.key = "docker",
		.type = SETTING_ENUM,
		FIELD(docker),
		.choices = dockers,
		.help = "none = no Docker socket inside"},
	{.key = "seccomp",
		.type = SETTING_REFERENCE,
		FIELD(seccomp),
		.shipped = "profiles/seccomp",
		.help = "system call filter: a shipped policy, or a file in our own, Docker's or OCI's form (default: job)"},
	{.key = "allow_unknown_syscalls",
		.type = SETTING_BOOL,
		.flags = SETTING_NEGATABLE,
		FIELD(allow_unknown_syscalls),
		.help = "skip system call names in the policy that this version does not know: those calls fail with ENOSYS (default: no)"},
	{.key = "landlock",
		.type = SETTING_BOOL,
		.flags = SETTING_NEGATABLE,
		FIELD(landlock.wanted),
		.help = "restrict file access by Landlock, a second barrier behind mounts and permissions (default: yes)"},
	{.key = "explain",
		.type = SETTING_BOOL,
		.flags = SETTING_NEGATABLE,
		FIELD(explain),
		.help = "name denied system calls (default: yes); asked for explicitly: also writes that mounts and Landlock refuse, and privileges that programs do not get, which slows such calls down"},
	{.key = "quiet",
		.type = SETTING_BOOL,
		.flags = SETTING_CLI_ONLY,
		FIELD(quiet),
		.help = "print only errors at the end; denials are in the report"},
	{.key = "allow_degraded",
		.type = SETTING_NAMES,
		.flags = SETTING_LIST,
		FIELD(allow_degraded),
		.choices = limit_degradables,
		.help = "protections that may be missing on this host; any other missing protection is an error; none clears the profile's list"},
	{.key = "report",
		.type = SETTING_PATH,
		.flags = SETTING_CLI_ONLY | SETTING_DASH | SETTING_FILE,
		FIELD(report),
		.arg = "FILE|-",
		.help = "write a JSON report; - is standard output, and the command's output then goes to standard error"},
	{.key = "dry_run",
		.type = SETTING_BOOL,
		.flags = SETTING_CLI_ONLY,
		FIELD(dry_run),
		.help = "print the plan as JSON and run nothing"},
	{.key = "keep_fd",
		.type = SETTING_FD,
		.flags = SETTING_CLI_ONLY | SETTING_LIST,
		NO_FIELD,
		.min = 3,
		.max = 1023,
		.help = "pass this file descriptor on to the command"},
	{.key = "start_fd",
		.type = SETTING_COUNT,
		.flags = SETTING_CLI_ONLY,
		FIELD(fds.start),
		.min = 3,
		.max = 1023,
		.help = "prepare everything, then start the command when a byte arrives on this file descriptor"},
	{.key = "denials_fd",
		.type = SETTING_COUNT,
		.flags = SETTING_CLI_ONLY,
		FIELD(fds.denials),
		.min = 3,
		.max = 1023,
		.help = "write a line for each kind of denied system call, when it is first denied, to the file behind this file descriptor"},
	{.key = "tty",
		.type = SETTING_ENUM,
		FIELD(tty),
		.choices = ttys,
		.help = "give the job a terminal of its own; auto (default) = if standard input and output are terminals; without one, the job cannot read from a terminal"},
	{.key = "cgroup",
		.type = SETTING_PATH,
		.flags = SETTING_CLI_ONLY,
		FIELD(cgroup),
		.help = "delegated cgroup v2 directory to work in (default: COFFERDAM_CGROUP, or the caller's cgroup)"},
	{.key = "id",
		.type = SETTING_NAME,
		.flags = SETTING_CLI_ONLY,
		FIELD(id),
		.help = "name of the job in report, paths and cgroup"},
	{.key = "user",
		.type = SETTING_STRING,
		.flags = SETTING_CLI_ONLY,
		FIELD(user),
		.arg = "NAME",
		.help = "when called by root: run as this user (root is refused otherwise)"},
};
#define N_FIRST (sizeof first / sizeof first[0])
#define N_LAST (sizeof last / sizeof last[0])

const size_t settings_count = N_FIRST + PLAN_LIMIT_COUNT + N_LAST;

const struct setting *setting_at(size_t index)
{
	if (index < N_FIRST)
		return &first[index];
	index -= N_FIRST;
	return index < PLAN_LIMIT_COUNT ? &limit_rows[index].setting : &last[index - PLAN_LIMIT_COUNT];
}

const struct setting *setting_find(const char *key)
{
	for (size_t i = 0; i < settings_count; i++)
		if (strcmp(setting_at(i)->key, key) == 0)
			return setting_at(i);
	return NULL;
}

const char *setting_profile_key(const struct setting *setting)
{
	return setting->profile_key != NULL ? setting->profile_key : setting->key;
}

const struct setting *setting_find_in_profile(const char *key)
{
	const struct setting *other = NULL;

	for (size_t i = 0; i < settings_count; i++) {
		const struct setting *setting = setting_at(i);

		if (strcmp(setting_profile_key(setting), key) != 0)
			continue;
		if ((setting->flags & SETTING_CLI_ONLY) == 0)
			return setting;
		other = setting;
	}
	return other;
}

size_t setting_index(const struct setting *setting)
{
	size_t i = 0;

	while (setting_at(i) != setting)
		i++;
	return i;
}

static bool choice_is(const struct setting_choice *choice, const char *text)
{
	size_t len = strlen(choice->name);

	if (choice->form == '/')
		return strchr(text, '/') != NULL; /* the last choice: none of the names, but a path */
	if (choice->form == ':')
		return strncmp(text, choice->name, strcspn(choice->name, ":") + 1) == 0;
	if (strncmp(text, choice->name, len) != 0)
		return false;
	return text[len] == '\0' || (choice->form == '=' && text[len] == '=');
}

const struct setting_choice *setting_choice_find(const struct setting *setting, const char *text)
{
	if (setting->choices == NULL)
		return NULL;
	for (const struct setting_choice *choice = setting->choices; choice->name != NULL; choice++)
		if (choice_is(choice, text))
			return choice;
	return NULL;
}

void setting_choices_text(const struct setting *setting, const char *separator, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (const struct setting_choice *choice = setting->choices; choice->name != NULL; choice++)
		if (choice->later == NULL && used < size)
			used += (size_t)snprintf(
				text + used, size - used, "%s%s", used == 0 ? "" : separator, choice->name);
}

static void option_name(const char *prefix, const struct setting *setting, char *text, size_t size)
{
	size_t n = 0;

	/* A hundred of them in each launch: snprintf(3) takes ten times as long. */
	for (; *prefix != '\0' && n + 1 < size; prefix++)
		text[n++] = *prefix;
	for (const char *p = setting->key; *p != '\0' && n + 1 < size; p++)
		text[n++] = *p == '_' ? '-' : *p;
	text[n] = '\0';
}

void setting_option(const struct setting *setting, char *text, size_t size)
{
	option_name("", setting, text, size);
}

void setting_option_negated(const struct setting *setting, char *text, size_t size)
{
	option_name("no-", setting, text, size);
}

void setting_label(const struct setting *setting, const char *origin, char *text, size_t size)
{
	if (origin == NULL)
		snprintf(text, size, "%s", setting->key);
	else if (strncmp(origin, "--", 2) == 0)
		snprintf(text, size, "%s", origin);
	else
		snprintf(text, size, "%s: %s", origin, setting_profile_key(setting));
}
