#include "cli/options.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "policy/container.h"
#include "policy/profile.h"
#include "policy/settings.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define DEFAULT_PROFILE "default"
#define NAME_MAX_LEN 64

enum {
	OPTION_HELP = 1 << 16,
	OPTION_NEGATED = 1 << 17, /* added to the row number for --no-… */
};

/* The array for getopt_long(3), and the names it points to. */
struct option_table {
	struct option *options;
	char (*names)[NAME_MAX_LEN];
};

static void option_table_free(struct option_table *table)
{
	free(table->options);
	free(table->names);
}

static int option_table_make(struct option_table *table, struct error *err)
{
	size_t n = 0;

	table->options = calloc(2 * settings_count + 2, sizeof *table->options);
	table->names = calloc(2 * settings_count, sizeof *table->names);
	if (table->options == NULL || table->names == NULL)
		return error_set(err, ENOMEM, "options");
	for (size_t i = 0; i < settings_count; i++) {
		const struct setting *setting = &settings[i];
		bool flag = setting->type == SETTING_BOOL;

		if ((setting->flags & SETTING_PROFILE_ONLY) != 0)
			continue;
		setting_option(setting, table->names[n], NAME_MAX_LEN);
		table->options[n] =
			(struct option){table->names[n], flag ? no_argument : required_argument, NULL, (int)i};
		n++;
		if ((setting->flags & SETTING_NEGATABLE) == 0)
			continue;
		snprintf(table->names[n], NAME_MAX_LEN, "no-%s", setting->key);
		table->options[n] = (struct option){table->names[n], no_argument, NULL, (int)i | OPTION_NEGATED};
		n++;
	}
	table->options[n] = (struct option){"help", no_argument, NULL, OPTION_HELP};
	return 0;
}

/* One option as it stands on the command line. */
struct given {
	const struct setting *setting;
	const char *value;
	char label[NAME_MAX_LEN + 2]; /* "--memory" */
};

struct given_list {
	struct given *items;
	size_t n;
};

static void given_list_free(struct given_list *list)
{
	free(list->items);
}

/* What getopt_long() found wrong with `arg`: ':' no value, '?' with optopt a value too many, else an unknown name. */
static int option_error(const char *arg, int found, struct error *err)
{
	if (found == ':')
		return error_set(err, 0, "%s: needs a value", arg);
	if (strncmp(arg, "--", 2) == 0 && optopt != 0)
		return error_set(err, 0, "%.*s: takes no value", (int)strcspn(arg, "="), arg);
	error_set(err, 0, "%.*s: not an option", (int)strcspn(arg, "="), arg);
	return error_hint(err, "--help lists them");
}

/* getopt_long() takes unambiguous beginnings of names: a later option would change what they mean, so none is taken. */
static bool is_shortened(const char *arg, const char *name)
{
	return strncmp(arg, "--", 2) != 0 || strcspn(arg + 2, "=") != strlen(name);
}

static int read_option(
	const struct option *option, const char *arg, int found, struct given_list *list, struct error *err)
{
	struct given *given = &list->items[list->n];

	if (is_shortened(arg, option->name)) {
		error_set(err, 0, "%.*s: not an option", (int)strcspn(arg, "="), arg);
		return error_hint(err, "the option is --%s, in full", option->name);
	}
	if (found == OPTION_HELP)
		return OPTION_HELP;
	given->setting = &settings[found & ~OPTION_NEGATED];
	given->value = optarg;
	if (option->has_arg == no_argument)
		given->value = (found & OPTION_NEGATED) != 0 ? "no" : "yes";
	snprintf(given->label, sizeof given->label, "--%s", option->name);
	list->n++;
	return 0;
}

/* Collects the options. Returns the index of the first other argument, OPTION_HELP, or -1. */
static int read_options(int argc, char **argv, struct given_list *list, struct error *err)
{
	_cleanup_(option_table_free) struct option_table table = {0};

	list->items = calloc((size_t)argc + 1, sizeof *list->items);
	if (list->items == NULL)
		return error_set(err, ENOMEM, "options");
	if (option_table_make(&table, err) < 0)
		return -1;
	opterr = 0;
	optind = 0; /* glibc: start afresh, even if another argv was read before */
	for (;;) {
		const char *arg = argv[optind == 0 ? 1 : optind];
		int index = 0, found = getopt_long(argc, argv, "+:", table.options, &index), r;

		if (found == -1)
			return optind;
		if (found == '?' || found == ':')
			return option_error(arg, found, err);
		r = read_option(&table.options[index], arg, found, list, err);
		if (r != 0)
			return r;
	}
}

/* What a subcommand makes of the table. */
struct usage {
	const char *subcommand;
	const char *arguments;
	const char *profile; /* without --profile */
	bool in_container;
};

static void print_option(const struct usage *usage, const struct setting *setting)
{
	const struct container_meaning *meaning = usage->in_container ? container_meaning(setting) : NULL;
	char name[NAME_MAX_LEN], choices[128] = "";
	const char *arg = meaning != NULL ? meaning->arg : setting->arg;

	setting_option(setting, name, sizeof name);
	if (setting->choices != NULL && setting->type != SETTING_BOOL)
		setting_choices_text(setting, "|", choices, sizeof choices);
	printf("  --%s%s%s%s\n        %s%s%s\n", (setting->flags & SETTING_NEGATABLE) != 0 ? "[no-]" : "", name,
		setting->type == SETTING_BOOL ? "" : " ", arg != NULL ? arg : choices,
		meaning != NULL ? meaning->help : setting->help,
		(setting->flags & SETTING_LIST) != 0 ? "; may be repeated" : "",
		setting->later != NULL ? " (not in this version)" : "");
}

static void print_text(const struct usage *usage)
{
	printf("Usage: cofferdam %s [OPTION…]%s\n\n", usage->subcommand, usage->arguments);
	for (size_t i = 0; i < settings_count; i++)
		if ((settings[i].flags & SETTING_PROFILE_ONLY) == 0 &&
			(!usage->in_container || container_takes(&settings[i])))
			print_option(usage, &settings[i]);
	printf("  --help\n        print this\n\n"
	       "SIZE is a number of bytes, or has one of K M G T behind it. DURATION is a number and ms, s, m, h or "
	       "d.\n"
	       "Where a limit is wanted, none takes away the profile's.\n");
}

static int print_help(const struct usage *usage, struct error *err)
{
	print_text(usage);
	if (fflush(stdout) != 0 || ferror(stdout))
		return error_set(err, errno, "standard output");
	return OPTIONS_HELP;
}

/* Options override the profile wherever --profile stands, so it comes first. */
static int load_profile(const struct given_list *list, const struct usage *usage, struct plan *plan, struct error *err)
{
	const struct given *chosen = NULL;

	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->items[i].setting->key, "profile") == 0)
			chosen = &list->items[i];
	if (chosen == NULL)
		return profile_load(usage->profile, plan, err);
	return setting_apply(plan, chosen->setting, chosen->value, chosen->label, err) < 0 ||
			       profile_load(chosen->value, plan, err) < 0
		       ? -1
		       : 0;
}

static int apply_options(const struct given_list *list, struct plan *plan, struct error *err)
{
	_cleanup_(freep) char *cwd = getcwd(NULL, 0);

	if (cwd == NULL)
		return error_set(err, errno, "the current directory");
	for (size_t i = 0; i < list->n; i++) {
		const struct given *given = &list->items[i];
		_cleanup_(freep) char *value = NULL;

		if (strcmp(given->setting->key, "profile") == 0)
			continue;
		if (setting_absolute(given->setting, cwd, given->value, &value, err) < 0)
			return error_context(err, "%s", given->label);
		if (setting_apply(plan, given->setting, value, given->label, err) < 0)
			return -1;
	}
	return 0;
}

static int parse(int argc, char **argv, const struct usage *usage, struct plan *plan, struct error *err)
{
	_cleanup_(given_list_free) struct given_list list = {0};
	int at;

	if (plan_init(plan, err) < 0)
		return -1;
	plan->in_container = usage->in_container;
	at = read_options(argc, argv, &list, err);
	if (at < 0)
		return -1;
	if (at == OPTION_HELP)
		return print_help(usage, err);
	if (load_profile(&list, usage, plan, err) < 0 || apply_options(&list, plan, err) < 0)
		return -1;
	return at;
}

static int parse_with_command(int argc, char **argv, const struct usage *usage, struct plan *plan, struct error *err)
{
	int at = parse(argc, argv, usage, plan, err);

	if (at <= 0)
		return at;
	if (at >= argc) {
		error_set(err, 0, "%s: no command", usage->subcommand);
		return error_hint(err, "cofferdam %s [OPTION…] [--] COMMAND [ARG…]", usage->subcommand);
	}
	plan->argv = argv + at;
	return at;
}

int options_parse(int argc, char **argv, struct plan *plan, struct error *err)
{
	static const struct usage usage = {"run", " [--] COMMAND [ARG…]", DEFAULT_PROFILE, false};

	return parse_with_command(argc, argv, &usage, plan, err);
}

int options_parse_entrypoint(int argc, char **argv, struct plan *plan, struct error *err)
{
	static const struct usage usage = {"entrypoint", " [--] COMMAND [ARG…]", "entrypoint", true};

	return parse_with_command(argc, argv, &usage, plan, err);
}

int options_parse_settings(int argc, char **argv, const char *subcommand, struct plan *plan, struct error *err)
{
	const struct usage usage = {subcommand, "", DEFAULT_PROFILE, false};
	int at = parse(argc, argv, &usage, plan, err);

	if (at > 0 && at < argc)
		return error_set(err, 0, "%s: unexpected argument", argv[at]);
	return at;
}

const char *options_user(int argc, char **argv)
{
	_cleanup_(given_list_free) struct given_list list = {0};
	const char *user = NULL;
	struct error ignored; /* options_parse() tells */

	if (read_options(argc, argv, &list, &ignored) < 0)
		return NULL;
	for (size_t i = 0; i < list.n; i++)
		if (strcmp(list.items[i].setting->key, "user") == 0)
			user = list.items[i].value;
	return user;
}
