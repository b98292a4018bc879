/* Runs compiled programs as the kernel would: its checks first (net/core/filter.c bpf_check_classic(), kernel/seccomp.c
 * seccomp_check_filter()), then the interpreter. */
#include "policy/seccomp/seccomp.h"

#include <linux/bpf_common.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <string.h>

/* What the checks ask of an instruction's k. */
enum check {
	REFUSED,  /* the code is not allowed in a seccomp filter */
	ANY,      /* nothing */
	LOADS,    /* the offset of an aligned word in struct seccomp_data */
	NOT_ZERO, /* a divisor */
	SHIFTS,   /* below 32 */
	MEMORY,   /* the index of a scratch word */
	JUMPS,    /* jt and jf inside the program */
	JUMPS_K,  /* k inside the program */
};

static enum check check_of(uint16_t code)
{
	switch (code) {
	case BPF_LD | BPF_W | BPF_ABS:
		return LOADS;
	case BPF_LD | BPF_W | BPF_LEN:
	case BPF_LDX | BPF_W | BPF_LEN:
	case BPF_LD | BPF_IMM:
	case BPF_LDX | BPF_IMM:
	case BPF_MISC | BPF_TAX:
	case BPF_MISC | BPF_TXA:
	case BPF_RET | BPF_K:
	case BPF_RET | BPF_A:
	case BPF_ALU | BPF_ADD | BPF_K:
	case BPF_ALU | BPF_ADD | BPF_X:
	case BPF_ALU | BPF_SUB | BPF_K:
	case BPF_ALU | BPF_SUB | BPF_X:
	case BPF_ALU | BPF_MUL | BPF_K:
	case BPF_ALU | BPF_MUL | BPF_X:
	case BPF_ALU | BPF_DIV | BPF_X:
	case BPF_ALU | BPF_AND | BPF_K:
	case BPF_ALU | BPF_AND | BPF_X:
	case BPF_ALU | BPF_OR | BPF_K:
	case BPF_ALU | BPF_OR | BPF_X:
	case BPF_ALU | BPF_XOR | BPF_K:
	case BPF_ALU | BPF_XOR | BPF_X:
	case BPF_ALU | BPF_LSH | BPF_X:
	case BPF_ALU | BPF_RSH | BPF_X:
	case BPF_ALU | BPF_NEG:
		return ANY;
	case BPF_ALU | BPF_DIV | BPF_K:
		return NOT_ZERO;
	case BPF_ALU | BPF_LSH | BPF_K:
	case BPF_ALU | BPF_RSH | BPF_K:
		return SHIFTS;
	case BPF_LD | BPF_MEM:
	case BPF_LDX | BPF_MEM:
	case BPF_ST:
	case BPF_STX:
		return MEMORY;
	case BPF_JMP | BPF_JA:
		return JUMPS_K;
	case BPF_JMP | BPF_JEQ | BPF_K:
	case BPF_JMP | BPF_JEQ | BPF_X:
	case BPF_JMP | BPF_JGE | BPF_K:
	case BPF_JMP | BPF_JGE | BPF_X:
	case BPF_JMP | BPF_JGT | BPF_K:
	case BPF_JMP | BPF_JGT | BPF_X:
	case BPF_JMP | BPF_JSET | BPF_K:
	case BPF_JMP | BPF_JSET | BPF_X:
		return JUMPS;
	default:
		return REFUSED;
	}
}

/* `left` instructions follow this one. */
static bool insn_valid(const struct sock_filter *insn, size_t left)
{
	switch (check_of(insn->code)) {
	case REFUSED:
		return false;
	case ANY:
		return true;
	case LOADS:
		return insn->k < sizeof(struct seccomp_data) && insn->k % 4 == 0;
	case NOT_ZERO:
		return insn->k != 0;
	case SHIFTS:
		return insn->k < 32;
	case MEMORY:
		return insn->k < BPF_MEMWORDS;
	case JUMPS:
		return insn->jt < left && insn->jf < left;
	case JUMPS_K:
		return insn->k < left;
	}
	return false;
}

/* No scratch word may be read before it was written on every way there; valid[i] are the words that are. */
static bool memory_valid(const struct bpf_program *program)
{
	uint16_t valid[BPF_MAXINSNS], now = 0;

	memset(valid, 0xff, program->len * sizeof valid[0]);
	for (size_t i = 0; i < program->len; i++) {
		const struct sock_filter *insn = &program->insns[i];

		now &= valid[i];
		switch (check_of(insn->code)) {
		case MEMORY:
			if (BPF_CLASS(insn->code) == BPF_ST || BPF_CLASS(insn->code) == BPF_STX)
				now |= (uint16_t)(1u << insn->k);
			else if ((now & (1u << insn->k)) == 0)
				return false;
			break;
		case JUMPS:
			valid[i + 1 + insn->jt] &= now;
			valid[i + 1 + insn->jf] &= now;
			now = UINT16_MAX;
			break;
		case JUMPS_K:
			valid[i + 1 + insn->k] &= now;
			now = UINT16_MAX;
			break;
		default:
			break;
		}
	}
	return true;
}

bool bpf_program_valid(const struct bpf_program *program)
{
	bool memory = false;

	if (program->len < 1 || program->len > BPF_MAXINSNS ||
		BPF_CLASS(program->insns[program->len - 1].code) != BPF_RET)
		return false;
	for (size_t i = 0; i < program->len; i++) {
		if (!insn_valid(&program->insns[i], program->len - 1 - i))
			return false;
		memory |= check_of(program->insns[i].code) == MEMORY;
	}
	return !memory || memory_valid(program);
}

struct machine {
	uint32_t a, x, memory[BPF_MEMWORDS];
};

static uint32_t compute(uint16_t op, uint32_t a, uint32_t operand)
{
	switch (op) {
	case BPF_ADD:
		return a + operand;
	case BPF_SUB:
		return a - operand;
	case BPF_MUL:
		return a * operand;
	case BPF_DIV:
		return a / operand;
	case BPF_AND:
		return a & operand;
	case BPF_OR:
		return a | operand;
	case BPF_XOR:
		return a ^ operand;
	case BPF_LSH:
		return a << (operand & 31); /* as the kernel's 32-bit shifts by a register */
	case BPF_RSH:
		return a >> (operand & 31);
	default:
		return 0 - a; /* BPF_NEG */
	}
}

static bool compare(uint16_t op, uint32_t a, uint32_t operand)
{
	switch (op) {
	case BPF_JEQ:
		return a == operand;
	case BPF_JGT:
		return a > operand;
	case BPF_JGE:
		return a >= operand;
	default:
		return (a & operand) != 0; /* BPF_JSET */
	}
}

static uint32_t load(const struct machine *m, const struct sock_filter *insn, const struct seccomp_data *call)
{
	uint32_t word;

	switch (BPF_MODE(insn->code)) {
	case BPF_ABS:
		memcpy(&word, (const char *)call + insn->k, sizeof word);
		return word;
	case BPF_LEN:
		return sizeof *call;
	case BPF_MEM:
		return m->memory[insn->k];
	default:
		return insn->k; /* BPF_IMM */
	}
}

uint32_t bpf_program_run_valid(const struct bpf_program *program, const struct seccomp_data *call)
{
	struct machine m = {0};

	/* Jumps lead forward and the last instruction returns. */
	for (const struct sock_filter *insn = program->insns;; insn++) {
		uint32_t operand = BPF_SRC(insn->code) == BPF_X ? m.x : insn->k;

		switch (BPF_CLASS(insn->code)) {
		case BPF_LD:
			m.a = load(&m, insn, call);
			break;
		case BPF_LDX:
			m.x = load(&m, insn, call);
			break;
		case BPF_ST:
			m.memory[insn->k] = m.a;
			break;
		case BPF_STX:
			m.memory[insn->k] = m.x;
			break;
		case BPF_ALU:
			if (BPF_OP(insn->code) == BPF_DIV && operand == 0)
				return 0; /* the kernel ends the filter so: SECCOMP_RET_KILL_THREAD */
			m.a = compute(BPF_OP(insn->code), m.a, operand);
			break;
		case BPF_JMP:
			if (BPF_OP(insn->code) == BPF_JA)
				insn += insn->k;
			else
				insn += compare(BPF_OP(insn->code), m.a, operand) ? insn->jt : insn->jf;
			break;
		case BPF_MISC:
			if (BPF_MISCOP(insn->code) == BPF_TAX)
				m.x = m.a;
			else
				m.a = m.x;
			break;
		default:
			return BPF_RVAL(insn->code) == BPF_A ? m.a : insn->k;
		}
	}
}

uint32_t bpf_program_run(const struct bpf_program *program, const struct seccomp_data *call)
{
	return bpf_program_valid(program) ? bpf_program_run_valid(program, call) : SECCOMP_RET_KILL_PROCESS;
}
