#include "policy/syscalls/args.h"

#include <linux/bpf.h>
#include <linux/futex.h>
#include <linux/keyctl.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/socket.h>

#include <asm/ioctls.h>
#include <fcntl.h>
#include <signal.h>

#define INT UINT32_MAX
#define LONG UINT64_MAX
/* clang-format off: tables read as tables */
static const struct arg_value families[] = {{"unspec", 0}, {"unix", 1}, {"inet", 2}, {"ax25", 3}, {"ipx", 4},
	{"appletalk", 5}, {"netrom", 6}, {"bridge", 7}, {"atmpvc", 8}, {"x25", 9}, {"inet6", 10}, {"rose", 11},
	{"netbeui", 13}, {"key", 15}, {"netlink", 16}, {"packet", 17}, {"atmsvc", 20}, {"rds", 21}, {"irda", 23},
	{"pppox", 24}, {"llc", 26}, {"ib", 27}, {"mpls", 28}, {"can", 29}, {"tipc", 30}, {"bluetooth", 31},
	{"iucv", 32}, {"rxrpc", 33}, {"isdn", 34}, {"phonet", 35}, {"ieee802154", 36}, {"caif", 37}, {"alg", 38},
	{"nfc", 39}, {"vsock", 40}, {"kcm", 41}, {"qipcrtr", 42}, {"smc", 43}, {"xdp", 44}, {"mctp", 45}, {"", 0}};
static const struct arg_value types[] = {{"stream", SOCK_STREAM}, {"dgram", SOCK_DGRAM}, {"raw", SOCK_RAW},
	{"rdm", SOCK_RDM}, {"seqpacket", SOCK_SEQPACKET}, {"dccp", SOCK_DCCP}, {"packet", SOCK_PACKET}, {"", 0}};
static const struct arg_value protocols[] = {{"ip", 0}, {"icmp", 1}, {"tcp", 6}, {"udp", 17}, {"icmpv6", 58},
	{"sctp", 132}, {"udplite", 136}, {"raw", 255}, {"mptcp", 262}, {"", 0}};
static const struct arg_value clone_flags[] = {{"CLONE_NEWTIME", 0x80}, {"CLONE_VM", 0x100}, {"CLONE_FS", 0x200},
	{"CLONE_FILES", 0x400}, {"CLONE_SIGHAND", 0x800}, {"CLONE_PIDFD", 0x1000}, {"CLONE_PTRACE", 0x2000},
	{"CLONE_VFORK", 0x4000}, {"CLONE_PARENT", 0x8000}, {"CLONE_THREAD", 0x10000}, {"CLONE_NEWNS", 0x20000},
	{"CLONE_SYSVSEM", 0x40000}, {"CLONE_SETTLS", 0x80000}, {"CLONE_PARENT_SETTID", 0x100000},
	{"CLONE_CHILD_CLEARTID", 0x200000}, {"CLONE_UNTRACED", 0x800000}, {"CLONE_CHILD_SETTID", 0x1000000},
	{"CLONE_NEWCGROUP", 0x2000000}, {"CLONE_NEWUTS", 0x4000000}, {"CLONE_NEWIPC", 0x8000000},
	{"CLONE_NEWUSER", 0x10000000}, {"CLONE_NEWPID", 0x20000000}, {"CLONE_NEWNET", 0x40000000},
	{"CLONE_IO", 0x80000000}, {"", 0}};
static const struct arg_value requests[] = {{"TCGETS", TCGETS}, {"TCSETS", TCSETS}, {"TIOCGWINSZ", TIOCGWINSZ},
	{"TIOCSWINSZ", TIOCSWINSZ}, {"TIOCSTI", TIOCSTI}, {"TIOCLINUX", TIOCLINUX}, {"TIOCSETD", TIOCSETD},
	{"TIOCCONS", TIOCCONS}, {"TIOCSCTTY", TIOCSCTTY}, {"TIOCNOTTY", TIOCNOTTY}, {"FIONREAD", FIONREAD},
	{"FIONBIO", FIONBIO}, {"FIOCLEX", FIOCLEX}, {"FIONCLEX", FIONCLEX}, {"", 0}};
static const struct arg_value prctl_options[] = {{"PR_SET_PDEATHSIG", 1}, {"PR_GET_PDEATHSIG", 2},
	{"PR_GET_DUMPABLE", 3}, {"PR_SET_DUMPABLE", 4}, {"PR_SET_KEEPCAPS", 8}, {"PR_SET_NAME", 15},
	{"PR_GET_NAME", 16}, {"PR_GET_SECCOMP", 21}, {"PR_SET_SECCOMP", 22}, {"PR_CAPBSET_READ", 23},
	{"PR_CAPBSET_DROP", 24}, {"PR_SET_SECUREBITS", 28}, {"PR_SET_TIMERSLACK", 29}, {"PR_SET_MM", 35},
	{"PR_SET_CHILD_SUBREAPER", 36}, {"PR_SET_NO_NEW_PRIVS", 38}, {"PR_SET_THP_DISABLE", 41}, {"PR_CAP_AMBIENT", 47},
	{"PR_SET_SPECULATION_CTRL", 53}, {"PR_SET_SYSCALL_USER_DISPATCH", 59}, {"PR_SCHED_CORE", 62},
	{"PR_SET_VMA", 0x53564d41}, {"PR_SET_PTRACER", 0x59616d61}, {"", 0}};
static const struct arg_value personas[] = {{"PER_LINUX", PER_LINUX}, {"PER_LINUX32", PER_LINUX32},
	{"UNAME26", UNAME26}, {"PER_LINUX32_UNAME26", PER_LINUX32 | UNAME26}, {"ADDR_NO_RANDOMIZE", ADDR_NO_RANDOMIZE},
	{"READ_IMPLIES_EXEC", READ_IMPLIES_EXEC}, {"query", 0xffffffff}, {"", 0}};
static const struct arg_value open_flags[] = {{"O_RDONLY", O_RDONLY}, {"O_WRONLY", O_WRONLY}, {"O_RDWR", O_RDWR},
	{"O_CREAT", O_CREAT}, {"O_EXCL", O_EXCL}, {"O_NOCTTY", O_NOCTTY}, {"O_TRUNC", O_TRUNC}, {"O_APPEND", O_APPEND},
	{"O_NONBLOCK", O_NONBLOCK}, {"O_DIRECTORY", O_DIRECTORY}, {"O_NOFOLLOW", O_NOFOLLOW}, {"O_NOATIME", O_NOATIME},
	{"O_CLOEXEC", O_CLOEXEC}, {"O_PATH", O_PATH}, {"", 0}};
static const struct arg_value fcntl_commands[] = {{"F_DUPFD", F_DUPFD}, {"F_GETFD", F_GETFD}, {"F_SETFD", F_SETFD},
	{"F_GETFL", F_GETFL}, {"F_SETFL", F_SETFL}, {"F_GETLK", F_GETLK}, {"F_SETLK", F_SETLK}, {"F_SETLKW", F_SETLKW},
	{"F_SETOWN", F_SETOWN}, {"F_SETSIG", F_SETSIG}, {"F_SETLEASE", F_SETLEASE}, {"F_NOTIFY", F_NOTIFY},
	{"F_DUPFD_CLOEXEC", F_DUPFD_CLOEXEC}, {"F_SETPIPE_SZ", F_SETPIPE_SZ}, {"F_ADD_SEALS", F_ADD_SEALS},
	{"F_SETDELEG", 1040}, {"", 0}}; /* Linux 6.19 */
static const struct arg_value ptrace_requests[] = {{"PTRACE_TRACEME", 0}, {"PTRACE_PEEKTEXT", 1},
	{"PTRACE_PEEKDATA", 2}, {"PTRACE_POKETEXT", 4}, {"PTRACE_POKEDATA", 5}, {"PTRACE_CONT", 7}, {"PTRACE_KILL", 8},
	{"PTRACE_SINGLESTEP", 9}, {"PTRACE_ATTACH", 16}, {"PTRACE_DETACH", 17}, {"PTRACE_SYSCALL", 24},
	{"PTRACE_SET_THREAD_AREA", 26}, {"PTRACE_SETOPTIONS", 0x4200}, {"PTRACE_GETREGSET", 0x4204},
	{"PTRACE_SETREGSET", 0x4205}, {"PTRACE_SEIZE", 0x4206}, {"PTRACE_INTERRUPT", 0x4207},
	{"PTRACE_SECCOMP_GET_FILTER", 0x420c}, {"PTRACE_SECCOMP_GET_METADATA", 0x420d}, {"", 0}};
static const struct arg_value mount_flags[] = {{"MS_RDONLY", 1}, {"MS_NOSUID", 2}, {"MS_NODEV", 4}, {"MS_NOEXEC", 8},
	{"MS_REMOUNT", 32}, {"MS_BIND", 4096}, {"MS_MOVE", 8192}, {"MS_REC", 16384}, {"MS_UNBINDABLE", 1 << 17},
	{"MS_PRIVATE", 1 << 18}, {"MS_SLAVE", 1 << 19}, {"MS_SHARED", 1 << 20}, {"", 0}};
static const struct arg_value umount_flags[] = {
	{"MNT_FORCE", 1}, {"MNT_DETACH", 2}, {"MNT_EXPIRE", 4}, {"UMOUNT_NOFOLLOW", 8}, {"", 0}};
static const struct arg_value protections[] = {
	{"PROT_READ", PROT_READ}, {"PROT_WRITE", PROT_WRITE}, {"PROT_EXEC", PROT_EXEC}, {"", 0}};
static const struct arg_value map_flags[] = {{"MAP_SHARED", MAP_SHARED}, {"MAP_PRIVATE", MAP_PRIVATE},
	{"MAP_FIXED", MAP_FIXED}, {"MAP_ANONYMOUS", MAP_ANONYMOUS}, {"MAP_GROWSDOWN", MAP_GROWSDOWN},
	{"MAP_LOCKED", MAP_LOCKED}, {"MAP_NORESERVE", MAP_NORESERVE}, {"MAP_POPULATE", MAP_POPULATE},
	{"MAP_STACK", MAP_STACK}, {"MAP_HUGETLB", MAP_HUGETLB}, {"", 0}};
static const struct arg_value socket_levels[] = {{"ip", 0}, {"socket", SOL_SOCKET}, {"tcp", 6}, {"udp", 17},
	{"ipv6", 41}, {"raw", 255}, {"packet", 263}, {"netlink", 270}, {"tls", 282}, {"", 0}};
static const struct arg_value seccomp_operations[] = {
	{"SET_MODE_STRICT", 0}, {"SET_MODE_FILTER", 1}, {"GET_ACTION_AVAIL", 2}, {"GET_NOTIF_SIZES", 3}, {"", 0}};
static const struct arg_value seccomp_flags[] = {{"TSYNC", 1}, {"LOG", 2}, {"SPEC_ALLOW", 4}, {"NEW_LISTENER", 8},
	{"TSYNC_ESRCH", 16}, {"WAIT_KILLABLE_RECV", 32}, {"", 0}};
static const struct arg_value bpf_commands[] = {{"BPF_MAP_CREATE", BPF_MAP_CREATE}, {"BPF_PROG_LOAD", BPF_PROG_LOAD},
	{"BPF_OBJ_GET", BPF_OBJ_GET}, {"BPF_BTF_LOAD", BPF_BTF_LOAD}, {"", 0}};
static const struct arg_value keyctl_operations[] = {{"KEYCTL_GET_KEYRING_ID", KEYCTL_GET_KEYRING_ID},
	{"KEYCTL_JOIN_SESSION_KEYRING", KEYCTL_JOIN_SESSION_KEYRING}, {"KEYCTL_READ", KEYCTL_READ},
	{"KEYCTL_LINK", KEYCTL_LINK}, {"KEYCTL_SEARCH", KEYCTL_SEARCH}, {"KEYCTL_DESCRIBE", KEYCTL_DESCRIBE}, {"", 0}};
static const struct arg_value memory_policies[] = {{"MPOL_DEFAULT", 0}, {"MPOL_PREFERRED", 1}, {"MPOL_BIND", 2},
	{"MPOL_INTERLEAVE", 3}, {"MPOL_LOCAL", 4}, {"MPOL_PREFERRED_MANY", 5}, {"MPOL_WEIGHTED_INTERLEAVE", 6},
	{"", 0}};
static const struct arg_value memfd_flags[] = {{"MFD_CLOEXEC", 1}, {"MFD_ALLOW_SEALING", 2}, {"MFD_HUGETLB", 4},
	{"MFD_NOEXEC_SEAL", 8}, {"MFD_EXEC", 16}, {"", 0}};

const struct syscall_arg syscall_args[] = {
	{"socket", 0, "family", INT, false, families},
	{"socket", 1, "type", 0xf, false, types}, /* SOCK_TYPE_MASK: above it are SOCK_CLOEXEC and SOCK_NONBLOCK */
	{"socket", 2, "protocol", INT, false, protocols},
	{"socketpair", 0, "family", INT, false, families},
	{"socketpair", 1, "type", 0xf, false, types},
	{"socketpair", 2, "protocol", INT, false, protocols},
	{"setsockopt", 0, "fd", INT, false, NULL},
	{"setsockopt", 1, "level", INT, false, socket_levels},
	{"setsockopt", 2, "option", INT, false, NULL},
	{"getsockopt", 1, "level", INT, false, socket_levels},
	{"getsockopt", 2, "option", INT, false, NULL},
	{"clone", 0, "flags", LONG, true, &clone_flags[1]}, /* bit 0x80 is of the exit signal here */
	{"unshare", 0, "flags", LONG, true, clone_flags},
	{"setns", 0, "fd", INT, false, NULL},
	{"setns", 1, "nstype", INT, true, clone_flags},
	{"ioctl", 0, "fd", INT, false, NULL},
	{"ioctl", 1, "request", INT, false, requests},
	{"prctl", 0, "option", INT, false, prctl_options},
	{"personality", 0, "persona", INT, false, personas},
	{"open", 1, "flags", INT, true, open_flags},
	{"open", 2, "mode", INT, false, NULL},
	{"openat", 0, "dirfd", INT, false, NULL},
	{"openat", 2, "flags", INT, true, open_flags},
	{"openat", 3, "mode", INT, false, NULL},
	{"fcntl", 0, "fd", INT, false, NULL},
	{"fcntl", 1, "command", INT, false, fcntl_commands},
	{"ptrace", 0, "request", LONG, false, ptrace_requests},
	{"ptrace", 1, "pid", LONG, false, NULL},
	{"mount", 3, "flags", LONG, true, mount_flags},
	{"umount2", 1, "flags", INT, true, umount_flags},
	{"mmap", 2, "prot", LONG, true, protections},
	{"mmap", 3, "flags", LONG, true, map_flags},
	{"mprotect", 2, "prot", LONG, true, protections},
	{"pkey_mprotect", 2, "prot", LONG, true, protections},
	{"seccomp", 0, "operation", INT, false, seccomp_operations},
	{"seccomp", 1, "flags", INT, true, seccomp_flags},
	{"bpf", 0, "command", INT, false, bpf_commands},
	{"keyctl", 0, "operation", INT, false, keyctl_operations},
	{"kill", 0, "pid", INT, false, NULL},
	{"kill", 1, "signal", INT, false, NULL},
	{"tgkill", 2, "signal", INT, false, NULL},
	{"set_mempolicy", 0, "mode", INT, false, memory_policies},
	{"memfd_create", 1, "flags", INT, true, memfd_flags},
	{"mknod", 1, "mode", INT, false, NULL},
	{"mknodat", 2, "mode", INT, false, NULL},
	{"chmod", 1, "mode", INT, false, NULL},
	{"fchmod", 1, "mode", INT, false, NULL},
	{"fchmodat", 2, "mode", INT, false, NULL},
};
/* clang-format on */
const size_t syscall_args_count = sizeof syscall_args / sizeof syscall_args[0];

const struct syscall_arg *syscall_arg_named(const char *syscall, const char *name)
{
	for (size_t i = 0; i < syscall_args_count; i++)
		if (strcmp(syscall_args[i].syscall, syscall) == 0 && strcmp(syscall_args[i].name, name) == 0)
			return &syscall_args[i];
	return NULL;
}

const struct syscall_arg *syscall_arg_at(const char *syscall, unsigned index)
{
	for (size_t i = 0; i < syscall_args_count; i++)
		if (strcmp(syscall_args[i].syscall, syscall) == 0 && syscall_args[i].index == index)
			return &syscall_args[i];
	return NULL;
}

bool syscall_arg_value(const struct syscall_arg *arg, const char *name, size_t len, uint64_t *value)
{
	for (const struct arg_value *v = arg->values; v != NULL && v->name[0] != '\0'; v++)
		if (strlen(v->name) == len && strncmp(v->name, name, len) == 0) {
			*value = v->value;
			return true;
		}
	return false;
}

const char *syscall_arg_value_name(const struct syscall_arg *arg, uint64_t value)
{
	for (const struct arg_value *v = arg->values; v != NULL && v->name[0] != '\0'; v++)
		if (v->value == value)
			return v->name;
	return NULL;
}
