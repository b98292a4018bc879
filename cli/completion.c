/* cofferdam completion: the scripts that complete its command line in bash, zsh and fish, made from the tables that the
 * command line is parsed with. */
#include "cli/commands.h"

#include "common/error.h"
#include "common/status.h"
#include "policy/builtin.h"
#include "policy/settings.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define OPTION_MAX 80

static bool is_option(const struct setting *setting)
{
	return (setting->flags & SETTING_PROFILE_ONLY) == 0 && setting->later == NULL;
}

static bool takes_value(const struct setting *setting)
{
	return setting->type != SETTING_BOOL;
}

/* The names that can be given to an option, with blanks between them; empty where there are none. */
static void choices(const struct setting *setting, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	if (setting->type == SETTING_REFERENCE) {
		builtin_names(strcmp(setting->key, "seccomp") == 0 ? "profiles/seccomp" : "profiles", text, size);
		for (char *p = text; *p != '\0'; p++)
			if (*p == ',')
				memmove(p, p + 1, strlen(p));
	}
	if (setting->choices == NULL || !takes_value(setting))
		return;
	for (const struct setting_choice *choice = setting->choices; choice->name != NULL; choice++)
		if (choice->later == NULL && choice->form != '/' && used < size)
			used += (size_t)snprintf(text + used, size - used, "%s%s", used == 0 ? "" : " ", choice->name);
}

/* Whether a file or a directory may be given, too. */
static bool is_path(const struct setting *setting)
{
	for (const struct setting_choice *choice = setting->choices; choice != NULL && choice->name != NULL; choice++)
		if (choice->form == '/' && choice->later == NULL)
			return true;
	return setting->type == SETTING_PATH || setting->type == SETTING_BIND || setting->type == SETTING_REFERENCE;
}

static void print_words(const struct cli_command *command)
{
	for (const char *const *word = command->words; word != NULL && *word != NULL; word++)
		printf(" %s", *word);
}

static void print_bash_options(void)
{
	printf("_cofferdam_options='--help");
	for (size_t i = 0; i < settings_count; i++) {
		char name[OPTION_MAX];

		if (!is_option(&settings[i]))
			continue;
		setting_option(&settings[i], name, sizeof name);
		printf(" --%s", name);
		if ((settings[i].flags & SETTING_NEGATABLE) != 0)
			printf(" --no-%s", name);
	}
	puts("'");
}

/* A function with the completions of an option's value: 0 when there are some, 1 for an option without a value. */
static void print_bash_values(void)
{
	puts("_cofferdam_value() {\n\tcase $1 in");
	for (size_t i = 0; i < settings_count; i++) {
		char name[OPTION_MAX], words[256];

		if (!is_option(&settings[i]) || !takes_value(&settings[i]))
			continue;
		setting_option(&settings[i], name, sizeof name);
		choices(&settings[i], words, sizeof words);
		printf("\t--%s) ", name);
		if (words[0] != '\0' || is_path(&settings[i]))
			printf("mapfile -t COMPREPLY < <(compgen -W '%s'%s -- \"$2\")", words,
				is_path(&settings[i]) ? " -f" : "");
		else
			printf(":");
		puts(" ;;");
	}
	puts("\t*) return 1 ;;\n\tesac\n}");
}

static void print_bash(void)
{
	puts("# bash completion for cofferdam; made by `cofferdam completion bash`");
	print_bash_options();
	print_bash_values();
	puts("_cofferdam() {\n"
	     "\tlocal word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]}\n"
	     "\tlocal words='' i\n"
	     "\tCOMPREPLY=()\n"
	     "\tif [ \"$COMP_CWORD\" = 1 ]; then");
	printf("\t\tmapfile -t COMPREPLY < <(compgen -W '--help --version");
	for (const struct cli_command *command = cli_commands; command->name != NULL; command++)
		if (command->help != NULL)
			printf(" %s", command->name);
	puts("' -- \"$word\")\n\t\treturn\n\tfi\n\tcase $command in");
	for (const struct cli_command *command = cli_commands; command->name != NULL; command++) {
		if (command->help == NULL)
			continue;
		printf("\t%s) words='", command->name);
		print_words(command);
		puts("' ;;");
	}
	puts("\tesac\n\tcase $command in");
	for (const struct cli_command *command = cli_commands; command->name != NULL; command++)
		if (command->settings)
			printf("\t%s)\n%s"
			       "\t\t_cofferdam_value \"$before\" \"$word\" && return\n"
			       "\t\twords=\"$words $_cofferdam_options\" ;;\n",
				command->name,
				command->command
					? "\t\tfor ((i = 2; i < COMP_CWORD; i++)); do\n"
					  "\t\t\t[ \"${COMP_WORDS[i]}\" = -- ] || continue\n"
					  "\t\t\tmapfile -t COMPREPLY < <(compgen -A command -A file -- \"$word\")\n"
					  "\t\t\treturn\n"
					  "\t\tdone\n"
					: "");
	puts("\tesac\n"
	     "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
	     "\t[ \"${#COMPREPLY[@]}\" -gt 0 ] || mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
	     "}\n"
	     "complete -o filenames -F _cofferdam cofferdam");
}

/* Text within single quotes, as every one of the three shells reads it; brackets and colons are zsh's own. */
static void print_quoted(const char *text, bool zsh)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			fputs("'\\''", stdout);
		else if (zsh && strchr("[]:", *text) != NULL)
			printf("\\%c", *text);
		else
			putchar(*text);
	}
}

static void print_zsh_option(const struct setting *setting, const char *prefix)
{
	char name[OPTION_MAX], words[256];

	setting_option(setting, name, sizeof name);
	choices(setting, words, sizeof words);
	printf("\t\t'%s--%s%s[", (setting->flags & SETTING_LIST) != 0 ? "*" : "", prefix, name);
	print_quoted(setting->help, true);
	printf("]");
	if (takes_value(setting))
		printf(":%s:", setting->arg != NULL ? "value" : name);
	if (words[0] != '\0' && is_path(setting))
		printf("{compadd -- %s; _files}", words);
	else if (words[0] != '\0')
		printf("(%s)", words);
	else if (takes_value(setting) && is_path(setting))
		printf("_files");
	puts("'");
}

static void print_zsh(void)
{
	puts("#compdef cofferdam\n# made by `cofferdam completion zsh`\n_cofferdam() {\n\tlocal -a options "
	     "commands\n\toptions=(");
	for (size_t i = 0; i < settings_count; i++) {
		if (!is_option(&settings[i]))
			continue;
		print_zsh_option(&settings[i], "");
		if ((settings[i].flags & SETTING_NEGATABLE) != 0)
			print_zsh_option(&settings[i], "no-");
	}
	puts("\t\t'--help[print this]'\n\t)\n\tcommands=(");
	for (const struct cli_command *command = cli_commands; command->name != NULL; command++)
		if (command->help != NULL) {
			printf("\t\t'%s:", command->name);
			print_quoted(command->help, true);
			puts("'");
		}
	puts("\t)\n"
	     "\tif ((CURRENT == 2)); then\n"
	     "\t\t_describe command commands\n"
	     "\t\treturn\n"
	     "\tfi\n"
	     "\tlocal command=$words[2]\n"
	     "\tshift words\n"
	     "\t((CURRENT--))\n"
	     "\tcase $command in");
	for (const struct cli_command *command = cli_commands; command->name != NULL; command++) {
		if (command->help == NULL)
			continue;
		printf("\t%s)", command->name);
		if (command->words != NULL) {
			printf(" if ((CURRENT == 2)); then compadd --");
			print_words(command);
			printf("; fi;");
		}
		if (command->settings)
			printf(" _arguments -s -S $options '%s'",
				command->command ? "*:::command: _normal" : "*:file:_files");
		else
			printf(" _files");
		puts(" ;;");
	}
	puts("\tesac\n}\n_cofferdam \"$@\"");
}

static void print_fish_option(const struct setting *setting, const char *prefix)
{
	char name[OPTION_MAX], words[256];

	setting_option(setting, name, sizeof name);
	choices(setting, words, sizeof words);
	printf("complete -c cofferdam -n \"__fish_seen_subcommand_from $__cofferdam_settings\" -l %s%s", prefix, name);
	if (takes_value(setting))
		printf(is_path(setting) ? " -r -F" : " -x");
	if (words[0] != '\0')
		printf(" -a '%s'", words);
	printf(" -d '");
	print_quoted(setting->help, false);
	puts("'");
}

static void print_fish(void)
{
	puts("# fish completion for cofferdam; made by `cofferdam completion fish`");
	printf("set -g __cofferdam_commands");
	for (const struct cli_command *command = cli_commands; command->name != NULL; command++)
		if (command->help != NULL)
			printf(" %s", command->name);
	printf("\nset -g __cofferdam_settings");
	for (const struct cli_command *command = cli_commands; command->name != NULL; command++)
		if (command->settings)
			printf(" %s", command->name);
	puts("");
	for (const struct cli_command *command = cli_commands; command->name != NULL; command++) {
		if (command->help == NULL)
			continue;
		printf("complete -c cofferdam -f -n \"not __fish_seen_subcommand_from $__cofferdam_commands\" -a %s -d "
		       "'",
			command->name);
		print_quoted(command->help, false);
		puts("'");
		if (command->words == NULL)
			continue;
		printf("complete -c cofferdam -n '__fish_seen_subcommand_from %s' -a '", command->name);
		print_words(command);
		puts("'");
	}
	for (size_t i = 0; i < settings_count; i++) {
		if (!is_option(&settings[i]))
			continue;
		print_fish_option(&settings[i], "");
		if ((settings[i].flags & SETTING_NEGATABLE) != 0)
			print_fish_option(&settings[i], "no-");
	}
}

int cli_completion(int argc, char **argv)
{
	static const struct {
		const char *shell;
		void (*print)(void);
	} shells[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};
	struct error err;

	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		puts("Usage: cofferdam completion bash|zsh|fish\n\nPrints the completion script for that shell.");
		return 0;
	}
	for (size_t i = 0; argc == 2 && i < sizeof shells / sizeof shells[0]; i++)
		if (strcmp(argv[1], shells[i].shell) == 0) {
			shells[i].print();
			if (fflush(stdout) == 0 && !ferror(stdout))
				return 0;
			error_set(&err, errno, "standard output");
			error_print("cofferdam", &err);
			return STATUS_LAUNCHER;
		}
	if (argc > 1)
		error_set(&err, 0, "completion: %s: no script for that shell", argv[1]);
	else
		error_set(&err, 0, "completion: no shell named");
	error_hint(&err, "bash, zsh or fish");
	error_print("cofferdam", &err);
	return STATUS_LAUNCHER;
}
