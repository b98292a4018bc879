/* Writes a classic BPF program backwards, so that the distance of every jump is known.
 *
 * The target of an instruction already exists when the instruction is written. A jump longer than a conditional jump
 * can encode (255) gets an intermediate jump. */
#pragma once

#include "policy/seccomp/seccomp.h"

#include <linux/bpf_common.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A place in the program, counted from its end: 0 is the last instruction. */
typedef size_t bpf_label;

struct bpf_emit {
	struct sock_filter insns[BPF_MAXINSNS]; /* the program is insns[BPF_MAXINSNS - len] and what follows */
	size_t len;
	bool overflow; /* it would have become longer than BPF_MAXINSNS: what is here is worthless */
};

/* Puts one instruction in front of what is there. */
bpf_label bpf_emit_insn(struct bpf_emit *e, uint16_t code, uint32_t k);

/* A label within reach of the next instructions that returns `action`. */
bpf_label bpf_emit_return(struct bpf_emit *e, uint32_t action);

/* Puts "A <op> k ? if_true : if_false" in front; `op` is BPF_JEQ, BPF_JGT or BPF_JGE. `loaded` is the offset that A was
 * loaded from and still holds, or BPF_NOT_LOADED: a target that begins with the same load is entered behind it. */
bpf_label bpf_emit_jump(
	struct bpf_emit *e, uint16_t op, uint32_t k, bpf_label if_true, bpf_label if_false, uint32_t loaded);
#define BPF_NOT_LOADED UINT32_MAX

/* Copies the finished program, without what is never reached. -1 with errno ENOMEM, or E2BIG after an overflow. */
int bpf_emit_finish(const struct bpf_emit *e, struct bpf_program *program);
