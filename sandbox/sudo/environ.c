#include "sandbox/sudo/environ.h"

#include <string.h>

/* With '*' at the end: all names that begin so. Not pointers to text: nobody would relocate them. */
#define NAME_SIZE 20
typedef const char name_table[NAME_SIZE];

/* Of the caller's, these are passed on. */
static name_table kept[] = {
	"COLORS",
	"DISPLAY",
	"HOSTNAME",
	"KRB5CCNAME",
	"LS_COLORS",
	"PATH",
	"PS1",
	"PS2",
	"XAUTHORITY",
	"XAUTHORIZATION",
	"XDG_CURRENT_DESKTOP",
};

/* These too, unless there is '/' or '%' in them: libraries took such values for files and formats. */
static name_table checked[] = {
	"COLORTERM",
	"LANG",
	"LANGUAGE",
	"LC_*",
	"LINGUAS",
	"TERM",
	"TZ",
};

/* With -E all are passed on but these. */
static name_table removed[] = {
	"AUTHSTATE",
	"BASHOPTS",
	"BASH_ENV",
	"CDPATH",
	"DLC_ACE",
	"DYLD_*",
	"ENV",
	"FPATH",
	"GLOBIGNORE",
	"HOSTALIASES",
	"IFS",
	"JAVA_TOOL_OPTIONS",
	"KRB5_CONFIG*",
	"KRB5_KTNAME",
	"LDR_*",
	"LD_*",
	"LIBPATH",
	"LOCALDOMAIN",
	"NLSPATH",
	"NULLCMD",
	"PATH_LOCALE",
	"PERL5DB",
	"PERL5LIB",
	"PERL5OPT",
	"PERLIO_DEBUG",
	"PERLLIB",
	"PS4",
	"PYTHONHOME",
	"PYTHONINSPECT",
	"PYTHONPATH",
	"PYTHONUSERBASE",
	"READNULLCMD",
	"RES_OPTIONS",
	"RUBYLIB",
	"RUBYOPT",
	"SHELLOPTS",
	"SHLIB_PATH",
	"TERMCAP",
	"TERMINFO",
	"TERMINFO_DIRS",
	"TERMPATH",
	"TMPPREFIX",
	"USR_ACE",
	"VAR_ACE",
	"ZDOTDIR",
	"_RLD*",
};
#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static size_t name_length(const char *entry)
{
	const char *equals = strchr(entry, '=');

	return equals != NULL ? (size_t)(equals - entry) : strlen(entry);
}

static bool matches(const char *pattern, const char *name, size_t len)
{
	const size_t n = strlen(pattern);

	if (n > 0 && pattern[n - 1] == '*')
		return len >= n - 1 && strncmp(pattern, name, n - 1) == 0;
	return len == n && strncmp(pattern, name, n) == 0;
}

static bool is_in(name_table *table, size_t n, const char *name, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (matches(table[i], name, len))
			return true;
	return false;
}

/* The names of --preserve-env=A,B: patterns too. */
static bool is_named(char *const *lists, const char *name, size_t len)
{
	char pattern[256];

	for (; *lists != NULL; lists++)
		for (const char *at = *lists; *at != '\0';) {
			const char *comma = strchr(at, ',');
			const size_t n = comma != NULL ? (size_t)(comma - at) : strlen(at);

			if (n > 0 && n < sizeof pattern) {
				memcpy(pattern, at, n);
				pattern[n] = '\0';
				if (matches(pattern, name, len))
					return true;
			}
			at += n + (comma != NULL);
		}
	return false;
}

/* A function of bash (CVE-2014-6271). */
static bool is_function(const char *entry, size_t len)
{
	return strncmp(entry + len, "=()", 3) == 0;
}

static bool is_suspicious(const char *value)
{
	return strchr(value, '/') != NULL || strchr(value, '%') != NULL;
}

/* TZ is looked at more closely than the others: zones have a '/' in their names (CVE-2014-9680 and sudo's own rule). */
static bool is_good_zone(const char *value)
{
	size_t len = 0;

	if (*value == ':')
		value++;
	if (*value == '/' && strncmp(value, "/usr/share/zoneinfo/", 20) != 0)
		return false;
	for (const char *p = value; *p != '\0'; p++, len++)
		if (*p == ' ' || *p < 33 || *p > 126 ||
			(p[0] == '.' && p[1] == '.' && (p[2] == '\0' || p[2] == '/') && (p == value || p[-1] == '/')))
			return false;
	return len < 4096;
}

static bool passes_check(const char *entry, size_t len)
{
	const char *value = entry + len + 1;

	return len == 2 && strncmp(entry, "TZ", 2) == 0 ? is_good_zone(value) : !is_suspicious(value);
}

static bool is_kept(const struct environ_call *call, const char *entry, size_t len)
{
	if (is_named(call->request->keep, entry, len))
		return true;
	if (is_in(checked, COUNT(checked), entry, len))
		return passes_check(entry, len);
	if ((call->flags & SUDO_PRESERVE_ENV) != 0)
		return !is_in(removed, COUNT(removed), entry, len);
	return is_in(kept, COUNT(kept), entry, len);
}

static size_t place(const struct environ *env, const char *entry, size_t len)
{
	size_t i = 0;

	while (i < env->n && !(strncmp(env->entries[i], entry, len) == 0 && env->entries[i][len] == '='))
		i++;
	return i;
}

static void put(struct environ *env, char *entry)
{
	const size_t at = place(env, entry, name_length(entry));

	if (at + 1 >= env->room) {
		env->full = true;
		return;
	}
	env->entries[at] = entry;
	if (at == env->n)
		env->entries[++env->n] = NULL;
}

static void append(struct environ *env, const char *text)
{
	const size_t len = strlen(text);

	if (env->size - env->used <= len) {
		env->full = true;
		return;
	}
	memcpy(env->text + env->used, text, len);
	env->used += len;
	env->text[env->used] = '\0';
}

/* Begins an entry: its value is appended, end_entry() puts it in its place. */
static char *begin_entry(struct environ *env, const char *name)
{
	char *entry = env->text + env->used;

	append(env, name);
	append(env, "=");
	return entry;
}

static void end_entry(struct environ *env, char *entry)
{
	if (env->used + 1 >= env->size)
		env->full = true;
	if (env->full)
		return;
	env->used++;
	put(env, entry);
}

static void set(struct environ *env, const char *name, const char *value)
{
	char *entry = begin_entry(env, name);

	append(env, value);
	end_entry(env, entry);
}

static void set_number(struct environ *env, const char *name, uint32_t number)
{
	char digits[12];
	size_t at = sizeof digits - 1;

	digits[at] = '\0';
	do
		digits[--at] = (char)('0' + number % 10);
	while ((number /= 10) != 0);
	set(env, name, digits + at);
}

static bool has(const struct environ *env, const char *name)
{
	return place(env, name, strlen(name)) < env->n;
}

/* With -E too the names are the target's, unless they are kept by name; home directory and shell are the caller's. */
static void set_name(const struct environ_call *call, const char *variable, struct environ *env)
{
	const bool named = is_named(call->request->keep, variable, strlen(variable)) && has(env, variable);

	if ((call->flags & SUDO_LOGIN) != 0 || !named)
		set(env, variable, call->target->name);
}

static void set_target(const struct environ_call *call, struct environ *env)
{
	static const char mail[] = "MAIL", directory[] = "/var/mail/";
	const struct account *target = call->target;
	const bool login = (call->flags & SUDO_LOGIN) != 0, preserve = (call->flags & SUDO_PRESERVE_ENV) != 0;

	/* -s: that which is started */
	if ((call->flags & SUDO_SHELL) != 0 && call->request->args[0] != NULL)
		set(env, "SHELL", call->request->args[0]);
	else if (login || !has(env, "SHELL"))
		set(env, "SHELL", target->shell);
	set_name(call, "LOGNAME", env);
	set_name(call, "USER", env);
	if (login || (call->flags & SUDO_SET_HOME) != 0 || !has(env, "HOME"))
		set(env, "HOME", target->home);
	if (login || (!preserve && !has(env, mail))) {
		char *entry = begin_entry(env, mail);

		append(env, directory);
		append(env, target->name);
		end_entry(env, entry);
	}
}

static void set_command(const struct environ_call *call, struct environ *env)
{
	char *entry = begin_entry(env, "SUDO_COMMAND");

	append(env, call->command);
	for (char *const *arg = call->request->args; *arg != NULL && arg[1] != NULL; arg++) {
		append(env, " ");
		append(env, arg[1]);
	}
	end_entry(env, entry);
}

size_t environ_entries(const struct sudo_head *head)
{
	return (size_t)head->n_env + head->n_assignments + 20;
}

size_t environ_bytes(const struct sudo_head *head)
{
	return (size_t)head->size + head->n_args + 4 * sizeof(struct account) + 1024;
}

bool environ_build(const struct environ_call *call, struct environ *env)
{
	const struct sudo_request *request = call->request;
	const char *ps1 = environ_get(request->env, "SUDO_PS1");

	env->n = env->used = 0;
	env->full = env->room < 1;
	if (env->full)
		return false;
	env->entries[0] = NULL;
	for (char **entry = request->env; *entry != NULL; entry++) {
		const size_t len = name_length(*entry);

		if (len > 0 && (*entry)[len] == '=' && !is_function(*entry, len) && is_kept(call, *entry, len))
			put(env, *entry);
	}
	set_target(call, env);
	if (!is_named(request->keep, "PATH", 4) || !has(env, "PATH"))
		set(env, "PATH", SUDO_SECURE_PATH);
	if (!has(env, "TERM"))
		set(env, "TERM", "unknown");
	if (ps1 != NULL)
		set(env, "PS1", ps1);
	for (char **entry = request->assignments; *entry != NULL; entry++)
		put(env, *entry);
	set_command(call, env);
	set(env, "SUDO_USER", call->caller->name);
	set_number(env, "SUDO_UID", call->caller->uid);
	set_number(env, "SUDO_GID", call->caller->gid);
	return !env->full;
}

const char *environ_get(char *const *list, const char *name)
{
	const size_t len = strlen(name);

	for (; *list != NULL; list++)
		if (strncmp(*list, name, len) == 0 && (*list)[len] == '=')
			return *list + len + 1;
	return NULL;
}
