#include "cli/unknown.h"
#include "cli/usage.h"
#include "common/phrases.h"

#include <getopt.h>
#include <string.h>

#define OPTION_HELP (1 << 16)

/* The arrays that getopt_long(3) reads. */
struct getopt_rows {
	struct option options[CLI_OPTIONS_MAX + 2];
	char letters[2 * CLI_OPTIONS_MAX + 4];
};

static void make_rows(const struct cli_subcommand *subcommand, struct getopt_rows *rows)
{
	char *letter = rows->letters;
	size_t n = 0;

	memset(rows, 0, sizeof *rows);
	if (subcommand->command || subcommand->options_first)
		*letter++ = '+';
	*letter++ = ':';
	*letter++ = 'h';
	for (const struct cli_option *const *option = subcommand->options; *option != NULL; option++) {
		const int has_arg = (*option)->arg != NULL ? required_argument : no_argument;

		rows->options[n++] = (struct option){(*option)->name, has_arg, NULL, (*option)->id};
		if ((*option)->letter == '\0')
			continue;
		*letter++ = (*option)->letter;
		if (has_arg == required_argument)
			*letter++ = ':';
	}
	rows->options[n] = (struct option){"help", no_argument, NULL, OPTION_HELP};
}

/* What getopt_long() found wrong with `arg`: ':' no value, '?' with optopt a value too many, else an unknown name. */
static int refuse(const struct cli_subcommand *subcommand, const char *arg, int found, struct error *err)
{
	const int len = (int)strcspn(arg, "=");

	if (found == ':')
		return error_set(err, 0, "%s: %s: " PHRASE_REQUIRES_VALUE, subcommand->path, arg);
	if (strncmp(arg, "--", 2) == 0 && optopt != 0)
		return error_set(err, 0, "%s: %.*s: " PHRASE_TAKES_NO_VALUE, subcommand->path, len, arg);
	unknown_option(subcommand, arg, err);
	return error_context(err, "%s", subcommand->path);
}

static int refuse_shortened(
	const struct cli_subcommand *subcommand, const char *arg, const char *name, struct error *err)
{
	error_set(err, 0, "%s: %.*s: " PHRASE_UNKNOWN_OPTION, subcommand->path, (int)strcspn(arg, "="), arg);
	return error_hint(err, "write it in full: --%s", name);
}

/* getopt_long() takes unambiguous beginnings of names: a later option would change what they mean, so none is taken. */
static bool is_shortened(const char *arg, const char *name)
{
	return strncmp(arg, "--", 2) == 0 && strcspn(arg + 2, "=") != strlen(name);
}

int usage_read(const struct cli_subcommand *subcommand, int argc, char **argv, usage_option_fn *read, void *context,
	struct error *err)
{
	struct getopt_rows rows;

	make_rows(subcommand, &rows);
	opterr = 0;
	optind = 0; /* glibc: start afresh, even if another argv was read before */
	for (;;) {
		int index = -1, found = getopt_long(argc, argv, rows.letters, rows.options, &index);
		const char *arg;

		if (found == -1)
			return optind;
		arg = optarg != NULL && optarg == argv[optind - 1] ? argv[optind - 2] : argv[optind - 1];
		if (found == '?' || found == ':')
			return refuse(subcommand, arg, found, err);
		if (index >= 0 && is_shortened(arg, rows.options[index].name))
			return refuse_shortened(subcommand, arg, rows.options[index].name, err);
		if (found == OPTION_HELP || (found == 'h' && index < 0)) {
			usage_print(subcommand, stdout);
			return USAGE_HELP;
		}
		if (read(found, optarg, context, err) < 0)
			return -1;
	}
}
