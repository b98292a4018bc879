#include "policy/seccomp/bpf_emit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#define JUMP_MAX 255
#define RET (BPF_RET | BPF_K)

static struct sock_filter *insn_at(struct bpf_emit *e, bpf_label label)
{
	return &e->insns[BPF_MAXINSNS - 1 - label];
}

bpf_label bpf_emit_insn(struct bpf_emit *e, uint16_t code, uint32_t k)
{
	if (e->len == BPF_MAXINSNS) {
		e->overflow = true;
		return 0;
	}
	*insn_at(e, e->len) = (struct sock_filter){.code = code, .k = k};
	return e->len++;
}

/* How many instructions lie between one emitted now and the target. */
static size_t distance(const struct bpf_emit *e, bpf_label target)
{
	return e->len - 1 - target;
}

bpf_label bpf_emit_return(struct bpf_emit *e, uint32_t action)
{
	for (bpf_label at = e->len; at-- > 0 && distance(e, at) < JUMP_MAX;)
		if (insn_at(e, at)->code == RET && insn_at(e, at)->k == action)
			return at;
	return bpf_emit_insn(e, RET, action);
}

/* A label within reach of the next instructions that does what `target` does. */
static bpf_label reach(struct bpf_emit *e, bpf_label target)
{
	const struct sock_filter *insn = insn_at(e, target);

	if (distance(e, target) < JUMP_MAX) /* one less: the other target may need a stepping stone, too */
		return target;
	if (insn->code == RET)
		return bpf_emit_return(e, insn->k);
	return bpf_emit_insn(e, BPF_JMP | BPF_JA, (uint32_t)distance(e, target));
}

/* Where to enter `target` when A holds what its first instruction would load. */
static bpf_label behind_load(struct bpf_emit *e, bpf_label target, uint32_t loaded)
{
	const struct sock_filter *insn = insn_at(e, target);

	if (loaded == BPF_NOT_LOADED || insn->code != (BPF_LD | BPF_W | BPF_ABS) || insn->k != loaded)
		return target;
	return target - 1;
}

bpf_label bpf_emit_jump(
	struct bpf_emit *e, uint16_t op, uint32_t k, bpf_label if_true, bpf_label if_false, uint32_t loaded)
{
	bpf_label at;

	if (e->overflow)
		return 0;
	if_true = behind_load(e, if_true, loaded);
	if_false = behind_load(e, if_false, loaded);
	if_true = reach(e, if_true);
	if_false = reach(e, if_false);
	at = bpf_emit_insn(e, BPF_JMP | op | BPF_K, k);
	if (e->overflow)
		return 0;
	insn_at(e, at)->jt = (uint8_t)(at - 1 - if_true);
	insn_at(e, at)->jf = (uint8_t)(at - 1 - if_false);
	return at;
}

static bool is_conditional(const struct sock_filter *insn)
{
	return BPF_CLASS(insn->code) == BPF_JMP && BPF_OP(insn->code) != BPF_JA;
}

/* Numbers the instructions that can be reached: place[i] is where instruction i will stand, or SIZE_MAX. */
static size_t place_reachable(const struct sock_filter *insns, size_t len, size_t *place)
{
	size_t next = 0;

	for (size_t i = 0; i < len; i++)
		place[i] = SIZE_MAX;
	place[0] = 0;
	for (size_t i = 0; i < len; i++) {
		if (place[i] == SIZE_MAX)
			continue;
		place[i] = next++;
		if (is_conditional(&insns[i])) {
			place[i + 1 + insns[i].jt] = 0;
			place[i + 1 + insns[i].jf] = 0;
		} else if (insns[i].code == (BPF_JMP | BPF_JA)) {
			place[i + 1 + insns[i].k] = 0;
		} else if (BPF_CLASS(insns[i].code) != BPF_RET) {
			place[i + 1] = 0;
		}
	}
	return next;
}

int bpf_emit_finish(const struct bpf_emit *e, struct bpf_program *program)
{
	const struct sock_filter *from = &e->insns[BPF_MAXINSNS - e->len];
	size_t place[BPF_MAXINSNS];

	if (e->overflow) {
		errno = E2BIG;
		return -1;
	}
	program->len = place_reachable(from, e->len, place);
	program->insns = calloc(e->len + 1, sizeof *program->insns);
	if (program->insns == NULL)
		return -1;
	for (size_t i = 0; i < e->len; i++) {
		struct sock_filter *to;

		if (place[i] == SIZE_MAX)
			continue;
		to = &program->insns[place[i]];
		*to = from[i];
		/* What lies between can only have become less. */
		if (is_conditional(to)) {
			to->jt = (uint8_t)(place[i + 1 + from[i].jt] - place[i] - 1);
			to->jf = (uint8_t)(place[i + 1 + from[i].jf] - place[i] - 1);
		} else if (to->code == (BPF_JMP | BPF_JA)) {
			to->k = (uint32_t)(place[i + 1 + from[i].k] - place[i] - 1);
		}
	}
	return 0;
}
