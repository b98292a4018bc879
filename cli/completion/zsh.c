/* The completion script for zsh. */
#include "cli/completion/completion.h"

#include "cli/commands.h"

#include <stdio.h>

/* What completes an argument, as _arguments takes it. */
static void print_words(const char *words, const char *images, bool files)
{
	if (images[0] != '\0' || (words[0] != '\0' && files))
		printf("{compadd -- %s%s%s}", words, images, files ? "; _files" : "");
	else if (words[0] != '\0')
		printf("(%s)", words);
	else if (files)
		printf("_files");
}

static void print_spec(const struct offer *offer, const char *option)
{
	printf("\t\t\t'%s%s[", offer->repeated ? "*" : "", option);
	completion_quoted(offer->help, true);
	printf("]");
	if (offer->arg[0] != '\0') {
		printf(":%s:", offer->name);
		print_words(offer->words, offer->images ? " $(_cofferdam_images image)" : "", offer->path);
	}
	puts("'");
}

static void print_option(const struct offer *offer, void *context)
{
	char option[OFFER_NAME_MAX + 2];

	(void)context;
	snprintf(option, sizeof option, "--%s", offer->name);
	print_spec(offer, option);
	snprintf(option, sizeof option, "-%c", offer->letter);
	if (offer->letter != '\0')
		print_spec(offer, option);
}

static void print_row(const struct cli_subcommand *row)
{
	char words[OFFER_WORDS_MAX];
	const char *operands = completion_operands(row);
	bool files = offers_operand(row, words);
	char more[64] = "";

	if (operands[0] != '\0')
		snprintf(more, sizeof more, " $(%s)", operands);
	printf("\t'%s')\n\t\toptions=(\n", row->path);
	offers(row, print_option, NULL);
	puts("\t\t)");
	printf("\t\t_arguments -s -S $options");
	if (words[0] != '\0' || more[0] != '\0' || (files && !row->command)) {
		printf(" '%s:argument:", row->command ? "1" : "*");
		print_words(words, more, files);
		printf("'");
	}
	puts(row->command ? " '*:::command: _normal' ;;" : " ;;");
}

static void print_subcommands(void)
{
	printf("\tcase $command in\n\t");
	completion_parents();
	puts(")\n\t\tif ((CURRENT == 3)); then\n\t\t\tcase $command in");
	for (const struct cli_command *command = cli_commands; command->name != NULL; command++) {
		if (!cli_has_subcommands(command->name))
			continue;
		printf("\t\t\t%s) compadd -- ", command->name);
		completion_below(command->name);
		puts(" --help ;;");
	}
	puts("\t\t\tesac\n"
	     "\t\t\treturn\n"
	     "\t\tfi\n"
	     "\t\tcommand=\"$command $words[3]\"\n"
	     "\t\tshift words\n"
	     "\t\t((CURRENT--)) ;;\n"
	     "\tesac");
}

void completion_zsh(void)
{
	puts("#compdef cofferdam\n# made by `cofferdam completion zsh`\n"
	     "_cofferdam_images() {\n"
	     "\tlocal name\n"
	     "\tfor name in ${COFFERDAM_IMAGES:-${XDG_DATA_HOME:-$HOME/.local/share}/cofferdam/images}/names/*(N@:t); do\n"
	     "\t\tprint -r -- ${1:+$1:}$name\n"
	     "\tdone\n"
	     "}\n"
	     "_cofferdam_slots() {\n"
	     "\t" COMPLETION_SLOTS "\n"
	     "}\n"
	     "_cofferdam_held() {\n"
	     "\t" COMPLETION_HELD "\n"
	     "}\n"
	     "_cofferdam() {\n\tlocal -a options commands\n\tcommands=(");
	for (const struct cli_command *command = cli_commands; command->name != NULL; command++)
		if (command->help != NULL) {
			printf("\t\t'%s:", command->name);
			completion_quoted(command->help, true);
			puts("'");
		}
	puts("\t)\n"
	     "\tif ((CURRENT == 2)); then\n"
	     "\t\t_describe command commands\n"
	     "\t\tcompadd -- --help --version\n"
	     "\t\treturn\n"
	     "\tfi\n"
	     "\tlocal command=$words[2]");
	print_subcommands();
	puts("\tshift words\n\t((CURRENT--))\n\tcase $command in");
	for (const struct cli_subcommand *row = cli_subcommands; row->path != NULL; row++)
		print_row(row);
	puts("\tesac\n}\n_cofferdam \"$@\"");
}
