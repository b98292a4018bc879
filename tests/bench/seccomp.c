/* A seccomp policy as we compile it, beside libseccomp with its two layouts: a chain of comparisons (the default) and a
 * binary tree (SCMP_FLTATR_CTL_OPTIMIZE 2). The same rules: those of the policy that an OCI runtime would be given.
 *   seccomp ROUNDS NAME|FILE…   prints, a line for each: policy, layout, instructions, compile ns, load ns
 * Load: seccomp(2) in a fresh child, timed there; median of the rounds, in turn. */
#include "common/error.h"
#include "policy/seccomp/rules.h"
#include "policy/syscalls/syscalls.h"

#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum layout {
	OURS,
	CHAIN,
	TREE,
	LAYOUTS,
};

static const char *const layout_names[] = {"cofferdam", "libseccomp", "libseccomp-tree"};

struct figures {
	struct bpf_program program;
	long *compile_ns, *load_ns;
};

static long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	const long *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static long median(long *values, size_t n)
{
	qsort(values, n, sizeof *values, compare);
	return values[n / 2];
}

static uint32_t scmp_action(uint32_t action)
{
	switch (action & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
		return SCMP_ACT_ALLOW;
	case SECCOMP_RET_ERRNO:
		return SCMP_ACT_ERRNO(action & SECCOMP_RET_DATA);
	default:
		return SCMP_ACT_KILL_PROCESS;
	}
}

/* False for what libseccomp has no words for. */
static bool scmp_conds(const struct seccomp_rule *rule, struct scmp_arg_cmp *out)
{
	static const enum scmp_compare ops[] = {[SECCOMP_OP_NE] = SCMP_CMP_NE,
		[SECCOMP_OP_LT] = SCMP_CMP_LT,
		[SECCOMP_OP_LE] = SCMP_CMP_LE,
		[SECCOMP_OP_EQ] = SCMP_CMP_EQ,
		[SECCOMP_OP_GE] = SCMP_CMP_GE,
		[SECCOMP_OP_GT] = SCMP_CMP_GT,
		[SECCOMP_OP_MASKED_EQ] = SCMP_CMP_MASKED_EQ};

	for (size_t i = 0; i < rule->n_conds; i++) {
		if (rule->conds[i].op > SECCOMP_OP_MASKED_EQ || rule->any || rule->n_conds > SECCOMP_ARG_COUNT)
			return false;
		out[i] = (struct scmp_arg_cmp){
			rule->conds[i].index, ops[rule->conds[i].op], rule->conds[i].value, rule->conds[i].value_two};
	}
	return true;
}

/* Unlike us, libseccomp has no order of rules: what it refuses to add on top (a second answer) is left out, which makes
 * its program shorter, not longer. */
static scmp_filter_ctx fill(const struct seccomp_policy *policy, enum layout layout)
{
	scmp_filter_ctx filter = seccomp_init(scmp_action(policy->default_action));

	if (filter == NULL)
		return NULL;
	if (layout == TREE)
		seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct seccomp_rule *rule = &policy->rules[i];
		struct scmp_arg_cmp conds[SECCOMP_ARG_COUNT];

		if (rule->inactive || !scmp_conds(rule, conds))
			continue;
		for (size_t n = 0; n < rule->n_numbers; n++)
			seccomp_rule_add_array(filter, scmp_action(rule->action), (int)rule->numbers[n],
				(unsigned)rule->n_conds, conds);
	}
	return filter;
}

static int by_libseccomp(const struct seccomp_policy *policy, enum layout layout, struct bpf_program *program)
{
	int fd = memfd_create("filter", MFD_CLOEXEC), result = -1;
	scmp_filter_ctx filter = fill(policy, layout);
	off_t size;

	if (fd >= 0 && filter != NULL && seccomp_export_bpf(filter, fd) == 0 && (size = lseek(fd, 0, SEEK_END)) > 0) {
		program->insns = malloc((size_t)size);
		program->len = (size_t)size / sizeof *program->insns;
		result = program->insns != NULL && pread(fd, program->insns, (size_t)size, 0) == size ? 0 : -1;
	}
	seccomp_release(filter);
	close(fd);
	return result;
}

static int compile(const struct seccomp_policy *policy, enum layout layout, struct bpf_program *program)
{
	struct error err;

	return layout == OURS ? seccomp_policy_compile(policy, program, &err) : by_libseccomp(policy, layout, program);
}

static long load_ns(const struct bpf_program *program)
{
	struct sock_fprog fprog = {(unsigned short)program->len, program->insns};
	int ends[2], status;
	long ns = -1;
	pid_t child;

	if (pipe(ends) < 0 || (child = fork()) < 0)
		return -1;
	if (child == 0) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		ns = now();
		if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &fprog) < 0)
			_exit(1);
		ns = now() - ns;
		_exit(write(ends[1], &ns, sizeof ns) != sizeof ns);
	}
	close(ends[1]);
	if (read(ends[0], &ns, sizeof ns) != sizeof ns)
		ns = -1;
	close(ends[0]);
	waitpid(child, &status, 0);
	return ns;
}

static int measure(const char *name, const struct seccomp_policy *policy, size_t rounds)
{
	struct figures all[LAYOUTS] = {0};

	for (size_t i = 0; i < LAYOUTS; i++) {
		all[i].compile_ns = calloc(rounds, sizeof(long));
		all[i].load_ns = calloc(rounds, sizeof(long));
		if (all[i].compile_ns == NULL || all[i].load_ns == NULL)
			return -1;
	}
	for (size_t round = 0; round < rounds; round++)
		for (unsigned i = 0; i < LAYOUTS; i++) {
			long start = now();

			bpf_program_free(&all[i].program);
			if (compile(policy, i, &all[i].program) < 0)
				return -1;
			all[i].compile_ns[round] = now() - start;
			all[i].load_ns[round] = load_ns(&all[i].program);
		}
	for (unsigned i = 0; i < LAYOUTS; i++) {
		printf("%s\t%s\t%zu\t%ld\t%ld\n", name, layout_names[i], all[i].program.len,
			median(all[i].compile_ns, rounds), median(all[i].load_ns, rounds));
		bpf_program_free(&all[i].program);
		free(all[i].compile_ns);
		free(all[i].load_ns);
	}
	return 0;
}

int main(int argc, char **argv)
{
	size_t rounds = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;

	if (rounds == 0) {
		fputs("usage: seccomp ROUNDS NAME|FILE…\n", stderr);
		return 2;
	}
	for (int i = 2; i < argc; i++) {
		struct seccomp_policy *policy = NULL;
		struct error err;

		if (seccomp_policy_load(argv[i], &seccomp_context_default, &policy, &err) < 0) {
			error_print("seccomp", &err);
			continue;
		}
		if (measure(argv[i], policy, rounds) < 0)
			fprintf(stderr, "seccomp: %s: not measured\n", argv[i]);
		seccomp_policy_free(policy);
	}
	return 0;
}
