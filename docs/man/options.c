/* Prints a list of a man page in man(7), from the table that is also parsed with: the options of cofferdam-run(1), the
 * keys of cofferdam-profile(5), the groups and the arguments of cofferdam-seccomp(5). Build tool of the man pages. */
#include "policy/seccomp_groups.h"
#include "policy/settings.h"
#include "policy/syscall_args.h"

#include <stdio.h>
#include <string.h>

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
		else
			putchar(*text);
	}
}

static void print_value(const struct setting *setting)
{
	char text[256];

	if (setting->type == SETTING_BOOL)
		return;
	fputs(" \\fI", stdout);
	if (setting->arg == NULL)
		setting_choices_text(setting, "|", text, sizeof text);
	print_escaped(setting->arg != NULL ? setting->arg : text);
	fputs("\\fR", stdout);
}

static void print_setting(const struct setting *setting, bool key)
{
	char option[80];

	puts(".TP");
	fputs("\\fB", stdout);
	if (key) {
		print_escaped(setting->key);
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
		fputs(" (not in this version)", stdout);
	puts(".");
}

static void print_settings(bool keys)
{
	for (size_t i = 0; i < settings_count; i++)
		if ((settings[i].flags & (keys ? SETTING_CLI_ONLY : SETTING_PROFILE_ONLY)) == 0)
			print_setting(&settings[i], keys);
}

static void print_options(void)
{
	print_settings(false);
}

static void print_keys(void)
{
	print_settings(true);
}

static void print_groups(void)
{
	for (size_t i = 0; i < seccomp_groups_count; i++) {
		fputs(".TP\n\\fB@", stdout);
		print_escaped(seccomp_groups[i].name);
		puts("\\fR");
		print_escaped(seccomp_groups[i].help);
		puts(":");
		print_escaped(seccomp_groups[i].names);
		puts(".");
	}
}

static void print_arguments(void)
{
	for (size_t i = 0; i < syscall_args_count; i++) {
		const struct syscall_arg *arg = &syscall_args[i];

		if (i == 0 || strcmp(arg->syscall, arg[-1].syscall) != 0) {
			fputs(".TP\n\\fB", stdout);
			print_escaped(arg->syscall);
			fputs("\\fR\n", stdout);
		} else {
			puts(".br");
		}
		print_escaped(arg->name);
		for (const struct arg_value *value = arg->values; value != NULL && value->name != NULL; value++) {
			fputs(value == arg->values ? ": " : ", ", stdout);
			print_escaped(value->name);
		}
		puts("");
	}
}

static const struct {
	const char *name;
	void (*print)(void);
} lists[] = {
	{"options", print_options},
	{"keys", print_keys},
	{"groups", print_groups},
	{"arguments", print_arguments},
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < sizeof lists / sizeof lists[0]; i++)
		if (strcmp(argv[1], lists[i].name) == 0) {
			lists[i].print();
			return ferror(stdout) ? 1 : 0;
		}
	fputs("usage: man-options options|keys|groups|arguments\n", stderr);
	return 2;
}
