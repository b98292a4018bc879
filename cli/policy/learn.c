/* cofferdam policy learn: runs a command, records what it does, and writes a policy and a profile for it. */
#include "cli/policy/commands.h"

#include "cli/plan.h"
#include "cli/policy/options.h"
#include "cli/usage.h"
#include "common/cleanup.h"
#include "common/io.h"
#include "common/json.h"
#include "common/notice.h"
#include "common/parse.h"
#include "common/path.h"
#include "sandbox/learn/learn.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MERGES_MAX 64

struct learn_options {
	struct policy_options policy; /* output and format */
	const char *profile;
	const char *base;
	const char *merge[MERGES_MAX], *include[MERGES_MAX];
	size_t n_merge, n_include;
	int64_t grace_ns;
	bool quiet;
};

static int keep(const char *list[], size_t *n, const char *option, const char *value, struct error *err)
{
	if (*n == MERGES_MAX)
		return error_set(err, 0, "policy learn: %s: given more than %d times", option, MERGES_MAX);
	list[(*n)++] = value;
	return 0;
}

static int read_one(int id, const char *value, void *context, struct error *err)
{
	struct learn_options *options = context;

	switch (id) {
	case 'o':
		options->policy.output = value;
		return 0;
	case 'p':
		options->profile = value;
		return 0;
	case 'f':
		options->policy.format = value;
		if (strcmp(value, "form") == 0 || strcmp(value, "json") == 0)
			return 0;
		error_set(err, 0, "policy learn: --format %s: unknown format", value);
		return error_hint(err, "expected form or json");
	case 'm':
		return keep(options->merge, &options->n_merge, "--merge", value, err);
	case 'i':
		return keep(options->include, &options->n_include, "--include", value, err);
	case 'd':
		options->base = value;
		return 0;
	case 'g':
		return parse_duration(value, &options->grace_ns, err) < 0 ? error_context(err, "--grace") : 0;
	default:
		options->quiet = true;
		return 0;
	}
}

/* The index of the command, 0 when help was printed, or -1. */
static int read_options(int argc, char **argv, struct learn_options *options, struct error *err)
{
	int at = usage_read(cli_subcommand("policy learn"), argc, argv, read_one, options, err);

	if (at <= 0)
		return at;
	if (options->policy.output == NULL)
		error_set(err, 0, "policy learn: no output");
	else if (at == argc && options->n_merge == 0)
		error_set(err, 0, "policy learn: no command");
	else if (at == argc && options->profile != NULL)
		error_set(err, 0, "policy learn: -p: paths are learned from a command, not from --merge");
	else
		return at;
	return error_hint(err, "expected cofferdam policy learn -o FILE [--] COMMAND [ARG…]");
}

/* Checks before the command runs that the outputs can be written. */
static int check_writable(const char *file, struct error *err)
{
	_cleanup_(freep) char *directory = file != NULL && strcmp(file, "-") != 0 ? path_directory(file) : NULL;
	const char *slash = directory != NULL ? strrchr(file, '/') : NULL;
	struct stat st;

	if (directory != NULL &&
		((slash != NULL && slash[1] == '\0') || (lstat(file, &st) == 0 && S_ISDIR(st.st_mode)))) {
		error_set(err, EISDIR, "policy learn: %s", file);
		return error_hint(err, "name a file in it");
	}
	if (directory != NULL && access(directory, W_OK) < 0)
		return error_set(err, errno, "policy learn: %s: cannot be written", file);
	return 0;
}

static int prepare(const struct learn_options *options, struct learn *learn, struct error *err)
{
	if (check_writable(options->policy.output, err) < 0 || check_writable(options->profile, err) < 0)
		return -1;
	if (learn_init(learn, options->base, &seccomp_context_default, err) < 0)
		return -1;
	for (size_t i = 0; i < options->n_include; i++)
		if (learn_include(learn, options->include[i], err) < 0)
			return -1;
	for (size_t i = 0; i < options->n_merge; i++)
		if (learn_merge(learn, options->merge[i], &seccomp_context_default, err) < 0)
			return -1;
	return 0;
}

static int put(const char *file, json_t *json, struct error *err)
{
	struct policy_options to = {.output = file};
	char *temporary;
	FILE *out;

	if (json == NULL)
		return -1;
	out = policy_output_open(&to, &temporary, err);
	if (out == NULL) {
		free(temporary);
		json_decref(json);
		return -1;
	}
	json_dumpf(json, out, JSON_SHOWN);
	fputc('\n', out);
	json_decref(json);
	return policy_output_close(&to, out, temporary, err);
}

/* How the profile names the policy: profiles look for files beside themselves. */
static char *reference(const struct learn_options *options)
{
	_cleanup_(freep) char *policy_dir = path_directory(options->policy.output);
	_cleanup_(freep) char *profile_dir = path_directory(options->profile);
	_cleanup_(freep) char *whole = realpath(options->policy.output, NULL);
	const char *slash = strrchr(options->policy.output, '/');

	if (policy_dir != NULL && profile_dir != NULL && strcmp(policy_dir, profile_dir) == 0)
		return format("./%s", slash != NULL ? slash + 1 : options->policy.output);
	return whole != NULL ? take_ptr(whole) : strdup(options->policy.output);
}

/* A job that can write to its own policy or profile decides what the next job may do. */
static void warn_of_own_files(const struct learn_options *options, const json_t *profile, FILE *report)
{
	const char *const files[] = {options->policy.output, options->profile};
	const json_t *rw = json_object_get(profile, "rw");

	for (size_t f = 0; f < sizeof files / sizeof files[0]; f++) {
		_cleanup_(freep) char *directory = path_directory(files[f]);
		_cleanup_(freep) char *real = directory != NULL ? realpath(directory, NULL) : NULL;

		for (size_t i = 0; real != NULL && i < json_array_size(rw); i++)
			if (path_is_within(real, json_string_value(json_array_get(rw, i))))
				fprintf(report,
					"move %s elsewhere: the command can write to its directory and change its own policy\n",
					files[f]);
	}
}

static int put_profile(const struct learn_options *options, const struct learn *learn, FILE *report, struct error *err)
{
	_cleanup_(freep) char *seccomp = reference(options), *workdir = getcwd(NULL, 0);
	_cleanup_(freep) char *home = getenv("HOME") != NULL ? realpath(getenv("HOME"), NULL) : NULL;

	json_t *profile;

	if (seccomp == NULL || workdir == NULL)
		return error_set(err, errno, "policy learn: the working directory");
	profile = learn_profile(learn, seccomp, workdir, home, report, err);
	warn_of_own_files(options, profile, report);
	return put(options->profile, profile, err);
}

/* Prints each line with our prefix. */
static void tell(const char *text)
{
	for (const char *line = text; *line != '\0';) {
		size_t len = strcspn(line, "\n");

		notice_visible("cofferdam", "%.*s", (int)len, line);
		line += len + (line[len] == '\n');
	}
}

static int write_all_of_it(const struct learn_options *options, const struct learn *learn, struct error *err)
{
	_cleanup_(freep) char *text = NULL;
	size_t size = 0;
	FILE *report = open_memstream(&text, &size);
	int result;

	if (report == NULL)
		return error_set(err, errno, "policy learn");
	learn_report(learn, report);
	result = put(options->policy.output, learn_policy(learn, options->policy.format[0] == 'j', err), err);
	if (result == 0 && options->profile != NULL)
		result = put_profile(options, learn, report, err);
	fclose(report);
	if (result == 0 && !options->quiet && text != NULL) {
		tell(text);
		notice("cofferdam", "learned: %zu system calls, in %s", learn_count(learn), options->policy.output);
	}
	return result;
}

static int learn_it(const struct learn_options *options, struct learn *learn, char **argv)
{
	struct learn_outcome outcome = {0};
	struct error err;

	if (argv[0] != NULL) {
		notice("cofferdam", "learning: only policy %s confines this run", options->base);
		if (learn_run(learn, argv, options->grace_ns, &outcome, &err) < 0)
			return cli_failed(&err);
		if (outcome.exec_errno != 0) {
			error_set(&err, outcome.exec_errno, "exec: %s", argv[0]);
			cli_failed(&err);
			return outcome.status;
		}
		if (outcome.killed > 0 && !options->quiet)
			notice("cofferdam", "killed %llu processes that the command left behind",
				(unsigned long long)outcome.killed);
	}
	return write_all_of_it(options, learn, &err) < 0 ? cli_failed(&err) : outcome.status;
}

int cli_policy_learn(int argc, char **argv)
{
	struct learn_options options = {.policy = {.format = "form"}, .base = "job", .grace_ns = 5000000000};
	struct learn *learn;
	struct error err;
	int status, at = read_options(argc, argv, &options, &err);

	if (at == 0)
		return policy_output_close(&options.policy, stdout, NULL, &err) < 0 ? cli_failed(&err) : 0;
	if (at < 0)
		return cli_failed(&err);
	learn = calloc(1, sizeof *learn);
	if (learn == NULL) {
		error_set(&err, ENOMEM, "policy learn");
		return cli_failed(&err);
	}
	status = prepare(&options, learn, &err) < 0 ? cli_failed(&err) : learn_it(&options, learn, argv + at);
	learn_free(learn);
	free(learn);
	return status;
}
