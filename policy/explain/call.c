#include "policy/explain/call.h"

#include "policy/seccomp/rules.h"
#include "policy/syscalls/args.h"

#include "common/cleanup.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define X32_BIT 0x40000000
#define TABLE_COLUMNS 9

static const struct {
	const char *name;
	uint32_t audit, scmp;
} arches[] = {
	{"x86_64", AUDIT_ARCH_X86_64, SCMP_ARCH_X86_64},
	{"x32", AUDIT_ARCH_X86_64, SCMP_ARCH_X32},
	{"x86", AUDIT_ARCH_I386, SCMP_ARCH_X86},
	{"aarch64", AUDIT_ARCH_AARCH64, SCMP_ARCH_AARCH64},
};

static int read_number(const char *text, size_t len, uint64_t *value)
{
	char digits[40], *end;

	if (len == 0 || len >= sizeof digits || isspace((unsigned char)text[0]) || text[0] == '+')
		return -1;
	memcpy(digits, text, len);
	digits[len] = '\0';
	errno = 0;
	*value = strtoull(digits, &end, strncmp(digits, "0x", 2) == 0 ? 16 : 10); /* "-1" wraps: all bits set */
	return *end == '\0' && errno == 0 ? 0 : -1;
}

/* How C begins the names of values that the tables have without it. */
static const struct {
	char argument[12], prefix[24]; /* no pointers: the loader would write them, which costs every launch */
} prefixes[] = {
	{"family", "AF_"},
	{"family", "PF_"},
	{"type", "SOCK_"},
	{"protocol", "IPPROTO_"},
	{"level", "SOL_"},
	{"level", "IPPROTO_"},
	{"operation", "SECCOMP_"},
	{"flags", "SECCOMP_FILTER_FLAG_"},
};

/* C's names that are in no table. */
static const struct arg_value constants[] = {
	{"AT_FDCWD", (uint64_t)(int64_t)AT_FDCWD}, {"SOCK_CLOEXEC", SOCK_CLOEXEC}, {"SOCK_NONBLOCK", SOCK_NONBLOCK}};

/* Looks up AF_UNIX as "unix", SECCOMP_SET_MODE_STRICT as "SET_MODE_STRICT". */
static bool read_c_name(const struct syscall_arg *arg, const char *text, size_t len, uint64_t *value)
{
	for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
		const size_t prefix = strlen(prefixes[i].prefix);
		char name[32] = "";

		if (strcmp(prefixes[i].argument, arg->name) != 0 || len <= prefix || len - prefix >= sizeof name ||
			strncmp(prefixes[i].prefix, text, prefix) != 0)
			continue;
		memcpy(name, text + prefix, len - prefix);
		if (strcmp(arg->syscall, "seccomp") != 0) /* its names are as in C */
			for (char *p = name; *p != '\0'; p++)
				*p = (char)tolower((unsigned char)*p);
		if (syscall_arg_value(arg, name, len - prefix, value))
			return true;
	}
	return false;
}

static bool read_constant(const char *text, size_t len, uint64_t *value)
{
	for (size_t i = 0; i < sizeof constants / sizeof constants[0]; i++)
		if (strlen(constants[i].name) == len && strncmp(constants[i].name, text, len) == 0) {
			*value = constants[i].value;
			return true;
		}
	return false;
}

static int read_value(
	const char *syscall, unsigned index, const char *text, size_t len, uint64_t *value, struct error *err)
{
	const struct syscall_arg *arg = syscall_arg_at(syscall, index);

	if ((isdigit((unsigned char)text[0]) || text[0] == '-') && read_number(text, len, value) == 0)
		return 0;
	if (len == 1 && text[0] == '_') {
		*value = 0;
		return 0;
	}
	if (read_constant(text, len, value))
		return 0;
	if (arg != NULL && (syscall_arg_value(arg, text, len, value) || read_c_name(arg, text, len, value)))
		return 0;
	return error_set(err, 0, "\"%.*s\": unknown value of argument %u of %s", (int)(len < 60 ? len : 60), text,
		index, syscall);
}

/* A|B|C */
static int read_arg(
	const char *syscall, unsigned index, const char *text, size_t len, uint64_t *value, struct error *err)
{
	*value = 0;
	for (;;) {
		size_t part = 0, used;
		uint64_t one;

		while (len > 0 && isspace((unsigned char)*text))
			text++, len--;
		while (part < len && text[part] != '|')
			part++;
		for (used = part; used > 0 && isspace((unsigned char)text[used - 1]);)
			used--;
		if (used == 0)
			return error_set(err, 0, "argument %u of %s is empty", index, syscall);
		if (read_value(syscall, index, text, used, &one, err) < 0)
			return -1;
		*value |= one;
		if (part == len)
			return 0;
		text += part + 1;
		len -= part + 1;
	}
}

static int read_args(const char *syscall, const char *text, struct seccomp_data *call, struct error *err)
{
	const char *end = strchr(text, ')');

	if (end == NULL || end[1 + strspn(end + 1, " ")] != '\0')
		return error_set(err, 0, "%s: expected ')' at the end of the call", syscall);
	if (text + strspn(text, " ") == end)
		return 0;
	for (unsigned i = 0;; i++) {
		size_t len = strcspn(text, ",)");
		uint64_t value;

		if (i == SECCOMP_ARG_COUNT)
			return error_set(err, 0, "%s: more than %d arguments", syscall, SECCOMP_ARG_COUNT);
		if (read_arg(syscall, i, text, len, &value, err) < 0)
			return -1;
		call->args[i] = value;
		if (text[len] == ')')
			return 0;
		text += len + 1;
	}
}

static int find_arch(const char *name, size_t len, size_t *at, struct error *err)
{
	const char *native = seccomp_native_arch() == AUDIT_ARCH_X86_64 ? "x86_64" : "aarch64";

	if (len == 6 && strncmp(name, "native", 6) == 0)
		name = native, len = strlen(native);
	for (size_t i = 0; i < sizeof arches / sizeof arches[0]; i++)
		if (strlen(arches[i].name) == len && strncmp(arches[i].name, name, len) == 0) {
			*at = i;
			return 0;
		}
	error_set(err, 0, "\"%.*s\": unknown architecture", (int)(len < 40 ? len : 40), name);
	return error_hint(err, "expected x86_64, aarch64, x86 or x32");
}

static int read_syscall(const char *name, size_t arch, struct seccomp_data *call, struct error *err)
{
	uint64_t number;
	int found;

	call->arch = arches[arch].audit;
	if (read_number(name, strlen(name), &number) == 0) {
		call->nr = (int)(uint32_t)number;
	} else {
		found = arches[arch].audit == seccomp_native_arch() && arches[arch].scmp != SCMP_ARCH_X32
				? syscall_number(name)
				: seccomp_syscall_resolve_name_arch(arches[arch].scmp, name);
		if (found < 0 && seccomp_syscall_resolve_name(name) == __NR_SCMP_ERROR) {
			error_set(err, 0, "\"%.64s\": unknown system call", name);
			return syscall_hint(name, "", err);
		}
		if (found < 0)
			return error_set(err, 0, "\"%.64s\": %s has no such system call", name, arches[arch].name);
		call->nr = found;
	}
	if (arches[arch].scmp == SCMP_ARCH_X32)
		call->nr |= X32_BIT;
	return 0;
}

int seccomp_call_parse(const char *text, struct seccomp_data *call, struct error *err)
{
	const char *colon = strchr(text, ':');
	size_t arch, len = strcspn(text, "(:");
	char name[64];

	*call = (struct seccomp_data){0};
	if (colon != NULL && text + len == colon) {
		if (find_arch(text, len, &arch, err) < 0)
			return -1;
		text = colon + 1;
		len = strcspn(text, "(");
	} else if (find_arch("native", 6, &arch, err) < 0) {
		return -1;
	}
	if (len == 0 || len >= sizeof name)
		return error_set(err, 0, "\"%.80s\": expected a system call before the arguments", text);
	memcpy(name, text, len);
	name[len] = '\0';
	if (read_syscall(name, arch, call, err) < 0)
		return -1;
	return text[len] == '(' ? read_args(name, text + len + 1, call, err) : 0;
}

static const struct {
	const char *name;
	uint32_t action;
} actions[] = {
	{"ALLOW", SECCOMP_RET_ALLOW},
	{"KILL_PROCESS", SECCOMP_RET_KILL_PROCESS},
	{"KILL_THREAD", SECCOMP_RET_KILL_THREAD},
	{"TRAP", SECCOMP_RET_TRAP},
	{"LOG", SECCOMP_RET_LOG},
	{"KILL", SECCOMP_RET_KILL_THREAD},
};

void seccomp_action_print(uint32_t action, char *text, size_t size)
{
	const char *name = strerrorname_np((int)(action & SECCOMP_RET_DATA));

	if ((action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO) {
		if (name != NULL && (action & SECCOMP_RET_DATA) != 0)
			snprintf(text, size, "ERRNO(%s)", name);
		else
			snprintf(text, size, "ERRNO(%u)", action & SECCOMP_RET_DATA);
		return;
	}
	for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
		if (actions[i].action == (action & SECCOMP_RET_ACTION_FULL)) {
			snprintf(text, size, "%s", actions[i].name);
			return;
		}
	snprintf(text, size, "0x%x", action);
}

int seccomp_action_parse(const char *text, uint32_t *action, struct error *err)
{
	char name[32];
	uint64_t number;
	size_t len;

	for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
		if (strcmp(actions[i].name, text) == 0) {
			*action = actions[i].action;
			return 0;
		}
	len = strlen(text);
	if (strncmp(text, "ERRNO(", 6) == 0 && text[len - 1] == ')' && len - 7 < sizeof name) {
		memcpy(name, text + 6, len - 7);
		name[len - 7] = '\0';
		for (int n = 1; n < 256; n++)
			if (strerrorname_np(n) != NULL && strcmp(strerrorname_np(n), name) == 0) {
				*action = SECCOMP_RET_ERRNO | (uint32_t)n;
				return 0;
			}
		if (read_number(name, strlen(name), &number) == 0 && number <= 4095) {
			*action = SECCOMP_RET_ERRNO | (uint32_t)number;
			return 0;
		}
	}
	error_set(err, 0, "\"%.64s\": unknown verdict", text);
	return error_hint(err, "expected ALLOW, ERRNO(NAME), KILL_PROCESS, KILL_THREAD, TRAP or LOG");
}

/* Splits the line in place. Returns how many words there are, at most `max` of them kept. */
static size_t split(char *line, char *words[], size_t max)
{
	char *save = NULL;
	size_t n = 0;

	line[strcspn(line, "#\n")] = '\0';
	for (char *word = strtok_r(line, " \t", &save); word != NULL; word = strtok_r(NULL, " \t", &save), n++)
		if (n < max)
			words[n] = word;
	return n;
}

int seccomp_table_line(const char *line, struct seccomp_data *call, uint32_t *verdict, struct error *err)
{
	_cleanup_(freep) char *copy = strdup(line);
	char *words[TABLE_COLUMNS];
	size_t n, arch;

	*call = (struct seccomp_data){0};
	if (copy == NULL)
		return error_set(err, ENOMEM, "table");
	n = split(copy, words, TABLE_COLUMNS);
	if (n == 0)
		return 0;
	if (n != TABLE_COLUMNS) {
		error_set(err, 0, "%zu columns, expected %d", n, TABLE_COLUMNS);
		return error_hint(err, "expected ARCH SYSCALL A0 A1 A2 A3 A4 A5 VERDICT");
	}
	if (find_arch(words[0], strlen(words[0]), &arch, err) < 0 || read_syscall(words[1], arch, call, err) < 0)
		return -1;
	for (unsigned i = 0; i < SECCOMP_ARG_COUNT; i++) {
		uint64_t value = 0;

		if (strcmp(words[2 + i], "N") != 0 &&
			read_arg(words[1], i, words[2 + i], strlen(words[2 + i]), &value, err) < 0)
			return -1;
		call->args[i] = value;
	}
	return seccomp_action_parse(words[TABLE_COLUMNS - 1], verdict, err) < 0 ? -1 : 1;
}
