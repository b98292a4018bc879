#include "policy/seccomp/watched.h"

#include "policy/seccomp/notify.h"
#include "policy/seccomp/rules.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define CWD WATCHED_NONE
#define NONE WATCHED_NONE

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

/* The rows of one call stand together. */
static const struct watched_call calls[] = {
	{SYS_openat, WATCHED_OPEN, 0, 1, 2, false},
	{SYS_openat2, WATCHED_OPEN, 0, 1, NONE, false}, /* its flags lie in memory */
	{SYS_mkdirat, WATCHED_MAKE, 0, 1, NONE, false},
	{SYS_mknodat, WATCHED_MAKE, 0, 1, 2, false},
	{SYS_symlinkat, WATCHED_MAKE, 1, 2, NONE, false},
	{SYS_linkat, WATCHED_MAKE, 2, 3, NONE, false},
	{SYS_unlinkat, WATCHED_REMOVE, 0, 1, NONE, false},
	{SYS_renameat2, WATCHED_REMOVE, 0, 1, NONE, false},
	{SYS_renameat2, WATCHED_REPLACE, 2, 3, NONE, false},
	{SYS_truncate, WATCHED_CHANGE, CWD, 0, NONE, false},
	{SYS_fchmodat, WATCHED_CHANGE, 0, 1, NONE, false},
	{SYS_fchmodat2, WATCHED_CHANGE, 0, 1, 3, false},
	{SYS_fchownat, WATCHED_CHANGE, 0, 1, 4, false},
	{SYS_utimensat, WATCHED_CHANGE, 0, 1, 3, false},
	{SYS_setxattr, WATCHED_CHANGE, CWD, 0, NONE, false},
	{SYS_lsetxattr, WATCHED_CHANGE, CWD, 0, NONE, true},
	{SYS_removexattr, WATCHED_CHANGE, CWD, 0, NONE, false},
	{SYS_lremovexattr, WATCHED_CHANGE, CWD, 0, NONE, true},
	{SYS_execve, WATCHED_EXEC, CWD, 0, NONE, false},
	{SYS_execveat, WATCHED_EXEC, 0, 1, 4, false},
	{SYS_prctl, WATCHED_PRCTL, NONE, NONE, NONE, false},
#ifdef SYS_renameat
	{SYS_renameat, WATCHED_REMOVE, 0, 1, NONE, false},
	{SYS_renameat, WATCHED_REPLACE, 2, 3, NONE, false},
#endif
#ifdef SYS_open
	{SYS_open, WATCHED_OPEN, CWD, 0, 1, false},
	{SYS_creat, WATCHED_OPEN, CWD, 0, NONE, false},
	{SYS_mkdir, WATCHED_MAKE, CWD, 0, NONE, false},
	{SYS_mknod, WATCHED_MAKE, CWD, 0, 1, false},
	{SYS_symlink, WATCHED_MAKE, CWD, 1, NONE, false},
	{SYS_link, WATCHED_MAKE, CWD, 1, NONE, false},
	{SYS_unlink, WATCHED_REMOVE, CWD, 0, NONE, false},
	{SYS_rmdir, WATCHED_REMOVE, CWD, 0, NONE, false},
	{SYS_rename, WATCHED_REMOVE, CWD, 0, NONE, false},
	{SYS_rename, WATCHED_REPLACE, CWD, 1, NONE, false},
	{SYS_chmod, WATCHED_CHANGE, CWD, 0, NONE, false},
	{SYS_chown, WATCHED_CHANGE, CWD, 0, NONE, false},
	{SYS_lchown, WATCHED_CHANGE, CWD, 0, NONE, true},
	{SYS_utime, WATCHED_CHANGE, CWD, 0, NONE, false},
	{SYS_utimes, WATCHED_CHANGE, CWD, 0, NONE, false},
#endif
};
#define N_CALLS (sizeof calls / sizeof calls[0])

static const unsigned options[] = {PR_CAPBSET_DROP, PR_SET_SECUREBITS, PR_CAP_AMBIENT};
#define N_OPTIONS (sizeof options / sizeof options[0])

#define LOAD (BPF_LD | BPF_W | BPF_ABS)
#define JUMP(op) (BPF_JMP | (op) | BPF_K)
#define ARG(index) ((uint32_t)(offsetof(struct seccomp_data, args) + (index) * sizeof(uint64_t)))
#define WRITING (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)

/* Architecture and number: three; a jump for each call, one past them all; flags of openat and open, options of prctl:
 * a load and a jump each; the return. */
#define PREFIX_MAX (3 + N_CALLS + 1 + 2 + 2 + 1 + N_OPTIONS + 1)
_Static_assert(PREFIX_MAX < UINT8_MAX, "every place of it is within reach of a jump");

struct prefix {
	struct sock_filter insns[PREFIX_MAX];
	size_t len;
};

const struct watched_call *watched_rows(unsigned number, unsigned *n)
{
	const struct watched_call *first = NULL;

	*n = 0;
	for (size_t i = 0; i < N_CALLS; i++)
		if (calls[i].number == number) {
			first = first == NULL ? &calls[i] : first;
			++*n;
		}
	return first;
}

static void add(struct prefix *p, uint16_t code, uint32_t k, size_t yes, size_t no)
{
	p->insns[p->len++] = (struct sock_filter){.code = code, .k = k};
	if (BPF_CLASS(code) == BPF_JMP && BPF_OP(code) != BPF_JA) {
		p->insns[p->len - 1].jt = (uint8_t)(yes - p->len);
		p->insns[p->len - 1].jf = (uint8_t)(no - p->len);
	}
}

/* Where the places are that the jumps of the calls lead to; `end` is behind everything. */
struct places {
	size_t openat, open, prctl, notify, end;
};

static size_t place_of(const struct watched_call *call, const struct places *at)
{
	if (call->kind == WATCHED_PRCTL)
		return at->prctl;
	if (call->kind == WATCHED_OPEN && call->flags != NONE)
		return call->flags == 2 ? at->openat : at->open;
	return at->notify;
}

static void build(struct prefix *p, const struct watched_call *const *chosen, size_t n)
{
	const struct places at = {3 + n + 1, 3 + n + 3, 3 + n + 5, 3 + n + 6 + N_OPTIONS, 3 + n + 7 + N_OPTIONS};

	add(p, LOAD, offsetof(struct seccomp_data, arch), 0, 0);
	add(p, JUMP(BPF_JEQ), seccomp_native_arch(), p->len + 1, at.end);
	add(p, LOAD, offsetof(struct seccomp_data, nr), 0, 0);
	for (size_t i = 0; i < n; i++)
		add(p, JUMP(BPF_JEQ), chosen[i]->number, place_of(chosen[i], &at), p->len + 1);
	add(p, BPF_JMP | BPF_JA, (uint32_t)(at.end - p->len - 1), 0, 0);
	add(p, LOAD, ARG(2), 0, 0);
	add(p, JUMP(BPF_JSET), WRITING, at.notify, at.end);
	add(p, LOAD, ARG(1), 0, 0);
	add(p, JUMP(BPF_JSET), WRITING, at.notify, at.end);
	add(p, LOAD, ARG(0), 0, 0);
	for (size_t i = 0; i < N_OPTIONS; i++)
		add(p, JUMP(BPF_JEQ), options[i], at.notify, i + 1 < N_OPTIONS ? p->len + 1 : at.end);
	add(p, BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF | WATCHED_DATA, 0, 0);
}

int watched_notify(const struct seccomp_policy *policy, struct bpf_program *program, struct error *err)
{
	const struct watched_call *chosen[N_CALLS];
	struct prefix p = {.len = 0};
	struct sock_filter *insns;
	size_t n = 0, len;

	for (size_t i = 0; i < N_CALLS; i++)
		if ((i == 0 || calls[i - 1].number != calls[i].number) &&
			seccomp_policy_always_allows(policy, (int)calls[i].number))
			chosen[n++] = &calls[i];
	build(&p, chosen, n);
	len = p.len + program->len;
	if (len > BPF_MAXINSNS)
		return error_set(err, 0, "explain: the filter of %zu instructions leaves no room for %zu more",
			program->len, p.len);
	insns = malloc(len * sizeof *insns);
	if (insns == NULL)
		return error_set(err, ENOMEM, "explain");
	memcpy(insns, p.insns, p.len * sizeof *insns);
	memcpy(insns + p.len, program->insns, program->len * sizeof *insns);
	bpf_program_free(program);
	*program = (struct bpf_program){.insns = insns, .len = len};
	return 0;
}
