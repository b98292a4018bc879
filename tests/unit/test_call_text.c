#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/syscalls/call_text.h"

#include <stdlib.h>
#include <string.h>

static void expect(
	const char *name, const uint64_t args[CALL_ARGS], const char *const strings[CALL_ARGS], const char *text)
{
	char got[256];

	call_text(name, args, strings, got, sizeof got);
	assert_string_equal(got, text);
}

#define EXPECT(name, text, ...) expect(name, (const uint64_t[CALL_ARGS]){__VA_ARGS__}, none, text)

static const char *const none[CALL_ARGS] = {NULL};

static void test_values(void **state)
{
	(void)state;
	EXPECT("socket", "family packet, type raw, protocol 3", 17, 3, 3);
	EXPECT("socket", "family alg, type seqpacket, protocol 0", 38, 5 | 02000000, 0);
	EXPECT("socket", "family netlink, type raw, protocol netfilter", 16, 3, 12);
	EXPECT("socket", "family inet, type stream, protocol mptcp", 2, 1, 262);
	EXPECT("socket", "family 200, type 12, protocol -1", 200, 12, UINT32_MAX);
	EXPECT("unshare", "flags CLONE_NEWNS|CLONE_NEWUSER", 0x10020000);
	EXPECT("unshare", "flags 0", 0);
	EXPECT("unshare", "flags CLONE_NEWUSER|0x8000000000000000", UINT64_C(0x8000000010000000));
	EXPECT("ptrace", "request PTRACE_ATTACH, pid 7", 16, 7);
	EXPECT("ioctl", "fd 0, request TIOCSTI", 0, 0x5412);
	EXPECT("ioctl", "fd -1, request 0xdeadbeef", UINT32_MAX, 0xdeadbeef);
	EXPECT("keyctl", "operation KEYCTL_JOIN_SESSION_KEYRING", 1);
	EXPECT("mknod", "path unreadable, mode character device 0600", 1, 0020600);
	EXPECT("mknod", "path NULL, mode fifo 0644", 0, 0010644);
	EXPECT("set_mempolicy", "mode MPOL_LOCAL", 4);
	EXPECT("seccomp", "operation SET_MODE_FILTER, flags NEW_LISTENER", 1, 8);
	EXPECT("reboot", "command POWER_OFF", 0, 0, 0x4321fedc);
	EXPECT("getpid", "", 1, 2, 3);
	EXPECT("no such call", "", 1, 2, 3);
}

static void test_strings(void **state)
{
	static const char *const mount[CALL_ARGS] = {"none", "/a \"b\"\\\n\033[2J\xc3\xa4", "tmpfs"};
	const uint64_t args[CALL_ARGS] = {1, 2, 3, 2 | 4};
	char longest[CALL_STRING_MAX];
	const char *cut[CALL_ARGS] = {longest};
	char text[512];

	(void)state;
	assert_int_equal(call_strings("mount"), 7);
	assert_int_equal(call_strings("openat"), 2);
	assert_int_equal(call_strings("socket"), 0);
	expect("mount", args, mount,
		"source \"none\", target \"/a \\\"b\\\"\\\\\\x0a\\x1b[2J\\xc3\\xa4\", type \"tmpfs\", "
		"flags MS_NOSUID|MS_NODEV");
	/* as much as was read: there may be more */
	memset(longest, 'x', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	call_text("chroot", args, cut, text, sizeof text);
	assert_non_null(strstr(text, "xxx...\""));
}

/* No size makes it write past the end, or leave the end out. */
static void test_sizes(void **state)
{
	char string[CALL_STRING_MAX];
	const char *strings[CALL_ARGS] = {string, string, string, string, string, string};
	static const char *const names[] = {"mount", "socket", "renameat2", "mknodat", "open"};
	const uint64_t args[CALL_ARGS] = {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX};

	(void)state;
	memset(string, '\1', sizeof string - 1);
	string[sizeof string - 1] = '\0';
	for (size_t size = 1; size < 700; size++)
		for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
			char *text = malloc(size);

			assert_non_null(text);
			call_text(names[i], args, strings, text, size);
			assert_true(strlen(text) < size);
			free(text);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
