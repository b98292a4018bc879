/* cofferdam policy compile: translates a seccomp policy for other launchers, or to the other form. */
#include "cli/policy/commands.h"

#include "cli/plan.h"
#include "cli/policy/options.h"
#include "common/cleanup.h"
#include "common/json.h"
#include "policy/explain/print.h"
#include "policy/explain/print_bpf.h"
#include "policy/seccomp/crosscheck.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
		error_set(err, 0, "policy compile: refusing to write a binary program to a terminal");
		return error_hint(err, "use -o FILE, or --format asm to read it");
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
	struct policy_options options = {.format = "raw"};
	_cleanup_(freep) char *text = NULL;
	size_t size = 0, known = 0;
	struct error err;
	FILE *memory;
	int at = policy_options_read(argc, argv, "policy compile", &options, &err);

	if (at == 0)
		return policy_output_close(&options, stdout, NULL, &err) < 0 ? cli_failed(&err) : 0;
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
		known += strcmp(formats[i], options.format) == 0;
	if (at > 0 && (at + 1 != argc || known == 0)) {
		if (known == 0) {
			error_set(&err, 0, "policy compile: --format %s: unknown format", options.format);
			at = error_hint(&err, "expected raw, asm, json or form");
		} else {
			error_set(&err, 0, "policy compile: expected one policy");
			at = error_hint(&err, "expected cofferdam policy compile NAME|FILE -o OUTPUT");
		}
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
