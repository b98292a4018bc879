/* Prints what man pages list, in man(7), from the tables that command lines, profiles and policies are parsed with: the
 * options of cofferdam-run(1) (`options`), the keys of cofferdam-profile(5) (`keys`), the groups and the arguments of
 * cofferdam-seccomp(5) (`groups`, `arguments`). Build tool of the man pages. */
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
	for (; values != NULL && values->name != NULL; values++) {
		print_escaped(values->name);
		fputs(values[1].name != NULL ? ", " : ".", stdout);
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
		if ((settings[i].flags & (key ? SETTING_CLI_ONLY : SETTING_PROFILE_ONLY)) == 0)
			print_setting(&settings[i], key);
}

static void print_options(void)
{
	print_settings(false);
}

static void print_keys(void)
{
	print_settings(true);
}

static const struct {
	const char *name;
	void (*print)(void);
} lists[] = {
	{"options", print_options}, {"keys", print_keys}, {"groups", print_groups}, {"arguments", print_arguments}};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < sizeof lists / sizeof lists[0]; i++)
		if (strcmp(argv[1], lists[i].name) == 0) {
			lists[i].print();
			return fflush(stdout) != 0 || ferror(stdout);
		}
	fputs("usage: man-options options|keys|groups|arguments\n", stderr);
	return 2;
}
