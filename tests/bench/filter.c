/* What other launchers are given instead of a shipped policy of ours:
 *   filter bpf NAME      its compiled filter, as seccomp(2) takes it
 *   filter allowed NAME  a JSON array of the system calls that it allows with all arguments 0: container runtimes have
 *                        compilers of their own, which know neither our form nor an order of rules */
#include "common/error.h"
#include "common/io.h"
#include "policy/seccomp/prebuilt.h"
#include "policy/syscalls/syscalls.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int print_allowed(const struct bpf_program *program)
{
	const char *separator = "[";

	for (int nr = 0; nr < SYSCALL_NUMBERS; nr++) {
		const struct seccomp_data call = {.nr = nr, .arch = AUDIT_ARCH_X86_64};
		char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, nr);

		if (name != NULL && bpf_program_run(program, &call) == SECCOMP_RET_ALLOW) {
			printf("%s\"%s\"", separator, name);
			separator = ",";
		}
		free(name);
	}
	puts("]");
	return fflush(stdout) != 0;
}

int main(int argc, char **argv)
{
	struct bpf_program program;

	if (argc != 3 || seccomp_prebuilt_find(argv[2]) == NULL) {
		fputs("usage: filter bpf|allowed NAME\n", stderr);
		return 2;
	}
	program = seccomp_prebuilt(seccomp_prebuilt_find(argv[2]), false);
	if (strcmp(argv[1], "allowed") == 0)
		return print_allowed(&program);
	return write_all(STDOUT_FILENO, program.insns, program.len * sizeof program.insns[0]) < 0;
}
