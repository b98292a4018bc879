/* Prints the option list of cofferdam-run(1) (`options`) or the key list of cofferdam-profile(5) (`keys`) in man(7),
 * from the table that command lines and profiles are parsed with. Build tool of the man pages. */
#include "policy/settings.h"

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

int main(int argc, char **argv)
{
	bool key = argc == 2 && strcmp(argv[1], "keys") == 0;

	if (argc != 2 || (!key && strcmp(argv[1], "options") != 0)) {
		fputs("usage: man-options options|keys\n", stderr);
		return 2;
	}
	for (size_t i = 0; i < settings_count; i++)
		if ((settings[i].flags & (key ? SETTING_CLI_ONLY : SETTING_PROFILE_ONLY)) == 0)
			print_setting(&settings[i], key);
	return ferror(stdout) ? 1 : 0;
}
