/* GHSA-4q85-33p6-j5g6: libseccomp up to 2.5.x merges some pairs of 64-bit comparisons of one argument into a filter
 * that lets through what one of the two denies. Built here with the library that is installed, and found out by the
 * same comparison with the rules that our own programs go through, which pass it. */
#include "policy/seccomp/crosscheck.h"
#include "tests/unit/seccomp_support.h"

#include <errno.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Two calls are denied: at most the first, at most the second. libseccomp asks for the high halves of both, and then
 * forgets the low half of one. */
static const uint64_t limits[][2] = {
	{0, UINT64_C(0x100000000)}, {1, UINT64_C(0x100000002)}, {0, UINT64_C(0x2ffffffff)}, {2, UINT64_C(0x300000000)}};

static struct seccomp_policy *same_rules(const uint64_t limit[2])
{
	char text[512];

	snprintf(text, sizeof text,
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":["
		"{\"name\":\"getuid\",\"action\":\"SCMP_ACT_ERRNO\",\"args\":["
		"{\"index\":0,\"op\":\"SCMP_CMP_LE\",\"value\":\"%#llx\"}]},"
		"{\"name\":\"getuid\",\"action\":\"SCMP_ACT_ERRNO\",\"args\":["
		"{\"index\":0,\"op\":\"SCMP_CMP_LE\",\"value\":\"%#llx\"}]}]}",
		(unsigned long long)limit[0], (unsigned long long)limit[1]);
	return parse_policy("two limits", text);
}

static struct bpf_program by_libseccomp(const uint64_t limit[2])
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	struct bpf_program program = {0};
	int fd = memfd_create("filter", MFD_CLOEXEC);
	off_t size;

	assert_non_null(filter);
	assert_true(fd >= 0);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(seccomp_rule_add_exact(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(getuid), 1,
					 SCMP_A0_64(SCMP_CMP_LE, limit[i])),
			0);
	assert_int_equal(seccomp_export_bpf(filter, fd), 0);
	seccomp_release(filter);
	size = lseek(fd, 0, SEEK_END);
	assert_true(size > 0 && (size_t)size % sizeof *program.insns == 0);
	program.insns = malloc((size_t)size);
	program.len = (size_t)size / sizeof *program.insns;
	assert_true(pread(fd, program.insns, (size_t)size, 0) == size);
	close(fd);
	assert_true(bpf_program_valid(&program));
	return program;
}

/* Whether some value at the limits, or beside them, is let through that the rules deny. */
static bool is_weaker(const struct seccomp_policy *policy, const struct bpf_program *program, const uint64_t limit[2])
{
	for (uint64_t high = 0; high <= limit[1] >> 32; high++)
		for (unsigned low = 0; low < 8; low++) {
			struct seccomp_data call = {.nr = SYS_getuid, .arch = seccomp_native_arch()};

			call.args[0] = high << 32 | (low < 4 ? low : UINT32_MAX - low + 4);
			if (seccomp_policy_evaluate(policy, &call).action != SECCOMP_RET_ALLOW &&
				bpf_program_run_valid(program, &call) == SECCOMP_RET_ALLOW)
				return true;
		}
	return false;
}

static void test_merged_comparisons(void **state)
{
	const struct scmp_version *version = seccomp_version();
	size_t weaker = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(limits); i++) {
		struct seccomp_policy *policy = same_rules(limits[i]);
		struct bpf_program ours = compile_policy(policy), theirs = by_libseccomp(limits[i]);
		struct error err = {0};

		if (seccomp_policy_crosscheck(policy, &ours, &err) < 0)
			fail_msg("%s", err.text);
		assert_false(is_weaker(policy, &ours, limits[i]));
		weaker += is_weaker(policy, &theirs, limits[i]);
		bpf_program_free(&ours);
		bpf_program_free(&theirs);
		seccomp_policy_free(policy);
	}
	print_message("libseccomp %u.%u.%u: %zu of %zu filters are weaker than their rules\n", version->major,
		version->minor, version->micro, weaker, COUNT(limits));
	if (weaker == 0 && (version->major > 2 || version->minor > 5)) {
		print_message("libseccomp merges them rightly: there is nothing to catch\n");
		skip();
	}
	assert_true(weaker > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_merged_comparisons)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
