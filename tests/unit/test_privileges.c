/* Which privileges a file is marked with, and which prctl(2) calls a job is refused. */
#include "sandbox/filter/handed.h"
#include "sandbox/filter/privileges.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCKED (SECBIT_NOROOT | SECBIT_NOROOT_LOCKED)

static bool refused(unsigned option, uint64_t value, int securebits, uint64_t capabilities, struct denial *denial)
{
	const struct plan_identity identity = {.capabilities = capabilities};
	const __u64 args[6] = {option, value};

	*denial = (struct denial){0};
	return privileges_are_locked(args, securebits, &identity, denial);
}

static void securebits(void **state)
{
	const uint64_t setpcap = UINT64_C(1) << CAP_SETPCAP;
	struct denial denial;

	(void)state;
	assert_true(refused(PR_SET_SECUREBITS, 0, LOCKED, setpcap, &denial));
	assert_int_equal(denial.cause, DENIAL_SECUREBITS);
	assert_int_equal(denial.errnum, EPERM);
	assert_string_equal(denial.note, "the securebits are locked");
	assert_true(refused(PR_SET_SECUREBITS, SECBIT_NOROOT, LOCKED, setpcap, &denial)); /* the lock goes */
	assert_true(refused(PR_SET_SECUREBITS, SECBIT_NOROOT_LOCKED, LOCKED, setpcap, &denial));
	assert_false(refused(PR_SET_SECUREBITS, LOCKED, LOCKED, setpcap, &denial));
	assert_false(refused(PR_SET_SECUREBITS, LOCKED | SECBIT_KEEP_CAPS, LOCKED, setpcap, &denial));
	assert_true(refused(PR_SET_SECUREBITS, LOCKED, LOCKED, 0, &denial));
	assert_string_equal(denial.note, "setting securebits requires CAP_SETPCAP");
}

static void sets(void **state)
{
	const uint64_t setpcap = UINT64_C(1) << CAP_SETPCAP;
	struct denial denial;

	(void)state;
	assert_true(refused(PR_CAPBSET_DROP, CAP_CHOWN, 0, 0, &denial));
	assert_false(refused(PR_CAPBSET_DROP, CAP_CHOWN, 0, setpcap, &denial));
	assert_true(refused(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, SECBIT_NO_CAP_AMBIENT_RAISE, setpcap, &denial));
	assert_false(refused(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 0, setpcap, &denial));
	assert_false(refused(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, SECBIT_NO_CAP_AMBIENT_RAISE, 0, &denial));
	assert_false(refused(PR_SET_NAME, 0, LOCKED, 0, &denial));
}

static void set_user_id(void **state)
{
	char path[] = "/tmp/cofferdam-privileges-XXXXXX";
	struct plan_identity other = {.uid = getuid() + 1, .gid = getgid()}, own = {.uid = getuid(), .gid = getgid()};
	struct denial denial = {0};
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	unlink(path);
	assert_int_equal(fchmod(fd, 0755), 0);
	assert_false(privileges_are_marked(fd, &other, &denial));
	assert_int_equal(fchmod(fd, S_ISUID | 0755), 0);
	assert_true(privileges_are_marked(fd, &other, &denial));
	assert_int_equal(denial.cause, DENIAL_NO_PRIVILEGES);
	assert_string_equal(denial.note, "set-user-ID");
	assert_false(privileges_are_marked(fd, &own, &denial)); /* nothing to gain */
	close(fd);
	fd = open("/tmp", O_PATH | O_CLOEXEC);
	assert_false(privileges_are_marked(fd, &other, &denial));
	close(fd);
}

static void descriptors(void **state)
{
	(void)state;
	assert_int_equal(handed_descriptor("/dev/stdin"), 0);
	assert_int_equal(handed_descriptor("/dev/stderr"), 2);
	assert_int_equal(handed_descriptor("/proc/self/fd/17"), 17);
	assert_int_equal(handed_descriptor("/proc/thread-self/fd/0"), 0);
	assert_int_equal(handed_descriptor("/dev/fd/3"), 3);
	assert_int_equal(handed_descriptor("/dev/fd/3/x"), -1);
	assert_int_equal(handed_descriptor("/dev/fd/"), -1);
	assert_int_equal(handed_descriptor("/dev/fd/-1"), -1);
	assert_int_equal(handed_descriptor("/dev/fd/99999999999999999999"), -1);
	assert_int_equal(handed_descriptor("/etc/passwd"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(securebits),
		cmocka_unit_test(sets),
		cmocka_unit_test(set_user_id),
		cmocka_unit_test(descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
