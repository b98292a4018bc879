#include "cli/offers.h"

#include "common/builtin.h"
#include "policy/setting_container.h"

#include <stdio.h>
#include <string.h>

static void add_word(char *words, const char *word)
{
	size_t used = strlen(words);

	snprintf(words + used, OFFER_WORDS_MAX - used, "%s%s", used == 0 ? "" : " ", word);
}

/* The names in a directory of shipped files. */
static void shipped_words(const char *directory, char *words)
{
	builtin_names(directory, words, OFFER_WORDS_MAX);
	for (char *p = words; *p != '\0'; p++)
		if (*p == ',')
			memmove(p, p + 1, strlen(p));
}

/* "landlock|none": the names, with blanks between them. */
static void copy_alternatives(const char *arg, char *words)
{
	snprintf(words, OFFER_WORDS_MAX, "%s", arg);
	for (char *p = words; *p != '\0'; p++)
		if (*p == '|')
			*p = ' ';
}

static void setting_words(const struct setting *setting, struct offer *offer)
{
	enum setting_value value = setting_kind(setting)->value;

	offer->path = value == SETTING_VALUE_FILE || value == SETTING_VALUE_SHIPPED;
	if (value == SETTING_VALUE_SHIPPED)
		shipped_words(setting->shipped, offer->words);
	if (value != SETTING_VALUE_CHOICE)
		return;
	for (const struct setting_choice *choice = setting->choices; choice->name != NULL; choice++)
		if (choice->later == NULL && choice->form == '/')
			offer->path = true;
		else if (choice->later == NULL && choice->form == ':')
			offer->images = true;
		else if (choice->later == NULL)
			add_word(offer->words, choice->name);
}

/* An entrypoint may call it something else, and take less. */
static void setting_offer(const struct setting *setting, bool in_container, struct offer *offer)
{
	const struct container_row *row = in_container ? container_row(setting) : NULL;
	char choices[OFFER_WORDS_MAX];

	*offer = (struct offer){
		.letter = setting->letter, .help = setting->help, .repeated = (setting->flags & SETTING_LIST) != 0};
	setting_option(setting, offer->name, sizeof offer->name);
	snprintf(offer->arg, sizeof offer->arg, "%s", setting_arg(setting, choices, sizeof choices));
	setting_words(setting, offer);
	if (row == NULL || row->arg == NULL)
		return;
	offer->help = row->help;
	snprintf(offer->arg, sizeof offer->arg, "%s", row->arg);
	if (setting_kind(setting)->value == SETTING_VALUE_CHOICE)
		copy_alternatives(row->arg, offer->words);
}

static bool is_taken(const struct setting *setting, enum cli_settings which)
{
	if (which == CLI_SETTINGS_NONE || (setting->flags & SETTING_PROFILE_ONLY) != 0 || setting->later != NULL)
		return false;
	return which != CLI_SETTINGS_CONTAINER || container_takes(setting);
}

static void offer_settings(enum cli_settings which, offer_fn *each, void *context)
{
	for (size_t i = 0; i < settings_count; i++) {
		struct offer offer;
		char opposite[OFFER_NAME_MAX];

		if (!is_taken(setting_at(i), which))
			continue;
		setting_offer(setting_at(i), which == CLI_SETTINGS_CONTAINER, &offer);
		each(&offer, context);
		if ((setting_at(i)->flags & SETTING_NEGATABLE) == 0)
			continue;
		setting_option_negated(setting_at(i), offer.name, sizeof offer.name);
		snprintf(opposite, sizeof opposite, "the opposite of --%.60s", offer.name + strlen("no-"));
		offer.help = opposite;
		offer.letter = '\0';
		each(&offer, context);
	}
}

/* What is a value of that kind. */
static bool value_words(enum setting_value value, const char *shipped, const struct cli_choice *choices, char *words)
{
	words[0] = '\0';
	if (value == SETTING_VALUE_SHIPPED)
		shipped_words(shipped, words);
	for (; choices != NULL && choices->name != NULL; choices++)
		add_word(words, choices->name);
	return value == SETTING_VALUE_FILE || value == SETTING_VALUE_SHIPPED;
}

static void offer_row(const struct cli_option *option, offer_fn *each, void *context)
{
	struct offer offer = {.letter = option->letter, .help = option->help, .repeated = option->repeated};

	snprintf(offer.name, sizeof offer.name, "%s", option->name);
	if (option->arg != NULL)
		snprintf(offer.arg, sizeof offer.arg, "%s", option->arg);
	offer.path = value_words(option->value, option->shipped, option->choices, offer.words);
	each(&offer, context);
}

void offers(const struct cli_subcommand *subcommand, offer_fn *each, void *context)
{
	const struct offer help = {.name = "help", .letter = 'h', .help = "print this help"};

	offer_settings(subcommand->settings, each, context);
	for (const struct cli_option *const *option = subcommand->options; *option != NULL; option++)
		offer_row(*option, each, context);
	each(&help, context);
}

bool offers_operand(const struct cli_subcommand *subcommand, char words[OFFER_WORDS_MAX])
{
	return value_words(subcommand->operand, subcommand->shipped, subcommand->choices, words);
}
