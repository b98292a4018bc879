#include "cli/settings_help.h"

#include "cli/usage.h"
#include "cli/wrap.h"
#include "common/phrases.h"
#include "policy/setting_container.h"
#include "policy/setting_kind.h"

#include <string.h>

#define INDENT 8
#define ARG_MAX_COLUMNS 40 /* longer lists of names go into the help */

const struct settings_group settings_groups[] = {
	{"profile", "Profile"},
	{"ro", "Files"},
	{"identity", "Identity and environment"},
	{"memory", "Limits"},
	{"network", "Network"},
	{"seccomp", "Protections"},
	{"report", "Report and start"},
	{NULL, NULL},
};

static void print_option(FILE *out, const struct setting *setting, bool in_container, int width)
{
	const struct container_row *row = in_container ? container_row(setting) : NULL;
	const bool other = row != NULL && row->arg != NULL;
	char name[64], choices[256], names[256] = "", letter[8] = "", help[768];
	const char *arg = other ? row->arg : setting_arg(setting, choices, sizeof choices);

	if (!other && strlen(arg) > ARG_MAX_COLUMNS && setting_kind(setting)->value == SETTING_VALUE_CHOICE) {
		setting_choices_text(setting, ", ", names, sizeof names);
		arg = "NAME[,NAME…]";
	}
	if (setting->letter != '\0')
		snprintf(letter, sizeof letter, "-%c, ", setting->letter);
	setting_option(setting, name, sizeof name);
	fprintf(out, "  %s--%s%s%s%s\n%*s", letter, (setting->flags & SETTING_NEGATABLE) != 0 ? "[no-]" : "", name,
		arg[0] != '\0' ? " " : "", arg, INDENT, "");
	snprintf(help, sizeof help, "%s%s%s%s%s", other ? row->help : setting->help, names[0] != '\0' ? "; NAME: " : "",
		names, (setting->flags & SETTING_LIST) != 0 ? "; may be repeated" : "",
		setting->later != NULL ? " (" PHRASE_NOT_YET ")" : "");
	wrap_print(out, help, INDENT, INDENT, width);
}

static const char *heading_at(const struct setting *setting)
{
	for (const struct settings_group *group = settings_groups; group->first != NULL; group++)
		if (strcmp(group->first, setting->key) == 0)
			return group->heading;
	return NULL;
}

void settings_help_print(const struct cli_subcommand *subcommand, FILE *out)
{
	const bool in_container = subcommand->settings == CLI_SETTINGS_CONTAINER;
	const int width = wrap_width(out);
	const char *heading = NULL;

	usage_print_head(subcommand, out);
	usage_print_options(subcommand, out);
	for (size_t i = 0; i < settings_count; i++) {
		const struct setting *setting = setting_at(i);

		if (heading_at(setting) != NULL)
			heading = heading_at(setting);
		if ((setting->flags & SETTING_PROFILE_ONLY) != 0 || (in_container && !container_takes(setting)))
			continue;
		if (heading != NULL)
			fprintf(out, "\n%s:\n", heading);
		heading = NULL;
		print_option(out, setting, in_container, width);
	}
	fprintf(out, "  -h, --help\n%*sprint this help\n\n", INDENT, "");
	wrap_print(out,
		"SIZE is a number of bytes, optionally with K, M, G or T (powers of 1024). DURATION is a number with ms, s, m, h or d. For a limit, the value none removes the profile's limit. In PATH[:INSIDE] a ':' that belongs to a name is written '\\:'.",
		0, 0, width);
	usage_print_tail(subcommand, out);
}
