#include "sandbox/doctor/host.h"
#include "sandbox/doctor/host_mounts.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* An ordinary host: nothing is in the way. */
static struct host_facts host(void)
{
	return (struct host_facts){
		.kernel = 6001,
		.userns_clone = -1,
		.apparmor_restrict = -1,
		.max_user_namespaces = 100000,
		.cgroup_mounted = true,
	};
}

/* No user namespace could be made, so what is inside of one was not tried. */
static struct host_facts without_namespaces(int errnum)
{
	struct host_facts facts = host();

	facts.userns = errnum;
	facts.capable = facts.proc = HOST_NOT_TRIED;
	for (unsigned call = HOST_FSOPEN; call < HOST_CALLS; call++)
		facts.calls[call] = HOST_NOT_TRIED;
	return facts;
}

static void has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("\"%s\": not in: %s", part, text);
}

static void nothing_is_found_on_an_ordinary_host(void **state)
{
	const struct host_facts facts = host();
	struct host_finding finding;

	(void)state;
	assert_false(host_system_calls(&facts, &finding));
	assert_false(host_user_namespaces(&facts, &finding));
	assert_false(host_proc(&facts, &finding));
	assert_false(host_cgroup(&facts, &finding));
	assert_false(host_newuidmap(&facts, &finding));
	assert_false(host_explain(&facts, "namespaces: clone3", EPERM, &finding));
}

/* What stops user namespaces: facts -> cause, remedy. */
static void user_namespaces(void **state)
{
	const struct {
		const char *what;
		int userns, capable;
		bool filtered;
		int clone, clone3; /* errno */
		long userns_clone, apparmor, most;
		bool chrooted;
		const char *cause, *remedy;
	} rows[] = {
		{"Docker's filter", EPERM, -1, true, EPERM, ENOSYS, -1, -1, 1000, false, "outer seccomp filter",
			"seccomp=docker-outer.json"},
		{"a filter that stops clone3 only", ENOSYS, -1, true, 0, ENOSYS, -1, -1, 1000, false,
			"outer seccomp filter", "seccomp=docker-outer.json"},
		{"a filter that is not it: Debian 10's switch", EPERM, -1, true, 0, 0, 0, -1, 1000, false,
			"kernel.unprivileged_userns_clone is 0", "sysctl -w kernel.unprivileged_userns_clone=1"},
		{"the limit", ENOSPC, -1, false, 0, 0, -1, -1, 0, false, "user.max_user_namespaces is 0",
			"sysctl -w user.max_user_namespaces="},
		{"used up", ENOSPC, -1, false, 0, 0, -1, -1, 1000, false, "limit on user namespaces is reached, or",
			"raise"},
		{"Ubuntu 23.10", EACCES, -1, false, 0, 0, 1, 1, 1000, false, "AppArmor", "deploy/apparmor/cofferdam"},
		{"Ubuntu 24.04", 0, EACCES, false, 0, 0, 1, 1, 1000, false, "AppArmor",
			"kernel.apparmor_restrict_unprivileged_userns=0"},
		{"Ubuntu with the restriction off, SELinux", 0, EACCES, false, 0, 0, 1, 0, 1000, false,
			"a security module refuses capabilities in a new user namespace", "SELinux"},
		{"a chroot", EPERM, -1, false, 0, 0, -1, -1, 1000, true, "chroot", "outside of the chroot"},
		{"who knows", EPERM, -1, false, 0, 0, -1, -1, 1000, false,
			"a security module refuses new user namespaces", "policy"},
		{"something else", ENOMEM, -1, false, 0, 0, -1, -1, 1000, false, "Cannot allocate memory", "allow"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct host_facts facts = rows[i].userns != 0 ? without_namespaces(rows[i].userns) : host();
		struct host_finding finding = {.cause = ""};

		facts.capable = rows[i].capable;
		facts.filtered = rows[i].filtered;
		facts.calls[HOST_CLONE] = rows[i].clone;
		facts.calls[HOST_CLONE3] = rows[i].clone3;
		facts.userns_clone = rows[i].userns_clone;
		facts.apparmor_restrict = rows[i].apparmor;
		facts.max_user_namespaces = rows[i].most;
		facts.chrooted = rows[i].chrooted;
		if (!host_user_namespaces(&facts, &finding))
			fail_msg("%s: nothing found", rows[i].what);
		has(finding.cause, rows[i].cause);
		has(finding.remedy, rows[i].remedy);
	}
}

static void system_calls_name_who_refuses(void **state)
{
	struct host_facts facts = host();
	struct host_finding finding;

	(void)state;
	facts.filtered = true;
	facts.calls[HOST_KEYCTL] = EPERM;
	facts.calls[HOST_SETHOSTNAME] = EPERM;
	assert_true(host_system_calls(&facts, &finding));
	assert_string_equal(finding.cause, "an outer seccomp filter refuses keyctl, sethostname");
	has(finding.remedy, "docker-outer.json");
	/* ENOSYS of a filter, on a kernel that has the call; of a kernel that has not, filter or no filter. */
	facts = host();
	facts.filtered = true;
	facts.calls[HOST_MOUNT_SETATTR] = ENOSYS;
	assert_true(host_system_calls(&facts, &finding));
	has(finding.cause, "an outer seccomp filter refuses mount_setattr");
	facts.kernel = 5010;
	assert_true(host_system_calls(&facts, &finding));
	assert_string_equal(finding.cause, "this kernel does not have mount_setattr");
	has(finding.remedy, "5.14");
	/* A kernel without Landlock or keyrings lacks nothing that set-up could not do without. */
	facts = host();
	facts.calls[HOST_LANDLOCK] = facts.calls[HOST_KEYCTL] = ENOSYS;
	assert_false(host_system_calls(&facts, &finding));
}

static void proc_is_too_revealing_or_cannot_be_tried(void **state)
{
	struct host_facts facts = host();
	struct host_finding finding;

	(void)state;
	facts.proc = EPERM;
	facts.proc_covered = 8;
	strcpy(facts.proc_example, "/proc/acpi");
	assert_true(host_proc(&facts, &finding));
	assert_string_equal(finding.cause, "mount too revealing: /proc is covered in 8 places (/proc/acpi)");
	has(finding.remedy, "systempaths=unconfined");
	has(finding.remedy, "unmask=ALL");
	has(finding.remedy, "procMount: Unmasked");
	facts.proc_covered = 0;
	assert_true(host_proc(&facts, &finding));
	assert_string_equal(finding.cause, "mount too revealing: no complete /proc is mounted here");
	facts.filtered = true;
	facts.calls[HOST_FSOPEN] = EPERM;
	assert_true(host_proc(&facts, &finding));
	has(finding.cause, "seccomp filter");
	facts = without_namespaces(EPERM);
	assert_false(host_proc(&facts, &finding));
	facts.proc_covered = 1;
	assert_true(host_proc(&facts, &finding));
	has(finding.cause, "once user namespaces are available");
}

static void cgroup_and_newuidmap(void **state)
{
	struct host_facts facts = host();
	struct host_finding finding;

	(void)state;
	facts.cgroup_readonly = true;
	assert_true(host_cgroup(&facts, &finding));
	has(finding.cause, "read-only");
	facts.cgroup_mounted = false;
	assert_true(host_cgroup(&facts, &finding));
	has(finding.cause, "no cgroup v2");
	facts.no_new_privs = true;
	assert_true(host_newuidmap(&facts, &finding));
	has(finding.remedy, "no-new-privileges");
}

static void a_failed_step_is_explained_by_what_stops_it(void **state)
{
	struct host_facts docker = without_namespaces(EPERM), masked = host();
	struct host_finding finding;

	(void)state;
	docker.filtered = true;
	docker.calls[HOST_CLONE] = EPERM;
	docker.calls[HOST_KEYCTL] = EPERM;
	docker.proc_covered = 8;
	assert_true(host_explain(&docker, "namespaces: clone3: Function not implemented", ENOSYS, &finding));
	has(finding.cause, "new namespaces");
	masked.proc = EPERM;
	masked.proc_covered = 8;
	assert_true(host_explain(&masked, "mount: create proc: Operation not permitted", EPERM, &finding));
	has(finding.cause, "too revealing");
	/* Masks do not explain what has nothing to do with /proc. */
	assert_false(host_explain(&masked, "workdir /x: Permission denied", EACCES, &finding));
	assert_false(host_explain(&masked, "hostname x: Operation not permitted", EPERM, &finding));
	masked.filtered = true;
	masked.calls[HOST_SETHOSTNAME] = EPERM;
	assert_true(host_explain(&masked, "hostname x: Operation not permitted", EPERM, &finding));
	has(finding.cause, "refuses sethostname");
	assert_false(host_explain(&masked, "mount: open_tree /x: No such file or directory", ENOENT, &finding));
}

static void mountinfo(void **state)
{
	char text[] = "1 0 0:1 / / rw,relatime shared:1 - overlay overlay rw\n"
		      "2 1 0:2 / /proc rw,nosuid - proc proc rw\n"
		      "3 2 0:3 / /proc/acpi ro,relatime - tmpfs tmpfs ro\n"
		      "4 2 0:2 /sys /proc/sys ro - proc proc rw\n"
		      "5 4 0:4 / /proc/sys/fs/binfmt_misc rw - autofs systemd-1 rw\n"
		      "6 1 0:5 /x /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw\n"
		      "a line that is none\n"
		      "7 1 0:6 / - short\n";
	char chroot[] = "1 0 8:1 / /srv/root rw - ext4 /dev/sda1 rw\n2 1 0:5 / /sys/fs/cgroup rw - cgroup2 cgroup rw\n";
	struct host_facts facts = {.kernel = 0}, other = {.kernel = 0};

	(void)state;
	host_mounts_parse(text, &facts);
	assert_int_equal(facts.proc_covered, 2);
	assert_string_equal(facts.proc_example, "/proc/acpi");
	assert_true(facts.cgroup_mounted && facts.cgroup_readonly);
	assert_false(facts.chrooted);
	host_mounts_parse(chroot, &other);
	assert_true(other.chrooted && other.cgroup_mounted);
	assert_false(other.cgroup_readonly);
	assert_int_equal(other.proc_covered, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_found_on_an_ordinary_host),
		cmocka_unit_test(user_namespaces),
		cmocka_unit_test(system_calls_name_who_refuses),
		cmocka_unit_test(proc_is_too_revealing_or_cannot_be_tried),
		cmocka_unit_test(cgroup_and_newuidmap),
		cmocka_unit_test(a_failed_step_is_explained_by_what_stops_it),
		cmocka_unit_test(mountinfo),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
