/* cofferdam policy learn: runs a command, records what it does, and writes the policy and the profile for it. */
#include "cli/policy_commands.h"

#include "cli/plan.h"
#include "cli/policy_options.h"
#include "common/cleanup.h"
#include "common/io.h"
#include "common/json.h"
#include "common/notice.h"
#include "common/parse.h"
#include "policy/path.h"
#include "sandbox/learn.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MERGES_MAX 64

static const char usage[] =
	"Usage: cofferdam policy learn [OPTION…] -o FILE [--] COMMAND [ARG…]\n"
	"       cofferdam policy learn [OPTION…] -o FILE --merge FILE [--merge FILE…]\n"
	"\n"
	"Runs a command, records the system calls it makes, the paths it opens and the addresses it speaks\n"
	"to, and writes a seccomp policy that allows that. What it grants beyond what was seen is told.\n"
	"\n"
	"A learning run confines nothing but what the base policy denies: the command does to your files and\n"
	"your network what it does without Cofferdam. Run what you trust, with harmless input.\n"
	"\n"
	"  -o, --output FILE          the seccomp policy (- is standard output)\n"
	"  -p, --profile-output FILE  a profile for `cofferdam run` as well, with paths and network\n"
	"  --format form|json         of the policy: our own form (default), or OCI's\n"
	"  --merge FILE               add what an earlier run wrote, in either form (repeatable); without a\n"
	"                             COMMAND nothing is run\n"
	"  --deny-as NAME|FILE|none   the base policy: what it denies is denied with its errno and not learned\n"
	"                             (default: job)\n"
	"  --include CALL|@GROUP      make and learn this call whatever the base says, dangerous or not\n"
	"                             (repeatable)\n"
	"  --grace DURATION           for what the command leaves running, then it is killed (default: 5s)\n"
	"  --quiet                    do not tell what was left out or generalised\n"
	"\n"
	"Exit status: the command's own; 125 when nothing was learned, 126 and 127 when the command could not\n"
	"be executed or was not found; nothing is written then.\n";

struct learn_options {
	struct policy_options policy; /* output and format */
	const char *profile;
	const char *base;
	const char *merge[MERGES_MAX], *include[MERGES_MAX];
	size_t n_merge, n_include;
	int64_t grace_ns;
	bool quiet;
};

static int keep(const char *list[], size_t *n, const char *option, struct error *err)
{
	if (*n == MERGES_MAX)
		return error_set(err, 0, "policy learn: %s: more than %d times", option, MERGES_MAX);
	list[(*n)++] = optarg;
	return 0;
}

static int read_one(int found, struct learn_options *options, struct error *err)
{
	switch (found) {
	case 'o':
		options->policy.output = optarg;
		return 0;
	case 'p':
		options->profile = optarg;
		return 0;
	case 'f':
		options->policy.format = optarg;
		return strcmp(optarg, "form") == 0 || strcmp(optarg, "json") == 0
			       ? 0
			       : error_set(err, 0, "policy learn: --format %s: not one of form, json", optarg);
	case 'm':
		return keep(options->merge, &options->n_merge, "--merge", err);
	case 'i':
		return keep(options->include, &options->n_include, "--include", err);
	case 'd':
		options->base = optarg;
		return 0;
	case 'g':
		return parse_duration(optarg, &options->grace_ns, err) < 0 ? error_context(err, "--grace") : 0;
	default:
		options->quiet = true;
		return 0;
	}
}

/* The index of the command, 0 when help was printed, or -1. */
static int read_options(int argc, char **argv, struct learn_options *options, struct error *err)
{
	static const struct option all[] = {
		{"output", required_argument, NULL, 'o'},
		{"profile-output", required_argument, NULL, 'p'},
		{"format", required_argument, NULL, 'f'},
		{"merge", required_argument, NULL, 'm'},
		{"include", required_argument, NULL, 'i'},
		{"deny-as", required_argument, NULL, 'd'},
		{"grace", required_argument, NULL, 'g'},
		{"quiet", no_argument, NULL, 'q'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int found;

	opterr = 0;
	optind = 0;
	while ((found = getopt_long(argc, argv, "+:o:p:", all, NULL)) != -1) {
		if (found == 'h') {
			fputs(usage, stdout);
			return 0;
		}
		if (found == ':')
			return error_set(err, 0, "policy learn: %s: needs a value", argv[optind - 1]);
		if (found == '?') {
			error_set(err, 0, "policy learn: %s: not an option", argv[optind > 1 ? optind - 1 : 1]);
			return error_hint(err, "policy learn --help lists them");
		}
		if (read_one(found, options, err) < 0)
			return -1;
	}
	if (options->policy.output == NULL)
		error_set(err, 0, "policy learn: no output");
	else if (optind == argc && options->n_merge == 0)
		error_set(err, 0, "policy learn: no command");
	else if (optind == argc && options->profile != NULL)
		error_set(err, 0, "policy learn: -p: paths are learned from a command, not from --merge");
	else
		return optind;
	return error_hint(err, "cofferdam policy learn -o FILE [--] COMMAND [ARG…]");
}

/* Known before the command runs, not after. */
static int check_writable(const char *file, struct error *err)
{
	_cleanup_(freep) char *directory = file != NULL && strcmp(file, "-") != 0 ? path_directory(file) : NULL;

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

/* A job that can write to its own policy or profile chooses what the next one may do. */
static void warn_of_own_files(const struct learn_options *options, const json_t *profile, FILE *told)
{
	const char *const files[] = {options->policy.output, options->profile};
	const json_t *rw = json_object_get(profile, "rw");

	for (size_t f = 0; f < sizeof files / sizeof files[0]; f++) {
		_cleanup_(freep) char *directory = path_directory(files[f]);
		_cleanup_(freep) char *real = directory != NULL ? realpath(directory, NULL) : NULL;

		for (size_t i = 0; real != NULL && i < json_array_size(rw); i++)
			if (path_is_within(real, json_string_value(json_array_get(rw, i))))
				fprintf(told,
					"move %s elsewhere: the command may write there, and change what it is "
					"allowed\n",
					files[f]);
	}
}

static int put_profile(const struct learn_options *options, const struct learn *learn, FILE *told, struct error *err)
{
	_cleanup_(freep) char *seccomp = reference(options), *workdir = getcwd(NULL, 0);
	_cleanup_(freep) char *home = getenv("HOME") != NULL ? realpath(getenv("HOME"), NULL) : NULL;

	json_t *profile;

	if (seccomp == NULL || workdir == NULL)
		return error_set(err, errno, "policy learn: the working directory");
	profile = learn_profile(learn, seccomp, workdir, home, told, err);
	warn_of_own_files(options, profile, told);
	return put(options->profile, profile, err);
}

/* A line each, in front of which stands who says so. */
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
	FILE *told = open_memstream(&text, &size);
	int result;

	if (told == NULL)
		return error_set(err, errno, "policy learn");
	learn_report(learn, told);
	result = put(options->policy.output, learn_policy(learn, options->policy.format[0] == 'j', err), err);
	if (result == 0 && options->profile != NULL)
		result = put_profile(options, learn, told, err);
	fclose(told);
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
		notice("cofferdam", "learning: this run is confined by nothing but what policy %s denies",
			options->base);
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
