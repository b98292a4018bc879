/* The completion script for bash. */
#include "cli/completion/completion.h"

#include "cli/commands.h"

#include <stdio.h>

static void print_commands(const char *separator)
{
	for (const struct cli_command *command = cli_commands; command->name != NULL; command++)
		if (command->help != NULL)
			printf("%s%s", separator, command->name);
}

static void print_option(const struct offer *offer, void *context)
{
	(void)context;
	if (offer->letter != '\0')
		printf(" -%c", offer->letter);
	printf(" --%s", offer->name);
}

static void print_words(const char *path, const char *option, const char *words, const char *images, bool files)
{
	printf("\t'%s %s') words='%s'%s files=%s ;;\n", path, option, words, images, files ? "-f" : "");
}

/* What can be the value of an option: nothing where nobody can guess it. */
static void print_value(const struct offer *offer, void *context)
{
	const struct cli_subcommand *row = context;
	const char *images = offer->images ? "\" $(_cofferdam_images image:)\"" : "";
	char option[OFFER_NAME_MAX + 2];

	if (offer->arg[0] == '\0')
		return;
	snprintf(option, sizeof option, "--%s", offer->name);
	print_words(row->path, option, offer->words, images, offer->path);
	snprintf(option, sizeof option, "-%c", offer->letter);
	if (offer->letter != '\0')
		print_words(row->path, option, offer->words, images, offer->path);
}

/* Adds the options of a command to `words`. */
static void print_options(void)
{
	puts("_cofferdam_options() {\n\tcase $1 in");
	for (const struct cli_subcommand *row = cli_subcommands; row->path != NULL; row++) {
		printf("\t'%s') words+='", row->path);
		offers(row, print_option, NULL);
		puts("' ;;");
	}
	puts("\tesac\n}");
}

/* Sets `words` and `files` for the value of an option, or, with none, for the other arguments. 1: it takes no value. */
static void print_values(void)
{
	puts("_cofferdam_value() {\n\tcase \"$1 $2\" in");
	for (const struct cli_subcommand *row = cli_subcommands; row->path != NULL; row++) {
		const char *operands = completion_operands(row);
		char words[OFFER_WORDS_MAX], more[64] = "";
		bool files = offers_operand(row, words);

		if (operands[0] != '\0')
			snprintf(more, sizeof more, "\" $(%s)\"", operands);
		offers(row, print_value, (void *)row);
		print_words(row->path, "", words, more, files);
	}
	puts("\t*) return 1 ;;\n\tesac\n}");
}

/* Of the commands behind which a command with its arguments comes. */
static void print_command(void)
{
	const char *separator = "\t\tcase $command in\n\t\t";

	for (const struct cli_subcommand *row = cli_subcommands; row->path != NULL; row++)
		if (row->command) {
			printf("%s'%s'", separator, row->path);
			separator = "|";
		}
	puts(")\n\t\t\tfor ((i = 2; i < COMP_CWORD; i++)); do\n"
	     "\t\t\t\t[ \"${COMP_WORDS[i]}\" = -- ] || continue\n"
	     "\t\t\t\tmapfile -t COMPREPLY < <(compgen -A command -A file -- \"$word\")\n"
	     "\t\t\t\treturn\n"
	     "\t\t\tdone ;;\n"
	     "\t\tesac");
}

static void print_subcommands(void)
{
	printf("\t\tcase $command in\n\t\t");
	completion_parents();
	puts(")\n\t\t\tif [ \"$COMP_CWORD\" = 2 ]; then\n\t\t\t\tcase $command in");
	for (const struct cli_command *command = cli_commands; command->name != NULL; command++) {
		if (!cli_has_subcommands(command->name))
			continue;
		printf("\t\t\t\t%s) words='", command->name);
		completion_below(command->name);
		puts(" --help' ;;");
	}
	puts("\t\t\t\tesac\n"
	     "\t\t\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
	     "\t\t\t\treturn\n"
	     "\t\t\tfi\n"
	     "\t\t\tcommand=\"$command ${COMP_WORDS[2]}\" ;;\n"
	     "\t\tesac");
}

/* The names in the caller's store: `image list` would tidy it, and may wait. */
static void print_images(void)
{
	puts("_cofferdam_images() {\n"
	     "\tlocal name\n"
	     "\tfor name in \"${COFFERDAM_IMAGES:-${XDG_DATA_HOME:-$HOME/.local/share}/cofferdam/images}\"/names/*; do\n"
	     "\t\t[ ! -L \"$name\" ] || echo \"$1${name##*/}\"\n"
	     "\tdone\n"
	     "}");
}

static void print_slots(void)
{
	puts("_cofferdam_slots() {\n"
	     "\t" COMPLETION_SLOTS "\n"
	     "}\n"
	     "_cofferdam_held() {\n"
	     "\t" COMPLETION_HELD "\n"
	     "}");
}

/* To bash the colon of image:NAME is a word, and the name the next. */
static void print_image_names(void)
{
	puts("\tfor i in 1 2; do\n"
	     "\t\t[[ $COMP_CWORD -gt $i && ${COMP_WORDS[*]:COMP_CWORD-i-1:3} == '--root image :'* ]] || continue\n"
	     "\t\t[ \"$i\" = 2 ] || word=''\n"
	     "\t\tmapfile -t COMPREPLY < <(compgen -W \"$(_cofferdam_images)\" -- \"$word\")\n"
	     "\t\treturn\n"
	     "\tdone");
}

void completion_bash(void)
{
	puts("# bash completion for cofferdam; made by `cofferdam completion bash`");
	print_images();
	print_slots();
	print_options();
	print_values();
	puts("_cofferdam() {\n"
	     "\tlocal word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]}\n"
	     "\tlocal words='' files='' last='' i\n"
	     "\tCOMPREPLY=()");
	print_image_names();
	puts("\tif [ \"$COMP_CWORD\" = 1 ]; then");
	printf("\t\twords='--help --version");
	print_commands(" ");
	puts("'\n\telse");
	print_subcommands();
	print_command();
	puts("\t\tif [[ $before != -* ]] || ! _cofferdam_value \"$command\" \"$before\"; then\n"
	     "\t\t\t_cofferdam_value \"$command\" '' && last=$files files=''\n"
	     "\t\t\t_cofferdam_options \"$command\"\n"
	     "\t\tfi\n"
	     "\tfi\n"
	     "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" $files -- \"$word\")\n"
	     "\t[ \"${#COMPREPLY[@]}\" -gt 0 ] || [ -z \"$last\" ] || mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
	     "}\n"
	     "complete -o filenames -F _cofferdam cofferdam");
}
