#include "policy/syscalls/call_text.h"

#include "common/visible.h"
#include "common/words.h"
#include "policy/syscalls/args.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* clang-format off: tables read as tables */
static const struct {
	char syscall[20]; /* no pointers: the loader would write them, which costs every launch */
	unsigned index;
	char name[20];
} strings_of[] = {
	{"mount", 0, "source"},
	{"mount", 1, "target"},
	{"mount", 2, "type"},
	{"umount", 0, "target"},
	{"umount2", 0, "target"},
	{"pivot_root", 0, "new root"},
	{"pivot_root", 1, "old root"},
	{"chroot", 0, "path"},
	{"open_tree", 1, "path"},
	{"open_tree_attr", 1, "path"},
	{"move_mount", 1, "from"},
	{"move_mount", 3, "to"},
	{"fsopen", 0, "type"},
	{"fspick", 1, "path"},
	{"fsconfig", 2, "key"},
	{"mount_setattr", 1, "path"},
	{"name_to_handle_at", 1, "path"},
	{"open", 0, "path"},
	{"creat", 0, "path"},
	{"openat", 1, "path"},
	{"openat2", 1, "path"},
	{"access", 0, "path"},
	{"faccessat", 1, "path"},
	{"faccessat2", 1, "path"},
	{"stat", 0, "path"},
	{"lstat", 0, "path"},
	{"newfstatat", 1, "path"},
	{"statx", 1, "path"},
	{"statfs", 0, "path"},
	{"chdir", 0, "path"},
	{"mkdir", 0, "path"},
	{"mkdirat", 1, "path"},
	{"rmdir", 0, "path"},
	{"unlink", 0, "path"},
	{"unlinkat", 1, "path"},
	{"rename", 0, "from"},
	{"rename", 1, "to"},
	{"renameat", 1, "from"},
	{"renameat", 3, "to"},
	{"renameat2", 1, "from"},
	{"renameat2", 3, "to"},
	{"link", 0, "from"},
	{"link", 1, "to"},
	{"linkat", 1, "from"},
	{"linkat", 3, "to"},
	{"symlink", 0, "to"},
	{"symlink", 1, "path"},
	{"symlinkat", 0, "to"},
	{"symlinkat", 2, "path"},
	{"readlink", 0, "path"},
	{"readlinkat", 1, "path"},
	{"truncate", 0, "path"},
	{"chmod", 0, "path"},
	{"fchmodat", 1, "path"},
	{"fchmodat2", 1, "path"},
	{"chown", 0, "path"},
	{"lchown", 0, "path"},
	{"fchownat", 1, "path"},
	{"mknod", 0, "path"},
	{"mknodat", 1, "path"},
	{"utimensat", 1, "path"},
	{"setxattr", 0, "path"},
	{"setxattr", 1, "name"},
	{"lsetxattr", 0, "path"},
	{"lsetxattr", 1, "name"},
	{"fsetxattr", 1, "name"},
	{"getxattr", 0, "path"},
	{"getxattr", 1, "name"},
	{"removexattr", 0, "path"},
	{"removexattr", 1, "name"},
	{"execve", 0, "path"},
	{"execveat", 1, "path"},
	{"uselib", 0, "path"},
	{"swapon", 0, "path"},
	{"swapoff", 0, "path"},
	{"acct", 0, "path"},
	{"quotactl", 1, "device"},
	{"inotify_add_watch", 1, "path"},
	{"fanotify_mark", 4, "path"},
	{"memfd_create", 0, "name"},
	{"mq_open", 0, "name"},
	{"mq_unlink", 0, "name"},
	{"sethostname", 0, "name"},
	{"setdomainname", 0, "name"},
	{"init_module", 2, "parameters"},
	{"finit_module", 1, "parameters"},
	{"delete_module", 0, "name"},
	{"add_key", 0, "type"},
	{"add_key", 1, "description"},
	{"request_key", 0, "type"},
	{"request_key", 1, "description"},
};

/* What policies have no names for (yet), and a reader wants to see. */
static const struct arg_value netlinks[] = {{"route", 0}, {"usersock", 2}, {"sock_diag", 4}, {"nflog", 5}, {"xfrm", 6},
	{"selinux", 7}, {"iscsi", 8}, {"audit", 9}, {"fib_lookup", 10}, {"connector", 11}, {"netfilter", 12},
	{"ip6_fw", 13}, {"dnrtmsg", 14}, {"kobject_uevent", 15}, {"generic", 16}, {"crypto", 21}, {"", 0}};
static const struct arg_value reboots[] = {{"RESTART", 0x01234567}, {"HALT", 0xcdef0123}, {"POWER_OFF", 0x4321fedc},
	{"CAD_ON", 0x89abcdef}, {"CAD_OFF", 0}, {"KEXEC", 0x45584543}, {"SW_SUSPEND", 0xd000fce2}, {"", 0}};

#define INT UINT32_MAX
static const struct syscall_arg more[] = {
	{"process_vm_readv", 0, "pid", INT, false, NULL},
	{"process_vm_writev", 0, "pid", INT, false, NULL},
	{"pidfd_getfd", 1, "descriptor", INT, false, NULL},
	{"kcmp", 0, "pid", INT, false, NULL},
	{"kcmp", 1, "other pid", INT, false, NULL},
	{"migrate_pages", 0, "pid", INT, false, NULL},
	{"move_pages", 0, "pid", INT, false, NULL},
	{"perf_event_open", 1, "pid", INT, false, NULL},
	{"io_uring_setup", 0, "entries", INT, false, NULL},
	{"reboot", 2, "command", INT, false, reboots},
};
/* clang-format on */

static const struct syscall_arg *arg_at(const char *syscall, unsigned index)
{
	const struct syscall_arg *arg = syscall_arg_at(syscall, index);

	for (size_t i = 0; arg == NULL && i < sizeof more / sizeof more[0]; i++)
		if (strcmp(more[i].syscall, syscall) == 0 && more[i].index == index)
			arg = &more[i];
	return arg;
}

static const char *string_name(const char *syscall, unsigned index)
{
	for (size_t i = 0; i < sizeof strings_of / sizeof strings_of[0]; i++)
		if (strcmp(strings_of[i].syscall, syscall) == 0 && strings_of[i].index == index)
			return strings_of[i].name;
	return NULL;
}

unsigned call_strings(const char *syscall)
{
	unsigned bits = 0;

	for (unsigned i = 0; i < CALL_ARGS; i++)
		if (string_name(syscall, i) != NULL)
			bits |= 1u << i;
	return bits;
}

static void put_string(struct words *w, const char *string)
{
	if (string == NULL) {
		words_put(w, "unreadable");
		return;
	}
	words_put(w, "\"");
	if (w->size - w->used >= VISIBLE_SIZE_MIN)
		w->used += visible(w->text + w->used, w->size - w->used, string, strlen(string), VISIBLE_QUOTED);
	words_put(w, strlen(string) >= CALL_STRING_MAX - 1 ? "...\"" : "\"");
}

static void put_flags(struct words *w, const struct syscall_arg *arg, uint64_t value)
{
	bool first = true;

	for (const struct arg_value *v = arg->values; v != NULL && v->name[0] != '\0'; v++) {
		if (v->value == 0 || (value & v->value) != v->value)
			continue;
		words_put(w, "%s%s", first ? "" : "|", v->name);
		first = false;
		value &= ~v->value;
	}
	if (value != 0 || first)
		words_put(w, value == 0 ? "%s0" : "%s%#" PRIx64, first ? "" : "|", value);
}

static void put_mode(struct words *w, uint64_t value)
{
	static const struct arg_value kinds[] = {
		{"fifo", S_IFIFO}, {"character device", S_IFCHR}, {"block device", S_IFBLK}, {"socket", S_IFSOCK}};

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if ((value & S_IFMT) == kinds[i].value)
			words_put(w, "%s ", kinds[i].name);
	words_put(w, "%#" PRIo64, value & ~(uint64_t)S_IFMT);
}

/* A descriptor, a pid: numbers that may be negative. */
static void put_number(struct words *w, const struct syscall_arg *arg, uint64_t value)
{
	const char *name = syscall_arg_value_name(arg, value);

	if (name != NULL)
		words_put(w, "%s", name);
	else if (arg->values != NULL && value > 0xffff)
		words_put(w, "%#" PRIx64, value);
	else if (arg->mask == INT)
		words_put(w, "%" PRId32, (int32_t)(uint32_t)value);
	else
		words_put(w, "%" PRId64, (int64_t)value);
}

static void put_arg(struct words *w, const char *syscall, const struct syscall_arg *arg, const uint64_t *args)
{
	uint64_t value = args[arg->index] & arg->mask;
	struct syscall_arg other = *arg;

	words_put(w, "%s%s ", w->used > 0 ? ", " : "", arg->name);
	/* What a protocol's number means is the family's affair. */
	if (strcmp(arg->name, "protocol") == 0 &&
		(strcmp(syscall, "socket") == 0 || strcmp(syscall, "socketpair") == 0)) {
		other.values = (uint32_t)args[0] == AF_NETLINK ? netlinks : NULL;
		if ((uint32_t)args[0] == AF_INET || (uint32_t)args[0] == AF_INET6)
			other.values = arg->values;
	}
	if (arg->flags)
		put_flags(w, arg, value);
	else if (arg->values == NULL && strcmp(arg->name, "mode") == 0)
		put_mode(w, value);
	else
		put_number(w, &other, value);
}

void call_text(const char *syscall, const uint64_t args[CALL_ARGS], const char *const strings[CALL_ARGS], char *text,
	size_t size)
{
	struct words w = {.text = text, .size = size};

	text[0] = '\0';
	for (unsigned i = 0; i < CALL_ARGS; i++) {
		const char *name = string_name(syscall, i);
		const struct syscall_arg *arg = arg_at(syscall, i);

		if (name != NULL) {
			words_put(&w, "%s%s ", w.used > 0 ? ", " : "", name);
			if (args[i] == 0)
				words_put(&w, "NULL");
			else
				put_string(&w, strings[i]);
		} else if (arg != NULL) {
			put_arg(&w, syscall, arg, args);
		}
	}
	if (w.used + 1 >= size && size > 4)
		memcpy(text + size - 4, "...", 4);
}
