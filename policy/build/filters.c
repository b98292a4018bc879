/* At build time: prints policy/seccomp/prebuilt.h's table, the compiled filters of all shipped policies, as C. */
#include "common/builtin.h"
#include "common/error.h"
#include "policy/seccomp/crosscheck.h"
#include "policy/seccomp/ids.h"
#include "policy/seccomp/notify.h"
#include "policy/seccomp/rules.h"
#include "policy/syscalls/syscalls.h"

#include <stdio.h>
#include <string.h>

#define DIR "profiles/seccomp/"

static void print_program(const char *kind, size_t number, const struct bpf_program *program)
{
	printf("static const struct sock_filter %s_%zu[] = {\n", kind, number);
	for (size_t i = 0; i < program->len; i++)
		printf("\t{0x%02x, %u, %u, 0x%08x},\n", program->insns[i].code, program->insns[i].jt,
			program->insns[i].jf, program->insns[i].k);
	printf("};\n\n");
}

static int print_filter(const char *name, size_t number, struct error *err)
{
	struct seccomp_policy *policy = NULL;
	struct bpf_program plain = {0}, telling = {0};

	if (seccomp_policy_load(name, &seccomp_context_default, &policy, err) < 0)
		return -1;
	if (!seccomp_policy_lets_start(policy) || !seccomp_policy_always_allows(policy, syscall_number("prlimit64")))
		return error_set(
			err, 0, "%s: a shipped policy must allow what lies between it and the command", policy->name);
	if (seccomp_policy_compile(policy, &plain, err) < 0 || seccomp_policy_crosscheck(policy, &plain, err) < 0 ||
		seccomp_notify_compile(policy, &telling, err) < 0)
		return -1;
	print_program("plain", number, &plain);
	print_program("telling", number, &telling);
	printf("#define ID_CALLS_%zu 0x%xu\n\n", number, seccomp_id_calls(policy));
	seccomp_policy_free(policy);
	bpf_program_free(&plain);
	bpf_program_free(&telling);
	return 0;
}

static void print_row(const char *name, size_t number)
{
	printf("\t{\"%s\", plain_%zu, telling_%zu, sizeof plain_%zu / sizeof plain_%zu[0],\n"
	       "\t\tsizeof telling_%zu / sizeof telling_%zu[0], ID_CALLS_%zu},\n",
		name, number, number, number, number, number, number, number);
}

/* The NAME of "profiles/seccomp/NAME.json" in `name`; false for another file. */
static bool policy_name(const struct builtin_file *file, char *name, size_t size)
{
	const size_t prefix = sizeof DIR - 1, suffix = sizeof ".json" - 1, len = strlen(file->path);

	if (strncmp(file->path, DIR, prefix) != 0 || len - prefix - suffix >= size)
		return false;
	memcpy(name, file->path + prefix, len - prefix - suffix);
	name[len - prefix - suffix] = '\0';
	return true;
}

int main(void)
{
	struct error err;
	char name[64];

	printf("#include \"policy/seccomp/prebuilt.h\"\n\n");
	for (size_t i = 0; i < builtin_files_count; i++)
		if (policy_name(&builtin_files[i], name, sizeof name) && print_filter(name, i, &err) < 0) {
			error_print("filters", &err);
			return 1;
		}
	printf("const struct prebuilt_filter prebuilt_filters[] = {\n");
	for (size_t i = 0; i < builtin_files_count; i++)
		if (policy_name(&builtin_files[i], name, sizeof name))
			print_row(name, i);
	printf("\t{0},\n};\n");
	return fflush(stdout) != 0;
}
