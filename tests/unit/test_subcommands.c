/* The table of subcommands is whole. */
#include "cli/commands.h"
#include "cli/offers.h"
#include "cli/subcommands.h"
#include "common/builtin.h"
#include "common/nearest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A value of that kind has what completes it, and nothing else. */
static void check_value(
	const char *where, enum setting_value value, const char *shipped, const struct cli_choice *choices)
{
	char names[256];

	if (value < SETTING_VALUE_NONE || value > SETTING_VALUE_CHOICE)
		fail_msg("%s: no kind of value", where);
	if ((value == SETTING_VALUE_SHIPPED) != (shipped != NULL))
		fail_msg("%s: shipped", where);
	if (value == SETTING_VALUE_CHOICE ? choices == NULL : (choices != NULL && value != SETTING_VALUE_SHIPPED))
		fail_msg("%s: choices", where);
	if (shipped != NULL) {
		builtin_names(shipped, names, sizeof names);
		assert_string_not_equal(names, "");
	}
}

static void check_option(const struct cli_subcommand *row, size_t at)
{
	const struct cli_option *option = row->options[at];

	if (option->id == 0 || option->name == NULL || option->name[0] == '\0' || option->help == NULL ||
		option->help[0] == '\0' || option->help[strlen(option->help) - 1] == '.') {
		fail_msg("%s, option %zu: a member is empty", row->path, at);
		return;
	}
	assert_int_equal(option->arg != NULL, option->value != SETTING_VALUE_NONE);
	check_value(option->name, option->value, option->shipped, option->choices);
	for (size_t i = 0; i < at; i++)
		if (row->options[i]->id == option->id || strcmp(row->options[i]->name, option->name) == 0 ||
			(option->letter != '\0' && row->options[i]->letter == option->letter))
			fail_msg("%s: --%s twice", row->path, option->name);
}

static void every_row_is_whole(void **state)
{
	(void)state;
	for (const struct cli_subcommand *row = cli_subcommands; row->path != NULL; row++) {
		assert_ptr_equal(cli_subcommand(row->path), row);
		assert_non_null(row->usage);
		check_value(row->path, row->operand, row->shipped, row->choices);
		assert_null(row->options[CLI_OPTIONS_MAX]);
		for (size_t i = 0; row->options[i] != NULL; i++)
			check_option(row, i);
		/* What has an operand or a command says so, and the reverse. */
		assert_true(row->operand == SETTING_VALUE_NONE || row->usage[0] != '\0');
		if (cli_subcommand_below(row, "policy") != NULL && row->summary == NULL)
			fail_msg("%s: no summary", row->path);
		if (strchr(row->path, ' ') == NULL || strcmp(row->path, "seccomp exec") == 0)
			assert_true(row->settings != CLI_SETTINGS_NONE || row->intro != NULL);
	}
}

/* The commands of the help are those of the table. */
static void every_command_has_a_row(void **state)
{
	(void)state;
	for (const struct cli_command *command = cli_commands; command->name != NULL; command++) {
		bool has = cli_subcommand(command->name)->path != NULL || cli_has_subcommands(command->name);

		if (has != (command->help != NULL))
			fail_msg("%s: %s", command->name, has ? "is not listed" : "no row");
	}
	for (const struct cli_subcommand *row = cli_subcommands; row->path != NULL; row++) {
		const struct cli_command *command = cli_commands;
		size_t len = strcspn(row->path, " ");

		while (command->name != NULL &&
			(strlen(command->name) != len || strncmp(command->name, row->path, len) != 0))
			command++;
		if (command->name == NULL)
			fail_msg("%s: unknown command", row->path);
	}
}

static void check_offer(const struct offer *offer, void *context)
{
	const struct cli_subcommand *row = context;

	if (offer->name[0] == '\0' || offer->help == NULL || strchr(offer->name, '_') != NULL)
		fail_msg("%s: an option without a name", row->path);
	if (offer->arg[0] == '\0' && (offer->words[0] != '\0' || offer->path))
		fail_msg("%s: --%s: a flag has no value", row->path, offer->name);
	assert_true(strlen(offer->name) + 1 < OFFER_NAME_MAX && strlen(offer->words) + 1 < OFFER_WORDS_MAX);
}

static void every_offer_is_whole(void **state)
{
	(void)state;
	for (const struct cli_subcommand *row = cli_subcommands; row->path != NULL; row++)
		offers(row, check_offer, (void *)row);
}

/* `policy check` takes the names of two directories. */
static void check_offers_profiles_and_policies(void **state)
{
	char words[OFFER_WORDS_MAX], names[256], *save = NULL;
	struct nearest nearest;

	(void)state;
	assert_true(offers_operand(cli_subcommand("policy check"), words));
	for (char *p = words; *p != '\0'; p++)
		*p = *p == ' ' ? ',' : *p;
	builtin_names("profiles/seccomp", names, sizeof names);
	for (char *name = strtok_r(names, ", ", &save); name != NULL; name = strtok_r(NULL, ", ", &save)) {
		nearest_start(&nearest, name);
		nearest_offer_list(&nearest, words);
		assert_string_equal(nearest_name(&nearest), name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_whole),
		cmocka_unit_test(every_command_has_a_row),
		cmocka_unit_test(every_offer_is_whole),
		cmocka_unit_test(check_offers_profiles_and_policies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
