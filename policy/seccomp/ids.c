#include "policy/seccomp/ids.h"

#include "policy/seccomp/notify.h"
#include "policy/seccomp/rules.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#define LOAD (BPF_LD | BPF_W | BPF_ABS)
#define JUMP(op) (BPF_JMP | (op) | BPF_K)
#define UNCHANGED UINT32_MAX /* (uid_t)-1 */

/* Each check looks at one argument and goes on with the next one of its chain. */
static const struct id_check {
	unsigned arg;
	bool gid, last;
} checks[] = {
	{1, false, false}, /* chown(path, UID, GID) and the like */
	{2, true, true},
	{2, false, false}, /* fchownat(dir, path, UID, GID, flags) */
	{3, true, true},
	{2, false, false}, /* setresuid(…, …, UID), setreuid from the second, setuid from the third */
	{1, false, false},
	{0, false, true},
	{2, true, false},
	{1, true, false},
	{0, true, true},
};
#define N_CHECKS (sizeof checks / sizeof checks[0])
#define CHECK_LEN 4

/* The calls, from the highest number down, and the check that each begins with. */
static const struct id_call {
	unsigned number;
	unsigned check;
} calls_taking_ids[] = {
#if defined(__x86_64__)
	{SYS_fchownat, 2},
	{SYS_setresgid, 7},
	{SYS_setresuid, 4},
	{SYS_setregid, 8},
	{SYS_setreuid, 5},
	{SYS_setgid, 9},
	{SYS_setuid, 6},
	{SYS_lchown, 0},
	{SYS_fchown, 0},
	{SYS_chown, 0},
#else
	{SYS_setresgid, 7},
	{SYS_setresuid, 4},
	{SYS_setuid, 6},
	{SYS_setreuid, 5},
	{SYS_setgid, 9},
	{SYS_setregid, 8},
	{SYS_fchown, 0},
	{SYS_fchownat, 2},
#endif
};
#define N_CALLS (sizeof calls_taking_ids / sizeof calls_taking_ids[0])

/* Numbers between two calls that lie further apart are let go at once, rather than compared with every other call: the
 * kernel runs the filter for each number when it is loaded. */
#define GAP 16

/* Architecture and number: two loads and two jumps; a jump for each call and in front of each group; checks; return. */
#define PREFIX_MAX (4 + 2 * N_CALLS + N_CHECKS * CHECK_LEN + 1)
_Static_assert(PREFIX_MAX < UINT8_MAX, "every place of it is within reach of a jump");

struct prefix {
	struct sock_filter insns[PREFIX_MAX];
	size_t len, checks, refuse, end; /* places: of the first check, of the refusal, behind everything */
};

static void add(struct prefix *p, uint16_t code, uint32_t k)
{
	p->insns[p->len++] = (struct sock_filter){.code = code, .k = k};
}

/* Where `yes` and `no` are places in the prefix. */
static void add_jump(struct prefix *p, uint16_t op, uint32_t k, size_t yes, size_t no)
{
	add(p, JUMP(op), k);
	p->insns[p->len - 1].jt = (uint8_t)(yes - p->len);
	p->insns[p->len - 1].jf = (uint8_t)(no - p->len);
}

static void add_check(struct prefix *p, const struct id_check *check, const struct seccomp_ids *ids)
{
	const size_t behind = p->len + CHECK_LEN, next = check->last ? p->end : behind;

	add(p, LOAD, (uint32_t)(offsetof(struct seccomp_data, args) + check->arg * sizeof(uint64_t)));
	add_jump(p, BPF_JEQ, UNCHANGED, next, p->len + 1);
	add_jump(p, BPF_JGE, check->gid ? ids->first_gid : ids->first_uid, p->len + 1, p->refuse);
	add_jump(p, BPF_JGT, check->gid ? ids->last_gid : ids->last_uid, p->refuse, next);
}

/* The calls among `wanted`, in their order; how many groups they form. */
static size_t choose(uint32_t wanted, const struct id_call *chosen[N_CALLS], size_t *groups)
{
	size_t n = 0;

	*groups = 0;
	for (size_t i = 0; i < N_CALLS; i++) {
		if ((wanted & UINT32_C(1) << i) == 0)
			continue;
		*groups += n == 0 || chosen[n - 1]->number - calls_taking_ids[i].number > GAP;
		chosen[n++] = &calls_taking_ids[i];
	}
	return n;
}

static void add_calls(struct prefix *p, const struct id_call *const *chosen, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || chosen[i - 1]->number - chosen[i]->number > GAP)
			add_jump(p, BPF_JGT, chosen[i]->number, p->end, p->len + 1);
		add_jump(p, BPF_JEQ, chosen[i]->number, p->checks + chosen[i]->check * CHECK_LEN,
			i + 1 < n ? p->len + 1 : p->end);
	}
}

uint32_t seccomp_id_calls(const struct seccomp_policy *policy)
{
	uint32_t calls = 0;

	for (size_t i = 0; i < N_CALLS; i++)
		if (seccomp_policy_always_allows(policy, (int)calls_taking_ids[i].number))
			calls |= UINT32_C(1) << i;
	return calls;
}

static int put_before(const struct prefix *p, struct bpf_program *program, struct error *err)
{
	struct sock_filter *insns;

	if (p->len + program->len > BPF_MAXINSNS)
		return 0; /* a policy of nearly as many instructions as the kernel takes: the answer stays EINVAL */
	insns = malloc((p->len + program->len) * sizeof *insns);
	if (insns == NULL)
		return error_set(err, ENOMEM, "seccomp");
	memcpy(insns, p->insns, p->len * sizeof *insns);
	memcpy(insns + p->len, program->insns, program->len * sizeof *insns);
	if (!program->borrowed)
		free(program->insns);
	*program = (struct bpf_program){.insns = insns, .len = p->len + program->len};
	return 0;
}

int seccomp_refuse_unmapped(
	const struct seccomp_ids *ids, uint32_t calls, struct bpf_program *program, struct error *err)
{
	const struct id_call *chosen[N_CALLS];
	struct prefix p = {.len = 0};
	size_t groups, n = choose(calls, chosen, &groups);

	if (n == 0)
		return 0;
	p.checks = 4 + n + groups;
	p.refuse = p.checks + N_CHECKS * CHECK_LEN;
	p.end = p.refuse + 1;
	add(&p, LOAD, offsetof(struct seccomp_data, arch));
	add_jump(&p, BPF_JEQ, seccomp_native_arch(), p.len + 1, p.end);
	add(&p, LOAD, offsetof(struct seccomp_data, nr));
	add_jump(&p, BPF_JGE, chosen[n - 1]->number, p.len + 1, p.end);
	add_calls(&p, chosen, n);
	for (size_t i = 0; i < N_CHECKS; i++)
		add_check(&p, &checks[i], ids);
	add(&p, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	return put_before(&p, program, err);
}
