/* `filter NAME` writes the compiled filter of a shipped seccomp policy to standard output, as seccomp(2) takes it. */
#include "common/error.h"
#include "common/io.h"
#include "policy/builtin.h"
#include "policy/seccomp.h"

#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	const struct builtin_file *file = argc == 2 ? builtin_find_named("profiles/seccomp", argv[1]) : NULL;
	struct seccomp_policy *policy = NULL;
	struct bpf_program program = {0};
	struct error err;

	if (file == NULL) {
		fputs("usage: filter NAME\n", stderr);
		return 2;
	}
	if (seccomp_policy_parse(file->path, file->text, (size_t)(file->end - file->text), &seccomp_context_default,
		    &policy, &err) < 0 ||
		seccomp_policy_compile(policy, &program, &err) < 0) {
		error_print("filter", &err);
		return 1;
	}
	return write_all(STDOUT_FILENO, program.insns, program.len * sizeof program.insns[0]) < 0;
}
