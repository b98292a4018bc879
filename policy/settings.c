#include "policy/settings.h"

#include <stdio.h>
#include <string.h>

#define FIELD(member) .offset = offsetof(struct plan, member)
#define NO_FIELD .offset = SETTING_NO_FIELD

#define PIDS_MOST 4194304                 /* PID_MAX_LIMIT of a 64-bit kernel */
#define NOFILE_MOST 1048576               /* fs.nr_open as the kernel sets it */
#define CPU_WEIGHT_MOST 10000             /* CGROUP_WEIGHT_MAX */
#define NS_MOST ((uint64_t)INT64_MAX / 2) /* parse_duration() */

static const struct setting_choice roots[] = {
	{.name = "host", .value = PLAN_ROOT_HOST},
	{.name = "overlay", .value = PLAN_ROOT_OVERLAY},
	{.name = "DIR", .value = PLAN_ROOT_DIR, .form = '/'},
	{.name = NULL},
};

static const struct setting_choice identities[] = {
	{.name = "single", .value = PLAN_IDENTITY_SINGLE},
	{.name = "subuid", .value = PLAN_IDENTITY_SUBUID},
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

static const struct setting_choice degradables[] = {
	{.name = "memory", .value = PLAN_DEGRADABLE_MEMORY},
	{.name = "swap", .value = PLAN_DEGRADABLE_SWAP},
	{.name = "pids", .value = PLAN_DEGRADABLE_PIDS},
	{.name = "cpu", .value = PLAN_DEGRADABLE_CPU},
	{.name = "disk", .value = PLAN_DEGRADABLE_DISK},
	{.name = "io", .value = PLAN_DEGRADABLE_IO},
	{.name = "landlock", .value = PLAN_DEGRADABLE_LANDLOCK},
	{.name = "explain", .value = PLAN_DEGRADABLE_EXPLAIN},
	{.name = "network", .value = PLAN_DEGRADABLE_NETWORK},
	{.name = "none", .value = PLAN_DEGRADABLE_COUNT}, /* takes back what was allowed before it */
	{.name = NULL},
};

/* In the order in which the help lists them. */
const struct setting settings[] = {
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
		.arg = "TEXT",
		.help = "what the profile is for"},
	{.key = "extends",
		.type = SETTING_REFERENCE,
		.flags = SETTING_PROFILE_ONLY,
		NO_FIELD,
		.arg = "NAME|FILE",
		.help = "start from this profile; a file is relative to the directory of this one"},
	{.key = "profile",
		.type = SETTING_REFERENCE,
		.flags = SETTING_CLI_ONLY,
		FIELD(profile),
		.arg = "NAME|FILE",
		.help = "start from this profile; options change it (default: default)"},
	{.key = "ro",
		.type = SETTING_BIND,
		.flags = SETTING_LIST,
		NO_FIELD,
		.arg = "PATH[:INSIDE]",
		.help = "show a file or directory read-only"},
	{.key = "ro_try",
		.type = SETTING_BIND,
		.flags = SETTING_LIST | SETTING_OPTIONAL,
		NO_FIELD,
		.arg = "PATH[:INSIDE]",
		.help = "show a file or directory read-only, if it exists"},
	{.key = "view",
		.type = SETTING_BIND,
		.flags = SETTING_LIST | SETTING_VIEW,
		NO_FIELD,
		.arg = "PATH[:INSIDE]",
		.help = "show a directory (or a file of up to 1 MiB) read-only and with inodes of its own: locks and "
			"watches in it meet nobody's outside"},
	{.key = "execute_only",
		.type = SETTING_BIND,
		.flags = SETTING_LIST | SETTING_EXECUTE_ONLY,
		NO_FIELD,
		.arg = "PATH[:INSIDE]",
		.help = "show a program read-only, and refuse to start if a process inside could read it: what runs it "
			"is "
			"closed to the others"},
	{.key = "rw",
		.type = SETTING_BIND,
		.flags = SETTING_LIST | SETTING_WRITABLE,
		NO_FIELD,
		.arg = "PATH[:INSIDE]",
		.help = "show a file or directory writable"},
	{.key = "tmpfs",
		.type = SETTING_TMPFS,
		.flags = SETTING_LIST,
		NO_FIELD,
		.arg = "INSIDE[:SIZE]",
		.help = "mount a fresh empty tmpfs"},
	{.key = "hide",
		.type = SETTING_HIDE,
		.flags = SETTING_LIST,
		NO_FIELD,
		.arg = "INSIDE",
		.help = "cover a path with an empty read-only directory or file; in a writable bind it must exist"},
	{.key = "hide_try",
		.type = SETTING_HIDE,
		.flags = SETTING_LIST | SETTING_OPTIONAL,
		NO_FIELD,
		.arg = "INSIDE",
		.help = "cover a path with an empty read-only directory or file, if it exists"},
	{.key = "root",
		.type = SETTING_ROOT,
		FIELD(root),
		.choices = roots,
		.help = "host = a read-only view of the system; overlay = the same with a throw-away writable layer; "
			"DIR = an "
			"unpacked image with one"},
	{.key = "workspace",
		.type = SETTING_PATH,
		.flags = SETTING_NOT_SYSTEM,
		FIELD(workspace),
		.arg = "DIR",
		.help = "writable, and the working directory (default: a fresh empty one)"},
	{.key = "changes",
		.type = SETTING_PATH,
		.flags = SETTING_CLI_ONLY,
		FIELD(changes),
		.arg = "FILE",
		.help = "list what the job changed in the throw-away layer: A, M or D, and the path"},
	{.key = "identity",
		.type = SETTING_ENUM,
		FIELD(identity),
		.choices = identities,
		.help = "single = the caller's uid and gid, no other; subuid = a root and users of its own"},
	{.key = "hostname",
		.type = SETTING_NAME,
		FIELD(hostname),
		.arg = "NAME",
		.help = "the host name inside (default: cofferdam)"},
	{.key = "workdir",
		.type = SETTING_PATH,
		FIELD(workdir),
		.arg = "DIR",
		.help = "the working directory inside (default: the workspace)"},
	{.key = "env",
		.type = SETTING_ENV,
		.flags = SETTING_LIST,
		NO_FIELD,
		.arg = "NAME[=VALUE]",
		.help = "set a variable, or pass the caller's on: a name, or a pattern with *"},
	{.key = "unset_env",
		.type = SETTING_ENV,
		.flags = SETTING_LIST | SETTING_UNSET,
		NO_FIELD,
		.arg = "NAME",
		.help = "keep the caller's variable back: a name, or, against patterns of env, a pattern with * or "
			"@secrets"},
	{.key = "memory",
		.type = SETTING_SIZE,
		.flags = SETTING_NONE,
		FIELD(limits.memory),
		.arg = "SIZE",
		.min = 1,
		.help = "the most memory"},
	{.key = "memory_high",
		.type = SETTING_SIZE,
		.flags = SETTING_NONE,
		FIELD(limits.memory_high),
		.arg = "SIZE",
		.min = 1,
		.help = "above this much memory it is slowed down, not killed"},
	{.key = "swap",
		.type = SETTING_SIZE,
		.flags = SETTING_NONE,
		FIELD(limits.swap),
		.arg = "SIZE",
		.unset = PLAN_SWAP_UNSET,
		.max = PLAN_SWAP_UNSET - 1,
		.help = "the most swap space"},
	{.key = "pids",
		.type = SETTING_COUNT,
		.flags = SETTING_NONE,
		FIELD(limits.pids),
		.arg = "N",
		.min = 2,
		.max = PIDS_MOST,
		.help = "the most processes and threads"},
	{.key = "cpus",
		.type = SETTING_CPUS,
		.flags = SETTING_NONE,
		FIELD(limits.cpus_milli),
		.arg = "N",
		.help = "the most CPU time, in CPUs: 2 or 0.5"},
	{.key = "cpu_weight",
		.type = SETTING_COUNT,
		.flags = SETTING_NONE,
		FIELD(limits.cpu_weight),
		.arg = "N",
		.min = 1,
		.max = CPU_WEIGHT_MOST,
		.help = "its share where CPUs are scarce (others have 100)"},
	{.key = "io_read",
		.type = SETTING_SIZE,
		.flags = SETTING_NONE,
		FIELD(limits.io_read),
		.arg = "RATE",
		.min = 1,
		.help = "the most bytes read per second from each disk that a mount lies on"},
	{.key = "io_write",
		.type = SETTING_SIZE,
		.flags = SETTING_NONE,
		FIELD(limits.io_write),
		.arg = "RATE",
		.min = 1,
		.help = "the most bytes written per second to each disk that a writable mount lies on"},
	{.key = "disk",
		.type = SETTING_SIZE,
		.flags = SETTING_NONE,
		FIELD(limits.disk),
		.arg = "SIZE",
		.min = 1,
		.help = "the most that the job may store: in the workspace, and in its other writable directories "
			"together"},
	{.key = "nofile",
		.type = SETTING_COUNT,
		.flags = SETTING_NONE,
		FIELD(limits.nofile),
		.arg = "N",
		.min = 16,
		.max = NOFILE_MOST,
		.help = "the most open files of a process"},
	{.key = "time",
		.type = SETTING_DURATION,
		.flags = SETTING_NONE,
		FIELD(limits.time_ns),
		.arg = "DURATION",
		.min = 1,
		.max = NS_MOST,
		.help = "the longest it may run; then it is ended with status 124"},
	{.key = "grace",
		.type = SETTING_DURATION,
		FIELD(limits.grace_ns),
		.arg = "DURATION",
		.max = NS_MOST,
		.help = "from SIGTERM to SIGKILL (default: 10s)"},
	{.key = "network",
		.type = SETTING_ENUM,
		FIELD(network),
		.choices = networks,
		.help = "none = only a loopback of its own; open = the internet, but not this host and its networks; "
			"host = "
			"the caller's network"},
	{.key = "network_open",
		.type = SETTING_OPEN,
		.flags = SETTING_LIST,
		NO_FIELD,
		.arg = "NAME|ADDRESS[/PREFIX][:PORT]",
		.help = "with network open: let it reach this too; NAME: metadata, host, lan, private, link-local, "
			"reserved; 127.0.0.1:PORT: of this host"},
	{.key = "allow",
		.type = SETTING_STRING,
		.flags = SETTING_LIST,
		NO_FIELD,
		.arg = "HOST[:PORT]",
		.help = "let it reach this host",
		.later = "network open works: network_open adds addresses to it"},
	{.key = "docker",
		.type = SETTING_ENUM,
		FIELD(docker),
		.choices = dockers,
		.help = "none = no Docker socket inside"},
	{.key = "seccomp",
		.type = SETTING_REFERENCE,
		FIELD(seccomp),
		.arg = "NAME|FILE",
		.help = "the system call filter: shipped, or in our own form, Docker's or OCI's (default: job)"},
	{.key = "allow_unknown_syscalls",
		.type = SETTING_BOOL,
		.flags = SETTING_NEGATABLE,
		FIELD(allow_unknown_syscalls),
		.help = "skip names in the filter's policy that are newer than this version: those calls get ENOSYS "
			"(default: no)"},
	{.key = "landlock",
		.type = SETTING_BOOL,
		.flags = SETTING_NEGATABLE,
		FIELD(landlock),
		.help = "a second barrier behind mounts and permissions (default: yes)"},
	{.key = "explain",
		.type = SETTING_BOOL,
		.flags = SETTING_NEGATABLE,
		FIELD(explain),
		.help = "name the system calls that were denied (default: yes)"},
	{.key = "quiet",
		.type = SETTING_BOOL,
		.flags = SETTING_CLI_ONLY,
		FIELD(quiet),
		.help = "at the end print errors only; what was denied is in the report"},
	{.key = "allow_degraded",
		.type = SETTING_NAMES,
		.flags = SETTING_LIST,
		FIELD(allow_degraded),
		.choices = degradables,
		.help = "what may be missing on this host; anything else missing is an error; none takes back what "
			"the profile allows"},
	{.key = "report",
		.type = SETTING_PATH,
		.flags = SETTING_CLI_ONLY | SETTING_DASH,
		FIELD(report),
		.arg = "FILE|-",
		.help = "write a JSON report"},
	{.key = "dry_run",
		.type = SETTING_BOOL,
		.flags = SETTING_CLI_ONLY,
		FIELD(dry_run),
		.help = "print the plan as JSON, run nothing"},
	{.key = "keep_fd",
		.type = SETTING_FD,
		.flags = SETTING_CLI_ONLY | SETTING_LIST,
		NO_FIELD,
		.arg = "N",
		.min = 3,
		.max = 1023,
		.help = "leave this descriptor open"},
	{.key = "start_fd",
		.type = SETTING_COUNT,
		.flags = SETTING_CLI_ONLY,
		FIELD(start_fd),
		.arg = "N",
		.min = 3,
		.max = 1023,
		.help = "prepare all, then start the command when a byte comes through this descriptor"},
	{.key = "tty",
		.type = SETTING_ENUM,
		FIELD(tty),
		.choices = ttys,
		.help = "a terminal of its own; auto (the default) = where standard input and output are terminals; "
			"without, nothing is read from a terminal"},
	{.key = "cgroup",
		.type = SETTING_PATH,
		.flags = SETTING_CLI_ONLY,
		FIELD(cgroup),
		.arg = "DIR",
		.help = "the delegated cgroup v2 directory to work in (default: COFFERDAM_CGROUP, or the caller's)"},
	{.key = "id",
		.type = SETTING_NAME,
		.flags = SETTING_CLI_ONLY,
		FIELD(id),
		.arg = "NAME",
		.help = "the name of the job in the report, paths and cgroup"},
	{.key = "user",
		.type = SETTING_STRING,
		.flags = SETTING_CLI_ONLY,
		FIELD(user),
		.arg = "NAME",
		.help = "when called by root: become this user first (root is refused otherwise)"},
};
const size_t settings_count = sizeof settings / sizeof settings[0];

const struct setting *setting_find(const char *key)
{
	for (size_t i = 0; i < settings_count; i++)
		if (strcmp(settings[i].key, key) == 0)
			return &settings[i];
	return NULL;
}

size_t setting_index(const struct setting *setting)
{
	return (size_t)(setting - settings);
}

static bool choice_is(const struct setting_choice *choice, const char *text)
{
	size_t len = strlen(choice->name);

	if (choice->form == '/')
		return strchr(text, '/') != NULL; /* the last choice: none of the names, but a path */
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

void setting_option(const struct setting *setting, char *text, size_t size)
{
	snprintf(text, size, "%s", setting->key);
	for (char *p = text; *p != '\0'; p++)
		if (*p == '_')
			*p = '-';
}

void setting_label(const struct setting *setting, const char *origin, char *text, size_t size)
{
	if (origin == NULL)
		snprintf(text, size, "%s", setting->key);
	else if (strncmp(origin, "--", 2) == 0)
		snprintf(text, size, "%s", origin);
	else
		snprintf(text, size, "%s: %s", origin, setting->key);
}
