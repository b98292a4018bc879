/* Prints what man pages list, in man(7), from the tables that command lines, profiles and policies are parsed with: the
 * options of cofferdam-run(1) (`options`), of cofferdam-policy(1) (`policy`), of cofferdam-image(1) (`image`) and of
 * the pages of three other subcommands (their names), the variables of cofferdam-runner(1) (`runner`), the keys of
 * cofferdam-profile(5)
 * (`keys`), the groups and the arguments of cofferdam-seccomp(5) (`groups`, `arguments`). Build tool of the man pages.
 */
#include "cli/offers.h"
#include "policy/seccomp/groups.h"
#include "policy/setting_kind.h"
#include "policy/syscalls/args.h"
#include "runner/config/inputs.h"
#include "runner/config/pool_keys.h"
#include "runner/config/variables.h"

#include <stdio.h>
#include <string.h>

#define ELLIPSIS "…" /* a terminal without UTF-8 has none */

/* A leading '.' or '\'' would be a request, '-' a hyphen, '\' an escape. */
static void print_escaped(const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", stdout);
	for (; *text != '\0'; text++) {
		if (*text == '-')
			fputs("\\-", stdout);
		else if (*text == '\\')
			fputs("\\e", stdout);
		else if (strncmp(text, ELLIPSIS, sizeof ELLIPSIS - 1) == 0) {
			fputs("...", stdout);
			text += sizeof ELLIPSIS - 2;
		} else
			putchar(*text);
	}
}

static void print_value(const struct setting *setting)
{
	char text[256];

	if (!setting_takes_value(setting))
		return;
	fputs(" \\fI", stdout);
	print_escaped(setting_arg(setting, text, sizeof text));
	fputs("\\fR", stdout);
}

static void print_setting(const struct setting *setting, bool key)
{
	char option[80];

	puts(".TP");
	if (!key && setting->letter != '\0')
		printf("\\fB\\-%c\\fR, ", setting->letter);
	fputs("\\fB", stdout);
	if (key) {
		print_escaped(setting_profile_key(setting));
	} else {
		setting_option(setting, option, sizeof option);
		fputs("\\-\\-", stdout);
		print_escaped(option);
		if ((setting->flags & SETTING_NEGATABLE) != 0)
			printf("\\fR, \\fB\\-\\-no\\-%s", option);
	}
	fputs("\\fR", stdout);
	if (!key)
		print_value(setting);
	puts("");
	print_escaped(setting->help);
	if ((setting->flags & SETTING_LIST) != 0)
		fputs(key ? "; a list" : "; may be repeated", stdout);
	if (setting->later != NULL)
		fputs(" (not supported yet)", stdout);
	puts(".");
}

static void print_groups(void)
{
	for (size_t i = 0; i < seccomp_groups_count; i++) {
		printf(".TP\n\\fB@");
		print_escaped(seccomp_groups[i].name);
		puts("\\fR");
		print_escaped(seccomp_groups[i].help);
		puts(":");
		puts(".br");
		print_escaped(seccomp_groups[i].names);
		puts(".");
	}
}

static void print_values(const struct arg_value *values)
{
	for (; values != NULL && values->name[0] != '\0'; values++) {
		print_escaped(values->name);
		fputs(values[1].name[0] != '\0' ? ", " : ".", stdout);
	}
}

static void print_arguments(void)
{
	for (size_t i = 0; i < syscall_args_count; i++) {
		const struct syscall_arg *arg = &syscall_args[i];

		printf(".TP\n\\fB");
		print_escaped(arg->syscall);
		fputs(": ", stdout);
		print_escaped(arg->name);
		puts("\\fR");
		printf("Argument %u, ", arg->index);
		if (arg->mask == UINT64_MAX)
			fputs("all 64 bits", stdout);
		else if (arg->mask == UINT32_MAX)
			fputs("the low 32 bits", stdout);
		else
			printf("the bits 0x%llx", (unsigned long long)arg->mask);
		fputs(arg->flags ? "; flags" : "", stdout);
		fputs(arg->values != NULL ? ": " : "; a number.", stdout);
		print_values(arg->values);
		puts("");
	}
}

static void print_settings(bool key)
{
	for (size_t i = 0; i < settings_count; i++)
		if ((setting_at(i)->flags & (key ? SETTING_CLI_ONLY : SETTING_PROFILE_ONLY)) == 0)
			print_setting(setting_at(i), key);
}

static void print_options(void)
{
	print_settings(false);
}

static void print_keys(void)
{
	print_settings(true);
}

static void print_offer(const struct offer *offer, void *context)
{
	(void)context;
	if (strcmp(offer->name, "help") == 0)
		return;
	puts(".TP");
	if (offer->letter != '\0')
		printf("\\fB\\-%c\\fR, ", offer->letter);
	fputs("\\fB\\-\\-", stdout);
	print_escaped(offer->name);
	fputs("\\fR", stdout);
	if (offer->arg[0] != '\0') {
		fputs(" \\fI", stdout);
		print_escaped(offer->arg);
		fputs("\\fR", stdout);
	}
	puts("");
	print_escaped(offer->help);
	puts(offer->repeated && strstr(offer->help, "repeatable") == NULL ? "; may be repeated." : ".");
}

/* What each value of an option means, where the usage text has a line for each. */
static void print_choices(const struct cli_subcommand *row)
{
	for (const struct cli_option *const *option = row->options; *option != NULL; option++)
		for (const struct cli_choice *choice = (*option)->choices;
			choice != NULL && choice->name != NULL && choice->help != NULL; choice++) {
			fputs(".TP\n\\fB\\-\\-", stdout);
			print_escaped((*option)->name);
			fputs(" ", stdout);
			print_escaped(choice->name);
			puts("\\fR");
			print_escaped(choice->help);
			puts(".");
		}
}

static void print_subcommand(const struct cli_subcommand *row)
{
	fputs(".SS \"cofferdam ", stdout);
	print_escaped(row->path);
	puts("\"");
	offers(row, print_offer, NULL);
	print_choices(row);
}

static void print_subcommands(const char *command)
{
	for (const struct cli_subcommand *row = cli_subcommands; row->path != NULL; row++)
		if (row->settings == CLI_SETTINGS_NONE && row->options[0] != NULL &&
			cli_subcommand_below(row, command) != NULL)
			print_subcommand(row);
}

static void print_policy(void)
{
	print_subcommands("policy");
}

static void print_image(void)
{
	print_subcommands("image");
}

static void print_entrypoint(void)
{
	offers(cli_subcommand("entrypoint"), print_offer, NULL);
}

/* Those that are no options of `run`. */
static void print_doctor(void)
{
	struct cli_subcommand own = *cli_subcommand("doctor");

	own.settings = CLI_SETTINGS_NONE;
	offers(&own, print_offer, NULL);
}

static void print_seccomp_exec(void)
{
	offers(cli_subcommand("seccomp exec"), print_offer, NULL);
}

static void print_runner(void)
{
	for (const struct config_variable *v = config_variables; v->name != NULL; v++) {
		if (v->name[0] == '\0') {
			fputs(".PP\n", stdout); /* about those before */
			print_escaped(v->help);
			puts(".");
			continue;
		}
		printf(".TP\n\\fB%s\\fR\n", v->name);
		print_escaped(v->help);
		puts(".");
	}
}

/* What becomes of the variables of others: a row of a table that docs/runner.md has, too. */
static void print_inputs(void)
{
	static const char *const kinds[] = {
		[INPUT_HONOURED] = "honoured", [INPUT_TRANSLATED] = "translated", [INPUT_REFUSED] = "refused"};

	for (const struct input *input = inputs; input->name != NULL; input++) {
		printf(".TP\n\\fB%s%s\\fR\n%s: ", input->name, (input->flags & INPUT_PREFIX) != 0 ? "*" : "",
			kinds[input->kind]);
		print_escaped(input->text);
		puts(".");
	}
}

static void print_pool_keys(void)
{
	for (const struct pool_key *key = pool_keys; key->name != NULL; key++) {
		if (key->read == NULL)
			continue;
		printf(".TP\n\\fB%s\\fR\n", key->name);
		print_escaped(key->help);
		puts(".");
	}
}

static const struct {
	const char *name;
	void (*print)(void);
} lists[] = {{"options", print_options}, {"policy", print_policy}, {"image", print_image}, {"runner", print_runner},
	{"inputs", print_inputs}, {"entrypoint", print_entrypoint}, {"doctor", print_doctor},
	{"seccomp-exec", print_seccomp_exec}, {"keys", print_keys}, {"pool-keys", print_pool_keys},
	{"groups", print_groups}, {"arguments", print_arguments}};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < sizeof lists / sizeof lists[0]; i++)
		if (strcmp(argv[1], lists[i].name) == 0) {
			lists[i].print();
			return fflush(stdout) != 0 || ferror(stdout);
		}
	fputs("usage: man-options options|policy|image|runner|inputs|entrypoint|doctor|seccomp-exec|keys|pool-keys|groups|arguments\n",
		stderr);
	return 2;
}
