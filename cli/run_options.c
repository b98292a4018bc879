#include "cli/run_options.h"

#include "cli/settings_help.h"
#include "cli/subcommands.h"
#include "cli/unknown.h"
#include "common/builtin.h"
#include "common/cleanup.h"
#include "common/io.h"
#include "common/phrases.h"
#include "common/words.h"
#include "policy/profile.h"
#include "policy/setting_kind.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define DEFAULT_PROFILE "default"
#define NAME_MAX_LEN 32

enum {
	OPTION_HELP = 1 << 16,
	OPTION_NEGATED = 1 << 17, /* added to the row number for --no-… */
	OPTION_ROW = 1 << 18,     /* added to every row number, which is then no letter */
	OPTION_OWN = 1 << 19,     /* added to the id of an option of the subcommand's own */
};

/* The array for getopt_long(3), the names it points to, and the short forms. */
struct option_table {
	struct option *options;
	char (*names)[NAME_MAX_LEN];
	char letters[16];
};

static void option_table_free(struct option_table *table)
{
	free(table->options);
	free(table->names);
}

/* The subcommand that takes the options. */
struct usage {
	const struct cli_subcommand *row;
	const char *profile;  /* without --profile */
	usage_option_fn *own; /* reads the options that are no settings; NULL: no matter */
	void *context;
};

/* The options of a subcommand that are no settings. They have no letters. */
static size_t add_own(const struct cli_subcommand *row, struct option *options)
{
	size_t n = 0;

	for (; row->options[n] != NULL; n++)
		options[n] = (struct option){row->options[n]->name,
			row->options[n]->arg != NULL ? required_argument : no_argument, NULL,
			row->options[n]->id | OPTION_OWN};
	return n;
}

static int option_table_make(const struct cli_subcommand *row, struct option_table *table, struct error *err)
{
	struct words letters = {table->letters, sizeof table->letters, 0};
	char(*name)[NAME_MAX_LEN]; /* of the next option that is not called as its key */
	size_t n = 0;

	words_put(&letters, "+:h");
	table->options = calloc(2 * settings_count + CLI_OPTIONS_MAX + 2, sizeof *table->options);
	table->names = calloc(2 * settings_count, sizeof *table->names);
	if (table->options == NULL || table->names == NULL)
		return error_set(err, ENOMEM, "options");
	name = table->names;
	for (size_t i = 0; i < settings_count; i++) {
		const struct setting *setting = setting_at(i);
		const int has_arg = setting_takes_value(setting) ? required_argument : no_argument;

		if ((setting->flags & SETTING_PROFILE_ONLY) != 0)
			continue;
		table->options[n] = (struct option){setting->key, has_arg, NULL, (int)i | OPTION_ROW};
		if (strchr(setting->key, '_') != NULL) {
			setting_option(setting, *name, NAME_MAX_LEN);
			table->options[n].name = *name++;
		}
		n++;
		if (setting->letter != '\0')
			words_put(&letters, "%c%s", setting->letter, has_arg == required_argument ? ":" : "");
		if ((setting->flags & SETTING_NEGATABLE) == 0)
			continue;
		setting_option_negated(setting, *name, NAME_MAX_LEN);
		table->options[n++] = (struct option){*name++, no_argument, NULL, (int)i | OPTION_NEGATED | OPTION_ROW};
	}
	n += add_own(row, table->options + n);
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
static int option_error(const struct cli_subcommand *row, const char *arg, int found, struct error *err)
{
	if (found == ':')
		return error_set(err, 0, "%s: " PHRASE_REQUIRES_VALUE, arg);
	if (strncmp(arg, "--", 2) == 0 && optopt != 0)
		return error_set(err, 0, "%.*s: " PHRASE_TAKES_NO_VALUE, (int)strcspn(arg, "="), arg);
	return unknown_option(row, arg, err);
}

/* getopt_long() takes unambiguous beginnings of names: a later option would change what they mean, so none is taken. */
static bool is_shortened(const char *arg, const char *name)
{
	return strncmp(arg, "--", 2) != 0 || strcspn(arg + 2, "=") != strlen(name);
}

/* The setting that `found` stands for: a letter, or the number of a row with bits added. */
static const struct setting *setting_found(int found)
{
	size_t i = 0;

	if ((found & OPTION_ROW) != 0)
		return setting_at((size_t)(found & ~(OPTION_NEGATED | OPTION_ROW)));
	while (setting_at(i)->letter != found)
		i++;
	return setting_at(i);
}

static void read_option(int found, struct given_list *list)
{
	struct given *given = &list->items[list->n++];
	const bool negated = (found & OPTION_NEGATED) != 0;
	char name[NAME_MAX_LEN];

	given->setting = setting_found(found);
	given->value = optarg;
	if (!setting_takes_value(given->setting))
		given->value = negated ? "no" : "yes";
	if (negated)
		setting_option_negated(given->setting, name, sizeof name);
	else
		setting_option(given->setting, name, sizeof name);
	snprintf(given->label, sizeof given->label, "--%s", name);
}

/* Collects the options. Returns the index of the first other argument, OPTION_HELP, or -1. */
static int read_options(const struct usage *usage, int argc, char **argv, struct given_list *list, struct error *err)
{
	_cleanup_(option_table_free) struct option_table table = {0};

	list->items = list->items != NULL ? list->items : calloc((size_t)argc + 1, sizeof *list->items);
	if (list->items == NULL)
		return error_set(err, ENOMEM, "options");
	if (option_table_make(usage->row, &table, err) < 0)
		return -1;
	opterr = 0;
	optind = 0; /* glibc: start afresh, even if another argv was read before */
	for (;;) {
		const char *arg = argv[optind == 0 ? 1 : optind];
		int index = -1, found = getopt_long(argc, argv, table.letters, table.options, &index);

		if (found == -1)
			return optind;
		if (found == '?' || found == ':')
			return option_error(usage->row, arg, found, err);
		if (index >= 0 && is_shortened(arg, table.options[index].name)) {
			error_set(err, 0, "%.*s: " PHRASE_UNKNOWN_OPTION, (int)strcspn(arg, "="), arg);
			return error_hint(err, "write it in full: --%s", table.options[index].name);
		}
		if (found == OPTION_HELP || found == 'h')
			return OPTION_HELP;
		if ((found & OPTION_OWN) == 0)
			read_option(found, list);
		else if (usage->own != NULL && usage->own(found & ~OPTION_OWN, optarg, usage->context, err) < 0)
			return -1;
	}
}

static bool in_container(const struct usage *usage)
{
	return usage->row->settings == CLI_SETTINGS_CONTAINER;
}

static int print_help(const struct usage *usage, struct error *err)
{
	settings_help_print(usage->row, stdout);
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
	if (setting_apply(plan, chosen->setting, chosen->value, chosen->label, err) < 0)
		return -1;
	if (profile_load(chosen->value, plan, err) == 0)
		return 0;
	if (plan->in_container && builtin_find_named("profiles", chosen->value) != NULL)
		return error_context(err, "%s %s is for `cofferdam run`: omit it, or extend entrypoint", chosen->label,
			chosen->value);
	/* A file that cannot be read; what is wrong in it has the place. */
	return err->errnum != 0 ? error_context(err, "%s", chosen->label) : -1;
}

static int apply_options(const struct given_list *list, struct plan *plan, struct error *err)
{
	_cleanup_(freep) char *cwd = getcwd(NULL, 0);

	if (cwd == NULL) {
		error_set(err, errno, "the current directory");
		return err->errnum == ENOENT ? error_hint(err, "it was removed: cd to one that exists") : -1;
	}
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

static bool has_profile(const struct given_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->items[i].setting->key, "profile") == 0)
			return true;
	return false;
}

/* Reads a profile's NAME at argv[at], which stands for --profile NAME, and the options after it. As read_options(). */
static int read_name(
	const struct usage *usage, int argc, char **argv, int at, struct given_list *list, struct error *err)
{
	const char *name = argv[at];
	int next = read_options(usage, argc - at, argv + at, list, err);

	if (next < 0 || next == OPTION_HELP)
		return next;
	if (has_profile(list))
		return error_set(err, 0, "%s: %s and --profile " PHRASE_EXCLUDE, usage->row->path, name);
	list->items[list->n++] = (struct given){setting_find("profile"), name, "--profile"};
	return at + next;
}

static int parse(int argc, char **argv, const struct usage *usage, struct plan *plan, struct error *err)
{
	_cleanup_(given_list_free) struct given_list list = {0};
	int at;

	if (plan_init(plan, err) < 0)
		return -1;
	plan->in_container = in_container(usage);
	at = read_options(usage, argc, argv, &list, err);
	if (at > 0 && at < argc && usage->row->operand == SETTING_VALUE_SHIPPED)
		at = read_name(usage, argc, argv, at, &list, err);
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
		error_set(err, 0, "%s: no command", usage->row->path);
		return error_hint(err, "expected cofferdam %s %s", usage->row->path, usage->row->usage);
	}
	plan->command.argv = argv + at;
	return at;
}

int options_parse(int argc, char **argv, struct plan *plan, struct error *err)
{
	const struct usage usage = {.row = cli_subcommand("run"), .profile = DEFAULT_PROFILE};

	return parse_with_command(argc, argv, &usage, plan, err);
}

int options_parse_entrypoint(int argc, char **argv, struct plan *plan, struct error *err)
{
	const struct usage usage = {.row = cli_subcommand("entrypoint"), .profile = "entrypoint"};

	return parse_with_command(argc, argv, &usage, plan, err);
}

int options_parse_settings(int argc, char **argv, const char *subcommand, usage_option_fn *own, void *context,
	struct plan *plan, struct error *err)
{
	const struct usage usage = {cli_subcommand(subcommand), DEFAULT_PROFILE, own, context};
	int at = parse(argc, argv, &usage, plan, err);

	if (at > 0 && at < argc)
		return error_set(err, 0, "%s: " PHRASE_UNEXPECTED_ARGUMENT, argv[at]);
	return at;
}

const char *options_user(int argc, char **argv, const char *subcommand)
{
	const struct usage usage = {.row = cli_subcommand(subcommand)};
	_cleanup_(given_list_free) struct given_list list = {0};
	const char *user = NULL;
	struct error ignored; /* options_parse() tells */
	bool is_named = false;

	for (int i = 1; i < argc; i++)
		is_named |= strncmp(argv[i], "--user", strlen("--user")) == 0;
	if (!is_named || read_options(&usage, argc, argv, &list, &ignored) < 0)
		return NULL;
	for (size_t i = 0; i < list.n; i++)
		if (strcmp(list.items[i].setting->key, "user") == 0)
			user = list.items[i].value;
	return user;
}
