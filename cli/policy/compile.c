/* cofferdam policy compile: a seccomp policy for other launchers, or in the other form. */
#include "cli/policy_commands.h"

#include "cli/plan.h"
#include "cli/policy_options.h"
#include "common/cleanup.h"
#include "common/json.h"
#include "policy/bpf_print.h"
#include "policy/seccomp_crosscheck.h"
#include "policy/seccomp_print.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
	"Usage: cofferdam policy compile [OPTION…] NAME|FILE [-o OUTPUT]\n"
	"\n"
	"Translates a seccomp policy, given in either form.\n"
	"\n"
	"  -o, --output FILE          where to (default: standard output)\n"
	"  --format raw               classic BPF, for bwrap --seccomp FD and minijail0 --seccomp-bpf-binary "
	"(default)\n"
	"  --format asm               the same for reading\n"
	"  --format json              OCI's form, for runc, crun, Docker, podman\n"
	"  --format form              our own form\n"
	"  --caps LIST|all|none       for a job with these capabilities (default: none); raw and asm\n"
	"  --kernel VERSION           on this kernel (default: the newest); raw and asm\n"
	"  --allow-unknown-syscalls   skip names that nothing here knows\n";

static void free_policy(struct seccomp_policy **policy)
{
	seccomp_policy_free(*policy);
}

/* What comes out, complete before the output is opened. */
static int translate(const struct seccomp_policy *policy, const char *format, FILE *out, struct error *err)
{
	struct bpf_program program = {0};
	json_t *json = NULL;
	int result = 0;

	if (strcmp(format, "json") == 0 || strcmp(format, "form") == 0) {
		json = format[0] == 'j' ? seccomp_print_oci(policy, err) : seccomp_print_form(policy, err);
		if (json == NULL)
			return -1;
		result = json_dumpf(json, out, JSON_SHOWN);
		fputc('\n', out);
		json_decref(json);
		return result < 0 ? error_set(err, ENOMEM, "policy compile") : 0;
	}
	if (seccomp_policy_compile(policy, &program, err) < 0 || seccomp_policy_crosscheck(policy, &program, err) < 0) {
		bpf_program_free(&program);
		return -1;
	}
	if (strcmp(format, "asm") == 0)
		bpf_program_print(&program, out);
	else
		fwrite(program.insns, sizeof *program.insns, program.len, out);
	bpf_program_free(&program);
	return 0;
}

static int put(const struct policy_options *options, const char *text, size_t size, struct error *err)
{
	char *temporary;
	FILE *out;

	if (options->output == NULL && options->format[0] == 'r' && isatty(STDOUT_FILENO)) {
		error_set(err, 0, "policy compile: a program is not for a terminal");
		return error_hint(err, "-o FILE, or --format asm to read it");
	}
	out = policy_output_open(options, &temporary, err);
	if (out == NULL) {
		free(temporary);
		return -1;
	}
	fwrite(text, 1, size, out);
	return policy_output_close(options, out, temporary, err);
}

int cli_policy_compile(int argc, char **argv)
{
	static const char *const formats[] = {"raw", "asm", "json", "form"};
	_cleanup_(free_policy) struct seccomp_policy *policy = NULL;
	struct policy_options options = {.accepted = "of", .format = "raw"};
	_cleanup_(freep) char *text = NULL;
	size_t size = 0, known = 0;
	struct error err;
	FILE *memory;
	int at = policy_options_read(argc, argv, usage, &options, &err);

	if (at == 0)
		return policy_output_close(&options, stdout, NULL, &err) < 0 ? cli_failed(&err) : 0;
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
		known += strcmp(formats[i], options.format) == 0;
	if (at > 0 && (at + 1 != argc || known == 0)) {
		if (known == 0)
			at = error_set(&err, 0, "policy compile: --format %s: not one of raw, asm, json, form",
				options.format);
		else
			at = error_set(&err, 0, "policy compile: one policy is compiled");
		error_hint(&err, "cofferdam policy compile NAME|FILE -o OUTPUT");
	}
	if (at < 0 || seccomp_policy_load(argv[at], &options.context, &policy, &err) < 0)
		return cli_failed(&err);
	memory = open_memstream(&text, &size);
	if (memory == NULL) {
		error_set(&err, errno, "policy compile");
		return cli_failed(&err);
	}
	at = translate(policy, options.format, memory, &err);
	if (fclose(memory) != 0 && at == 0)
		at = error_set(&err, errno, "policy compile");
	return at < 0 || put(&options, text, size, &err) < 0 ? cli_failed(&err) : 0;
}
