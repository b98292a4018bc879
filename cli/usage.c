#include "cli/usage.h"

#include "cli/wrap.h"

#include <string.h>

#define LEFT_COLUMN 26

static void print_row(FILE *out, const struct cli_option *option, const char *arg, const char *help)
{
	char left[80], letter[8] = "";

	if (option->letter != '\0')
		snprintf(letter, sizeof letter, "-%c, ", option->letter);
	snprintf(left, sizeof left, "%s--%s%s%s", letter, option->name, arg != NULL ? " " : "", arg != NULL ? arg : "");
	wrap_print(out, help, fprintf(out, "  %-*s ", LEFT_COLUMN, left), LEFT_COLUMN + 3, wrap_width(out));
}

static void print_option(FILE *out, const struct cli_option *option)
{
	const struct cli_choice *choice = option->choices;

	if (choice == NULL || choice->help == NULL) {
		print_row(out, option, option->arg, option->help);
		return;
	}
	for (; choice->name != NULL; choice++)
		print_row(out, option, choice->name, choice->help);
}

/* A line for each way to call it; `first` stands in front of the first. */
static void print_calls(FILE *out, const struct cli_subcommand *subcommand, const char *first)
{
	const char *way = subcommand->usage;

	for (;;) {
		size_t len = strcspn(way, "\n");

		fprintf(out, "%-6s cofferdam %s%s%.*s\n", first, subcommand->path, len > 0 ? " " : "", (int)len, way);
		if (way[len] == '\0')
			return;
		way += len + 1;
		first = "";
	}
}

void usage_print_head(const struct cli_subcommand *subcommand, FILE *out)
{
	const char *intro = subcommand->intro != NULL ? subcommand->intro : subcommand->summary;

	print_calls(out, subcommand, "Usage:");
	if (intro == NULL)
		return;
	fputc('\n', out);
	wrap_print(out, intro, 0, 0, wrap_width(out));
}

void usage_print_tail(const struct cli_subcommand *subcommand, FILE *out)
{
	if (subcommand->outro == NULL)
		return;
	fputc('\n', out);
	wrap_print(out, subcommand->outro, 0, 0, wrap_width(out));
}

void usage_print_options(const struct cli_subcommand *subcommand, FILE *out)
{
	if (subcommand->options[0] != NULL)
		fputc('\n', out);
	for (const struct cli_option *const *option = subcommand->options; *option != NULL; option++)
		print_option(out, *option);
}

void usage_print(const struct cli_subcommand *subcommand, FILE *out)
{
	usage_print_head(subcommand, out);
	usage_print_options(subcommand, out);
	usage_print_tail(subcommand, out);
}

void usage_print_command(const char *command, FILE *out)
{
	const char *first = "Usage:";

	for (const struct cli_subcommand *row = cli_subcommands; row->path != NULL; row++)
		if (cli_subcommand_below(row, command) != NULL) {
			print_calls(out, row, first);
			first = "";
		}
	fputc('\n', out);
	for (const struct cli_subcommand *row = cli_subcommands; row->path != NULL; row++)
		if (cli_subcommand_below(row, command) != NULL) {
			wrap_print(out, row->summary, fprintf(out, "  %-7s ", cli_subcommand_below(row, command)), 10,
				wrap_width(out));
		}
	fprintf(out, "\n`cofferdam %s SUBCOMMAND --help` tells more.\n", command);
}
