/* The completion script for fish. */
#include "cli/completion/completion.h"

#include "cli/commands.h"

#include <stdio.h>

static void print_at(const char *path, const char *more)
{
	printf("complete -c cofferdam -n '__cofferdam_at %s%s'", path, more);
}

static void print_words(const char *words, const char *images, bool files)
{
	if (words[0] != '\0' || images[0] != '\0')
		printf(" -a '%s%s%s'", words, words[0] != '\0' && images[0] != '\0' ? " " : "", images);
	if (files)
		printf(" -F");
}

static void print_option(const struct offer *offer, void *context)
{
	const struct cli_subcommand *row = context;

	print_at(row->path, "");
	printf(" -l %s", offer->name);
	if (offer->letter != '\0')
		printf(" -s %c", offer->letter);
	if (offer->arg[0] != '\0') {
		printf(offer->path ? " -r" : " -x");
		print_words(offer->words, offer->images ? "(__cofferdam_images image:)" : "", offer->path);
	}
	printf(" -d '");
	completion_quoted(offer->help, false);
	puts("'");
}

static void print_row(const struct cli_subcommand *row)
{
	char words[OFFER_WORDS_MAX];
	const char *operands = completion_operands(row);
	bool files = offers_operand(row, words);
	char more[64] = "";

	offers(row, print_option, (void *)row);
	if (words[0] == '\0' && !files && operands[0] == '\0')
		return;
	if (operands[0] != '\0')
		snprintf(more, sizeof more, "(_%s)", operands);
	print_at(row->path, "");
	print_words(words, more, files);
	puts("");
}

void completion_fish(void)
{
	puts("# fish completion for cofferdam; made by `cofferdam completion fish`\n"
	     "function __cofferdam_at\n"
	     "\tset -l words (commandline -opc)\n"
	     "\tset -l last (math (count $argv) + 1)\n"
	     "\ttest (count $words) -ge $last; and test \"$words[2..$last]\" = \"$argv\"\n"
	     "end\n"
	     "function __cofferdam_images\n"
	     "\tset -l dir $COFFERDAM_IMAGES\n"
	     "\ttest -n \"$dir\"; or set dir $XDG_DATA_HOME/cofferdam/images\n"
	     "\ttest -n \"$COFFERDAM_IMAGES$XDG_DATA_HOME\"; or set dir ~/.local/share/cofferdam/images\n"
	     "\tfor name in $dir/names/*\n"
	     "\t\ttest -L $name; and echo \"$argv[1]\"(string replace -r '.*/' '' $name)\n"
	     "\tend\n"
	     "end\n"
	     "function __cofferdam_slots\n"
	     "\t" COMPLETION_SLOTS "\n"
	     "end\n"
	     "function __cofferdam_held\n"
	     "\t" COMPLETION_HELD "\n"
	     "end\n"
	     "complete -c cofferdam -f");
	for (const struct cli_command *command = cli_commands; command->name != NULL; command++) {
		if (command->help == NULL)
			continue;
		printf("complete -c cofferdam -n 'test (count (commandline -opc)) -eq 1' -a %s -d '", command->name);
		completion_quoted(command->help, false);
		puts("'");
		if (!cli_has_subcommands(command->name))
			continue;
		print_at(command->name, "; and test (count (commandline -opc)) -eq 2");
		printf(" -a '");
		completion_below(command->name);
		puts("'");
	}
	for (const struct cli_subcommand *row = cli_subcommands; row->path != NULL; row++)
		print_row(row);
}
