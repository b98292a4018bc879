/* The interpreter: what the kernel refuses is refused, and each instruction does what the kernel's does. */
#include "tests/unit/seccomp_support.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)
#define RET(k) BPF_STMT(BPF_RET | BPF_K, k)
#define RET_A BPF_STMT(BPF_RET | BPF_A, 0)
#define ALLOWED SECCOMP_RET_ALLOW

struct sample {
	const char *what;
	struct sock_filter insns[8];
	size_t len;
	uint32_t expected; /* what the program returns; for a refused one SECCOMP_RET_KILL_PROCESS */
};

static const struct seccomp_data call = {.nr = 42,
	.arch = 7,
	.instruction_pointer = 0x1122334455667788,
	.args = {0xaabbccdd00000001, 2, 3, 4, 5, 0xffffffff12345678}};

static const struct sample refused[] = {
	{"no instruction", {RET(ALLOWED)}, 0, 0},
	{"no return at the end", {RET(ALLOWED), LOAD(0)}, 2, 0},
	{"a jump at the end", {RET(ALLOWED), BPF_STMT(BPF_JMP | BPF_JA, 0)}, 2, 0},
	{"a load past struct seccomp_data", {LOAD(64), RET(ALLOWED)}, 2, 0},
	{"an unaligned load", {LOAD(2), RET(ALLOWED)}, 2, 0},
	{"a load of a byte", {BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0), RET(ALLOWED)}, 2, 0},
	{"a load of a half-word", {BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0), RET(ALLOWED)}, 2, 0},
	{"an indirect load", {BPF_STMT(BPF_LD | BPF_W | BPF_IND, 0), RET(ALLOWED)}, 2, 0},
	{"a packet header's length", {BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0), RET(ALLOWED)}, 2, 0},
	{"modulo", {BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, 3), RET(ALLOWED)}, 2, 0},
	{"a return of X", {BPF_STMT(BPF_RET | BPF_X, 0)}, 1, 0},
	{"a jump past the end", {BPF_STMT(BPF_JMP | BPF_JA, 1), RET(ALLOWED)}, 2, 0},
	{"a far jump", {BPF_STMT(BPF_JMP | BPF_JA, UINT32_MAX), RET(ALLOWED)}, 2, 0},
	{"a true branch past the end", {BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0), RET(ALLOWED)}, 2, 0},
	{"a false branch past the end", {BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1), RET(ALLOWED)}, 2, 0},
	{"division by zero", {BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 0), RET(ALLOWED)}, 2, 0},
	{"a shift by 32", {BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 32), RET(ALLOWED)}, 2, 0},
	{"scratch word 16", {BPF_STMT(BPF_ST, BPF_MEMWORDS), RET(ALLOWED)}, 2, 0},
	{"an unwritten scratch word", {BPF_STMT(BPF_LD | BPF_MEM, 0), RET_A}, 2, 0},
	{"a scratch word written on one branch only",
		{BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 1), BPF_STMT(BPF_ST, 3), BPF_STMT(BPF_LD | BPF_MEM, 3),
			RET_A},
		4, 0},
};

static const struct sample run[] = {
	{"return of a constant", {RET(123)}, 1, 123},
	{"the number", {LOAD(0), RET_A}, 2, 42},
	{"the architecture", {LOAD(4), RET_A}, 2, 7},
	{"the low half of the first argument", {LOAD(16), RET_A}, 2, 1},
	{"its high half", {LOAD(20), RET_A}, 2, 0xaabbccdd},
	{"the last word", {LOAD(60), RET_A}, 2, 0xffffffff},
	{"the length", {BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0), RET_A}, 2, 64},
	{"the length in X", {BPF_STMT(BPF_LDX | BPF_W | BPF_LEN, 0), BPF_STMT(BPF_MISC | BPF_TXA, 0), RET_A}, 3, 64},
	{"immediates, A - X",
		{BPF_STMT(BPF_LD | BPF_IMM, 3), BPF_STMT(BPF_LDX | BPF_IMM, 5), BPF_STMT(BPF_ALU | BPF_SUB | BPF_X, 0),
			RET_A},
		4, 0xfffffffe},
	{"TAX, A * X", {LOAD(0), BPF_STMT(BPF_MISC | BPF_TAX, 0), BPF_STMT(BPF_ALU | BPF_MUL | BPF_X, 0), RET_A}, 4,
		1764},
	{"A + k", {LOAD(0), BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, UINT32_MAX), RET_A}, 3, 41},
	{"A / k", {LOAD(0), BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 5), RET_A}, 3, 8},
	{"A / X, X = 0: the filter ends with 0", {LOAD(0), BPF_STMT(BPF_ALU | BPF_DIV | BPF_X, 0), RET(ALLOWED)}, 3,
		SECCOMP_RET_KILL_THREAD},
	{"A & k", {LOAD(60), BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xf0), RET_A}, 3, 0xf0},
	{"A | k", {LOAD(0), BPF_STMT(BPF_ALU | BPF_OR | BPF_K, 0x100), RET_A}, 3, 0x12a},
	{"A ^ k", {LOAD(0), BPF_STMT(BPF_ALU | BPF_XOR | BPF_K, 2), RET_A}, 3, 40},
	{"A << k", {LOAD(0), BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 31), RET_A}, 3, 0},
	{"A >> k", {LOAD(0), BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 1), RET_A}, 3, 21},
	{"-A", {LOAD(4), BPF_STMT(BPF_ALU | BPF_NEG, 0), RET_A}, 3, 0xfffffff9},
	{"scratch memory",
		{LOAD(0), BPF_STMT(BPF_ST, 15), BPF_STMT(BPF_LD | BPF_IMM, 0), BPF_STMT(BPF_LDX | BPF_MEM, 15),
			BPF_STMT(BPF_STX, 0), BPF_STMT(BPF_LD | BPF_MEM, 0), RET_A},
		7, 42},
	{"JA", {BPF_STMT(BPF_JMP | BPF_JA, 1), RET(1), RET(2)}, 3, 2},
	{"JEQ, true", {LOAD(0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 42, 1, 0), RET(0), RET(1)}, 4, 1},
	{"JEQ, false", {LOAD(0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 43, 1, 0), RET(0), RET(1)}, 4, 0},
	{"JGT, equal", {LOAD(0), BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 42, 1, 0), RET(0), RET(1)}, 4, 0},
	{"JGE, equal", {LOAD(0), BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 42, 1, 0), RET(0), RET(1)}, 4, 1},
	{"JGT is unsigned", {LOAD(60), BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 1, 1, 0), RET(0), RET(1)}, 4, 1},
	{"JSET, true", {LOAD(0), BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 2, 1, 0), RET(0), RET(1)}, 4, 1},
	{"JSET, false", {LOAD(0), BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 4, 1, 0), RET(0), RET(1)}, 4, 0},
	{"JEQ with X",
		{BPF_STMT(BPF_LDX | BPF_IMM, 42), LOAD(0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 1, 0), RET(0),
			RET(1)},
		5, 1},
};

static void check(const struct sample *sample, bool valid, uint32_t expected)
{
	struct sock_filter insns[COUNT(sample->insns)];
	const struct bpf_program program = {.insns = insns, .len = sample->len};
	uint32_t got;

	memcpy(insns, sample->insns, sizeof insns);
	got = bpf_program_run(&program, &call);
	if (bpf_program_valid(&program) != valid || got != expected)
		fail_msg("%s: %#x", sample->what, got);
}

static void test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++)
		check(&refused[i], false, SECCOMP_RET_KILL_PROCESS);
}

static void test_run(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(run); i++)
		check(&run[i], true, run[i].expected);
}

/* The kernel refuses the same programs. The child's exit code is 1 + the index of one that it takes. */
static void test_kernel_refuses_too(void **state)
{
	int status;
	pid_t child = fork();

	(void)state;
	assert_true(child >= 0);
	if (child == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
			_exit(100);
		for (size_t i = 0; i < COUNT(refused); i++) {
			struct sock_filter insns[COUNT(refused[i].insns)];
			struct sock_fprog program = {(unsigned short)refused[i].len, insns};

			memcpy(insns, refused[i].insns, sizeof insns);
			if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0 || errno != EINVAL)
				_exit((int)i + 1);
		}
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void test_length(void **state)
{
	static struct sock_filter insns[BPF_MAXINSNS + 1];
	struct bpf_program program = {.insns = insns, .len = BPF_MAXINSNS};

	(void)state;
	for (size_t i = 0; i < COUNT(insns); i++)
		insns[i] = (struct sock_filter)RET(5);
	assert_int_equal(bpf_program_run(&program, &call), 5);
	program.len++;
	assert_true(bpf_program_run(&program, &call) == SECCOMP_RET_KILL_PROCESS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_run),
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_kernel_refuses_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
