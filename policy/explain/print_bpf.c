#include "policy/explain/print_bpf.h"

#include "policy/explain/call.h"

#include <stddef.h>

static void print_load(uint32_t offset, FILE *out)
{
	if (offset == offsetof(struct seccomp_data, nr))
		fputs("load   nr", out);
	else if (offset == offsetof(struct seccomp_data, arch))
		fputs("load   arch", out);
	else if (offset >= offsetof(struct seccomp_data, args) && offset < sizeof(struct seccomp_data))
		fprintf(out, "load   arg%zu.%s", (offset - offsetof(struct seccomp_data, args)) / 8,
			offset % 8 == 0 ? "low" : "high"); /* little-endian, as the compiler is */
	else
		fprintf(out, "load   [%u]", offset);
}

static void print_jump(const struct sock_filter *insn, size_t at, FILE *out)
{
	static const struct {
		unsigned op;
		const char *text;
	} ops[] = {{BPF_JEQ, "=="}, {BPF_JGT, ">"}, {BPF_JGE, ">="}, {BPF_JSET, "&"}};

	if (BPF_OP(insn->code) == BPF_JA) {
		fprintf(out, "goto   %zu", at + 1 + insn->k);
		return;
	}
	for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++)
		if (ops[i].op == BPF_OP(insn->code))
			fprintf(out, "if     %s 0x%x goto %zu else %zu", ops[i].text, insn->k, at + 1 + insn->jt,
				at + 1 + insn->jf);
}

void bpf_program_print(const struct bpf_program *program, FILE *out)
{
	for (size_t i = 0; i < program->len; i++) {
		const struct sock_filter *insn = &program->insns[i];
		char action[64];

		fprintf(out, "%4zu  ", i);
		if (insn->code == (BPF_LD | BPF_W | BPF_ABS)) {
			print_load(insn->k, out);
		} else if (BPF_CLASS(insn->code) == BPF_JMP) {
			print_jump(insn, i, out);
		} else if (insn->code == (BPF_ALU | BPF_AND | BPF_K)) {
			fprintf(out, "and    0x%x", insn->k);
		} else if (insn->code == (BPF_RET | BPF_K)) {
			seccomp_action_print(insn->k, action, sizeof action);
			fprintf(out, "return %s", action);
		} else {
			fprintf(out, "?      0x%x 0x%x", insn->code, insn->k);
		}
		fputc('\n', out);
	}
}
